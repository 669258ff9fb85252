package dev.wsgibridge.jetty;

import dev.wsgibridge.codec.Codec.AfterEnd;
import dev.wsgibridge.codec.Output;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has to write, in order, one write after the other.
 *
 * <p>A front that reads nothing is not to fill the memory: what no application waits for is counted
 * here, and the connection reads no more while {@link #isFull} says so.
 */
final class WriteQueue {

  /**
   * What may wait of the protocol's own replies and of refusals, in bytes; one read may bring twice
   * as much more.
   */
  static final int REPLY_BYTES = 64 * 1024;

  /** What a write is to those who wait for it. */
  enum Kind {
    /** A part of an answer, whose application waits for it. */
    PART,
    /** The end of an answer: its application has gone on. */
    END,
    /** No application's: the protocol's own reply, or a refusal. */
    REPLY
  }

  /** The connection. */
  interface Owner {

    /** What belongs to a response's end is written. */
    void sent(AfterEnd after);

    /** {@link #isFull} may no longer be true. */
    void drained();

    /** All is written. */
    void idle();
  }

  private record Write(Output output, int bytes, AfterEnd after, Callback callback, Kind kind) {}

  private final Object lock;
  private final EndPoint endPoint;
  private final int mostEnds;
  private final Owner owner;
  private final Flusher flusher = new Flusher();

  // All that follows is guarded by the lock.
  private final Queue<Write> writes = new ArrayDeque<>();
  private @Nullable Output spareOutput = new Output();
  private @Nullable Throwable broken;
  private int replyBytes;
  private int ends;
  private int waiting;

  /**
   * For one connection.
   *
   * @param lock the connection's, under which what is written gets its order
   * @param mostEnds how many answers may wait for their end to be written
   */
  WriteQueue(Object lock, EndPoint endPoint, int mostEnds, Owner owner) {
    this.lock = lock;
    this.endPoint = endPoint;
    this.mostEnds = mostEnds;
    this.owner = owner;
  }

  /** An empty one, to be given to {@link #add}, or back. */
  Output newOutput() {
    synchronized (lock) {
      Output output = spareOutput;
      if (output == null) {
        return new Output();
      }
      spareOutput = null;
      return output;
    }
  }

  /** Takes back an output that stayed empty. */
  void giveBack(Output output) {
    synchronized (lock) {
      spareOutput = output;
    }
  }

  /** Queues what was put. To be called under the lock; {@link #flush} follows, without it. */
  void add(Output output, AfterEnd after, Callback callback, Kind kind) {
    Write write = new Write(output, output.position(), after, callback, kind);
    writes.add(write);
    count(write, 1);
  }

  private void count(Write write, int sign) {
    waiting += sign;
    switch (write.kind()) {
      case PART -> {}
      case END -> ends += sign;
      case REPLY -> replyBytes += sign * write.bytes();
    }
  }

  /** Whether so much waits that nothing more should be asked for. To be called under the lock. */
  boolean isFull() {
    return replyBytes > REPLY_BYTES || ends > mostEnds;
  }

  /** Whether all is written. To be called under the lock. */
  boolean isEmpty() {
    return waiting == 0;
  }

  /** Writes what is queued. To be called without the lock. */
  void flush() {
    Throwable cause;
    synchronized (lock) {
      cause = broken;
    }
    if (cause == null) {
      flusher.iterate();
    } else {
      lost(cause, null).forEach(write -> write.callback().failed(cause));
    }
  }

  /** The connection is closed: what waits fails. */
  void abort(Throwable cause) {
    flusher.abort(cause);
  }

  /** What will never be written. */
  private List<Write> lost(Throwable cause, @Nullable Write current) {
    List<Write> lost = new ArrayList<>();
    if (current != null) {
      lost.add(current);
    }
    synchronized (lock) {
      broken = cause;
      lost.addAll(writes);
      writes.clear();
      lost.forEach(write -> count(write, -1));
    }
    return lost;
  }

  private final class Flusher extends IteratingCallback {

    private @Nullable Write current;

    @Override
    protected Action process() {
      Write write;
      synchronized (lock) {
        write = writes.poll();
      }
      if (write == null) {
        owner.idle();
        return Action.IDLE;
      }
      current = write;
      if (write.output().isEmpty()) {
        succeeded();
      } else {
        endPoint.write(this, write.output().buffers());
      }
      return Action.SCHEDULED;
    }

    @Override
    protected void onSuccess() {
      Write sent = current;
      current = null;
      if (sent == null) {
        return;
      }
      sent.output().clear();
      boolean drained;
      synchronized (lock) {
        spareOutput = sent.output();
        boolean full = isFull();
        count(sent, -1);
        drained = full && !isFull();
      }
      if (drained) {
        owner.drained();
      }
      owner.sent(sent.after());
      sent.callback().succeeded();
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
      List<Write> lost = lost(cause, current);
      current = null;
      endPoint.close(cause);
      lost.forEach(write -> write.callback().failed(cause));
    }
  }
}
