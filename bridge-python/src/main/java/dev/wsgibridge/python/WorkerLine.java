package dev.wsgibridge.python;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A connection of a process of {@code worker.py} that says what is beside its requests: reads its
 * frames, or the lines that it writes, and tells {@link Reception.Events}. On Reception's thread.
 */
final class WorkerLine {

  private static final int HELLO_BYTES = 1 + 2 * Integer.BYTES + Long.BYTES;
  private static final int MAX_LINE = 16 * 1024;

  /** Where what the process says is logged: {@link PythonLog}. */
  interface Log {
    /** Logs lines by the name of Python's logger, and Python's number of the level. */
    void log(String logger, int level, String text);
  }

  private final Selector selector;
  private final Reception.Events events;
  private final Log log;
  private final SocketChannel channel;
  private ByteBuffer in = ByteBuffer.allocate(8 * 1024);
  private int role = -1;
  private int number;
  private int pid;

  /** A connection that has not said yet whose it is. */
  WorkerLine(SocketChannel channel, Selector selector, Reception.Events events, Log log) {
    this.channel = channel;
    this.selector = selector;
    this.events = events;
    this.log = log;
  }

  /**
   * Takes what has come, and hands it on.
   *
   * @throws ProtocolException it is what must not come; the connection is to be closed
   * @throws IOException the connection has failed
   */
  void receive(SelectionKey key) throws IOException {
    int count = channel.read(in);
    in.flip();
    if (role == Wire.OUTPUT) {
      lines(count < 0);
    } else {
      frames(key);
    }
    in.compact();
    if (count < 0) {
      leave(key);
    }
  }

  /** Closes the connection, by which the process has left. */
  void leave(SelectionKey key) throws IOException {
    key.cancel();
    try {
      if (role == Wire.MASTER || role == Wire.CONTROL) {
        events.left(role, number);
      }
    } finally {
      channel.close();
    }
  }

  /** What is said of it in messages. */
  String name() {
    return switch (role) {
      case -1 -> "a process that connected";
      case Wire.MASTER -> "the process that forks workers (pid %d)".formatted(pid);
      default -> "worker %d (pid %d)".formatted(number, pid);
    };
  }

  private void frames(SelectionKey key) throws IOException {
    while (role != Wire.OUTPUT && key.isValid() && in.remaining() >= Wire.FRAME_HEAD) {
      int type = in.get(in.position());
      int length = Wire.checked(in.getInt(in.position() + 1));
      if (in.remaining() < Wire.FRAME_HEAD + length) {
        if (in.capacity() < Wire.FRAME_HEAD + length) {
          in = ByteBuffer.allocate(Wire.FRAME_HEAD + length).put(in).flip();
        }
        return;
      }
      ByteBuffer contents = in.slice(in.position() + Wire.FRAME_HEAD, length);
      in.position(in.position() + Wire.FRAME_HEAD + length);
      if (role < 0) {
        hello(key, type, contents);
      } else {
        said(type, contents);
      }
    }
  }

  private void hello(SelectionKey key, int type, ByteBuffer contents) throws IOException {
    if (type != Wire.HELLO || contents.remaining() != HELLO_BYTES) {
      throw new ProtocolException(
          "worker: found a frame of type %d and %d bytes, expected HELLO and %d"
              .formatted(type, contents.remaining(), HELLO_BYTES));
    }
    int claimed = contents.get();
    if (claimed < Wire.MASTER || claimed > Wire.THREAD) {
      throw new ProtocolException(
          "worker: found role %d in HELLO, expected %d to %d"
              .formatted(claimed, Wire.MASTER, Wire.THREAD));
    }
    number = contents.getInt();
    pid = contents.getInt();
    long ident = contents.getLong();
    if (claimed == Wire.THREAD) {
      key.cancel();
      selector.selectNow(); // until then the channel can't be made a blocking one
      channel.configureBlocking(true);
      events.threadCame(number, pid, ident, channel);
    } else if (claimed != Wire.OUTPUT) {
      events.came(claimed, number, pid, channel);
    }
    role = claimed; // from now on its end is the process's
  }

  private void said(int type, ByteBuffer contents) throws IOException {
    int length = contents.remaining();
    try {
      if (role != Wire.MASTER && role != Wire.CONTROL) {
        throw new ProtocolException(
            "worker: found a frame of type %d on a connection of role %d, expected none"
                .formatted(type, role));
      }
      if (type == Wire.LOG) {
        int level = contents.getInt();
        byte[] name = new byte[Short.toUnsignedInt(contents.getShort())];
        contents.get(name);
        log.log(Wire.text(name), level, Reception.rest(contents));
      } else {
        events.said(role, number, type, contents);
      }
    } catch (BufferUnderflowException e) {
      ProtocolException malformed =
          new ProtocolException(
              "worker: found a frame of type %d and %d bytes, expected more"
                  .formatted(type, length));
      malformed.initCause(e);
      throw malformed;
    }
  }

  /** What a process has written to its standard output or error, line by line. */
  private void lines(boolean ended) {
    int start = in.position();
    for (int i = start; i < in.limit(); i++) {
      if (in.get(i) == '\n') {
        line(start, i);
        start = i + 1;
      }
    }
    if (start < in.limit() && (ended || in.limit() - start >= MAX_LINE / 2)) {
      line(start, in.limit());
      start = in.limit();
    }
    in.position(start);
  }

  private void line(int from, int to) {
    String text = StandardCharsets.UTF_8.decode(in.slice(from, to - from)).toString();
    log.log("python.stderr", PythonLog.WARNING, text);
  }
}
