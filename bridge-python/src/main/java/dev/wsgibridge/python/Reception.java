package dev.wsgibridge.python;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the processes of {@code worker.py} connect to: one thread, which listens, and reads what
 * they say beside their requests. All {@link Events} happen on it.
 *
 * <p>A connection that says what it must not, or whose event fails, is closed, as if its process
 * had left; the others go on. Where the thread itself can't go on it says so, by {@link
 * Events#broken}.
 */
final class Reception implements AutoCloseable {

  /** What happens. */
  interface Events {

    /** A thread of a worker is ready for requests; its channel is blocking, and the taker's. */
    void threadCame(int worker, int pid, long ident, SocketChannel channel);

    /**
     * A process is there: a master or a worker, by the role of its connection.
     *
     * @throws ProtocolException it is there already
     */
    void came(int role, int number, int pid, SocketChannel channel) throws ProtocolException;

    /**
     * It says something, by a frame of this type.
     *
     * @throws ProtocolException it must not, now
     * @throws BufferUnderflowException the frame is too short
     */
    void said(int role, int number, int type, ByteBuffer contents) throws ProtocolException;

    /** It is gone, or can't be trusted any more and is not listened to: a master or a worker. */
    void left(int role, int number);

    /** Some time has passed. */
    void tick();

    /** The thread ends, for this reason, and has closed every connection. */
    void broken(Throwable why);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

  private static final long TICK_MILLIS = 100;
  private static final int HELLO_BYTES = 1 + 2 * Integer.BYTES + Long.BYTES;
  private static final int MAX_LINE = 16 * 1024;

  private final Events events;
  private final Selector selector;
  private volatile ServerSocketChannel listening;
  private boolean acceptFails;
  private final Thread thread = new Thread(this::run, "python-workers");
  private volatile boolean closed;

  /** Listens at {@code socket}. */
  Reception(Path socket, Events events) throws IOException {
    this.events = events;
    this.selector = Selector.open();
    this.listening = bind(socket);
    thread.setDaemon(true);
    thread.start();
  }

  /** Listens there, and no more where it did. What is connected stays so. */
  void listenAt(Path socket) throws IOException {
    ServerSocketChannel before = listening;
    listening = bind(socket);
    selector.wakeup();
    before.close();
  }

  private ServerSocketChannel bind(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel bound = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      bound.bind(UnixDomainSocketAddress.of(socket), 1024);
      bound.configureBlocking(false);
      bound.register(selector, SelectionKey.OP_ACCEPT);
      return bound;
    } catch (IOException | RuntimeException e) {
      bound.close();
      throw e;
    }
  }

  /** Whether it listens, neither closed nor broken. */
  boolean isOpen() {
    return !closed && selector.isOpen();
  }

  /** Closes every connection that was not handed over; the thread ends. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Throwable failure = null;
    try {
      while (!closed) {
        selector.select(TICK_MILLIS);
        for (SelectionKey key : List.copyOf(selector.selectedKeys())) {
          if (key.isValid()) {
            serve(key);
          }
        }
        selector.selectedKeys().clear();
        resumeAccepting();
        events.tick();
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
    closeAll();
    if (failure != null && !closed) {
      events.broken(failure);
    }
  }

  private void serve(SelectionKey key) throws IOException {
    if (key.attachment() instanceof Line line) {
      serve(key, line);
    } else if (key.isAcceptable()) {
      accept(key);
    }
  }

  private static void serve(SelectionKey key, Line line) throws IOException {
    try {
      line.receive(key);
    } catch (ProtocolException e) {
      LOG.error("{}; the connection of {} is closed", e.getMessage(), line.name());
      line.leave(key);
    } catch (IOException e) {
      LOG.debug("the connection of {} has failed", line.name(), e);
      line.leave(key);
    } catch (RuntimeException e) {
      LOG.error("what {} says can't be handled; the connection is closed", line.name(), e);
      line.leave(key);
    }
  }

  private void accept(SelectionKey key) {
    try {
      SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
      if (channel != null) {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Line(channel));
      }
      acceptFails = false;
    } catch (ClosedChannelException e) {
      LOG.debug("listens elsewhere now");
    } catch (IOException e) {
      // As where there are no more descriptors: it fails again until the next tick at least.
      key.interestOps(0);
      if (!acceptFails) {
        LOG.error("Python's workers can't connect: {}", e.getMessage());
      }
      acceptFails = true;
    }
  }

  private void resumeAccepting() {
    SelectionKey key = acceptFails ? listening.keyFor(selector) : null;
    if (key != null && key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void closeAll() {
    try (selector) {
      for (SelectionKey key : new ArrayList<>(selector.keys())) {
        key.channel().close();
      }
    } catch (IOException e) {
      LOG.debug("{}", e.toString());
    }
  }

  /** A connection of a process. */
  private final class Line {

    private final SocketChannel channel;
    private ByteBuffer in = ByteBuffer.allocate(8 * 1024);
    private int role = -1;
    private int number;
    private int pid;

    Line(SocketChannel channel) {
      this.channel = channel;
    }

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
          PythonLog.log(Wire.text(name), level, rest(contents));
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
      PythonLog.log("python.stderr", PythonLog.WARNING, text);
    }
  }

  /** What is left, as text. */
  static String rest(@Nullable ByteBuffer contents) {
    return contents == null ? "" : StandardCharsets.UTF_8.decode(contents).toString();
  }
}
