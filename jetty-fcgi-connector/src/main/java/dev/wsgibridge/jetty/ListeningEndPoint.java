package dev.wsgibridge.jetty;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection of a {@link ListeningConnector}. */
final class ListeningEndPoint extends SendfileEndPoint {

  private static final Logger LOG = LoggerFactory.getLogger(ListeningEndPoint.class);

  private static final byte[] REQUEST_TIMEOUT =
      "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final Relief.Lane lane;

  /** Requests that are being answered. */
  private final AtomicInteger answering = new AtomicInteger();

  // Bytes, each counted by one thread at a time.
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();

  /** What had come when nothing of the next request could have. */
  private volatile long receivedBefore;

  // Of the thread that looks.
  private final Pace request = new Pace();
  private final Pace response = new Pace();
  private int headSeconds;

  private volatile boolean timedOut;

  /** A byte that was read before its time; -1 for none. */
  private volatile int ahead = -1;

  ListeningEndPoint(
      SocketChannel channel,
      ManagedSelector selector,
      SelectionKey key,
      Scheduler scheduler,
      Relief.Lane lane) {
    super(channel, selector, key, scheduler);
    this.lane = lane;
  }

  /**
   * Whether the client has closed its end of the connection, or all of it. To be asked while nobody
   * reads: it takes the next byte, where that has come, which is then the next to be read.
   */
  boolean clientLeft() {
    if (!isOpen()) {
      return true;
    }
    if (ahead >= 0) {
      return false;
    }
    ByteBuffer next = ByteBuffer.allocate(1);
    try {
      int count = getChannel().read(next);
      if (count > 0) {
        ahead = next.get(0) & 0xFF;
      }
      return count < 0;
    } catch (IOException e) {
      LOG.debug("the client has left", e);
      return true;
    }
  }

  private int fillOn(ByteBuffer buffer) throws IOException {
    int first = ahead;
    if (first < 0 || BufferUtil.space(buffer) == 0) {
      return super.fill(buffer);
    }
    ahead = -1;
    int position = BufferUtil.flipToFill(buffer);
    buffer.put((byte) first);
    BufferUtil.flipToFlush(buffer, position);
    // The end, if that has come, is told the next time.
    return BufferUtil.space(buffer) == 0 ? 1 : 1 + Math.max(0, super.fill(buffer));
  }

  /** Of what was read ahead the selector would not tell. */
  @Override
  protected void needsFillInterest() {
    if (ahead < 0) {
      super.needsFillInterest();
    } else {
      lane.execute(getFillInterest()::fillable);
    }
  }

  @Override
  public @Nullable Runnable onSelected() {
    Runnable task = super.onSelected();
    return task == null ? null : lane.turn(task);
  }

  @Override
  public int fill(ByteBuffer buffer) throws IOException {
    int filled = fillOn(buffer);
    if (filled > 0) {
      received.lazySet(received.getPlain() + filled);
    }
    return filled;
  }

  @Override
  public boolean flush(ByteBuffer... buffers) throws IOException {
    long before = BufferUtil.remaining(buffers);
    try {
      return super.flush(buffers);
    } finally {
      sent.lazySet(sent.getPlain() + before - BufferUtil.remaining(buffers));
    }
  }

  // ------------------------------------------------------------ requests

  /** A request is being answered. */
  void begun() {
    answering.incrementAndGet();
  }

  /** It has been. */
  void ended() {
    receivedBefore = received.get();
    answering.decrementAndGet();
  }

  /** How many requests are being answered. */
  int requests() {
    return answering.get();
  }

  /**
   * Whether there is nothing to answer, no request has come in part, and nothing has gone either
   * way for so long.
   */
  boolean isStill(Duration time) {
    return answering.get() == 0
        && !getWriteFlusher().isPending()
        && !hasBegun()
        && getIdleFor() >= time.toMillis();
  }

  /** Whether bytes of a request were read for which {@link #begun} has not been called yet. */
  private boolean hasBegun() {
    Connection connection = getConnection();
    return connection instanceof GatewayConnection gateway
        ? gateway.hasBegun()
        : connection instanceof ReadByOne && received.get() > receivedBefore;
  }

  /** Closes it at once, over TCP with a reset: who has a part can't take it for the whole. */
  void breakOff() {
    if (getRemoteSocketAddress() instanceof InetSocketAddress) {
      try {
        getChannel().setOption(StandardSocketOptions.SO_LINGER, 0);
      } catch (IOException e) {
        LOG.debug("{}: no reset", this, e);
      }
    }
    close();
  }

  // ------------------------------------------------------------ slow clients

  /** How many bytes came or went in the seconds of a window, while someone waited for them. */
  private static final class Pace {

    private int seconds;
    private long begin;

    /**
     * Another second is over.
     *
     * @param waits whether someone waits
     * @param bytes how many there were so far
     * @return whether they were too few
     */
    boolean isTooSlow(boolean waits, long bytes, int rate, Duration grace) {
      if (!waits || rate == 0) {
        seconds = 0;
        return false;
      }
      if (seconds == 0) {
        begin = bytes;
      }
      if (++seconds <= grace.toSeconds()) {
        return false;
      }
      boolean slow = bytes - begin < (seconds - 1L) * rate;
      seconds = 0;
      return slow;
    }
  }

  /** To be called each second. */
  void look(ClientLimits limits) {
    Connection connection = getConnection();
    if (!isOpen() || connection instanceof Lingering) {
      return;
    }
    if (timedOut) {
      close();
      return;
    }
    lookAtResponse(limits.minResponseRate(), limits.grace());
    if (connection instanceof GatewayConnection gateway) {
      if (request.isTooSlow(
          gateway.awaitsBody(), received.get(), limits.minRequestRate(), limits.grace())) {
        gateway.failBodies(tooSlow(limits.minRequestRate()));
      }
      if (isHeadLate(gateway.isInHead(), limits.headTimeout())) {
        gateway.refuse(headLate(limits.headTimeout()));
        close();
      }
    } else {
      boolean reads = getFillInterest().isInterested();
      boolean answers = answering.get() > 0;
      if (request.isTooSlow(
          answers && reads, received.get(), limits.minRequestRate(), limits.grace())) {
        getFillInterest().onFail(tooSlow(limits.minRequestRate()));
      }
      if (isHeadLate(reads && !answers && hasBegun(), limits.headTimeout())) {
        timedOut = true;
        timedOut = getFillInterest().onFail(new TimeoutException(headLate(limits.headTimeout())));
        if (timedOut) {
          LOG.info("{}; from {}", headLate(limits.headTimeout()), getRemoteSocketAddress());
        }
      }
    }
  }

  private void lookAtResponse(int rate, Duration grace) {
    boolean pending = getWriteFlusher().isPending();
    if (pending) {
      // The kernel says that it takes more only when a third of its buffer is free: a client that
      // reads at a steady 20 KB/s would seem to have stopped for minutes.
      getWriteFlusher().completeWrite();
    }
    if (response.isTooSlow(pending, sent.get(), rate, grace)) {
      LOG.info(
          "a client takes its response at less than {} bytes a second (--min-response-rate): broken off; {}",
          rate,
          getRemoteSocketAddress());
      breakOff();
    }
  }

  private boolean isHeadLate(boolean begun, Duration timeout) {
    headSeconds = begun ? headSeconds + 1 : 0;
    return !timeout.isZero() && headSeconds > timeout.toSeconds();
  }

  private static String headLate(Duration timeout) {
    return "the head of a request has taken more than %d s (--request-head-timeout)"
        .formatted(timeout.toSeconds());
  }

  private static TimeoutException tooSlow(int rate) {
    return new TimeoutException(
        "the request's body comes at less than %d bytes a second (--min-request-rate)"
            .formatted(rate));
  }

  /** The end, and before it what is to be said where no request was. */
  @Override
  protected void doShutdownOutput() {
    if (timedOut) {
      try {
        getChannel().write(ByteBuffer.wrap(REQUEST_TIMEOUT));
      } catch (IOException e) {
        LOG.debug("{}: gone", this, e);
      }
    }
    super.doShutdownOutput();
  }
}
