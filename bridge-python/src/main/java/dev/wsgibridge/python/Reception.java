package dev.wsgibridge.python;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the processes of {@code worker.py} connect to: one thread, which listens, and reads what
 * they say beside their requests. All {@link Events} happen on it.
 */
final class Reception implements AutoCloseable {

  /** What happens. */
  interface Events {

    /** A thread of a worker is ready for requests; its channel is blocking, and the taker's. */
    void threadCame(int worker, int pid, long ident, SocketChannel channel);

    /** A process is there: a master or a worker, by the role of its connection. */
    void came(int role, int number, int pid, SocketChannel channel);

    /** It says something, by a frame of this type. */
    void said(int role, int number, int type, ByteBuffer contents);

    /** It is gone: a master or a worker. */
    void left(int role, int number);

    /** Some time has passed. */
    void tick();
  }

  private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

  private static final long TICK_MILLIS = 100;
  private static final int HELLO_BYTES = 1 + 2 * Integer.BYTES + Long.BYTES;
  private static final int MAX_LINE = 16 * 1024;

  private final Events events;
  private final Selector selector;
  private final ServerSocketChannel listening;
  private final Thread thread = new Thread(this::run, "python-workers");
  private volatile boolean closed;

  /** Listens at {@code socket}, a path that is free. */
  Reception(Path socket, Events events) throws IOException {
    this.events = events;
    this.selector = Selector.open();
    this.listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket), 1024);
    listening.configureBlocking(false);
    listening.register(selector, SelectionKey.OP_ACCEPT);
    thread.setDaemon(true);
    thread.start();
  }

  /** Closes every connection that was not handed over; the thread ends. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!closed) {
        selector.select(TICK_MILLIS);
        for (SelectionKey key : List.copyOf(selector.selectedKeys())) {
          if (key.isValid()) {
            serve(key);
          }
        }
        selector.selectedKeys().clear();
        events.tick();
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("the thread that watches Python's workers has failed", e);
    } finally {
      closeAll();
    }
  }

  private void serve(SelectionKey key) throws IOException {
    if (key.isAcceptable()) {
      SocketChannel channel = listening.accept();
      if (channel != null) {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Line(channel));
      }
      return;
    }
    Line line = (Line) key.attachment();
    try {
      line.receive(key);
    } catch (IOException e) {
      LOG.debug("a connection of a Python process has failed", e);
      line.leave(key);
    }
  }

  private void closeAll() {
    try {
      for (SelectionKey key : new ArrayList<>(selector.keys())) {
        key.channel().close();
      }
      selector.close();
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
      channel.close();
      if (role == Wire.MASTER || role == Wire.CONTROL) {
        events.left(role, number);
      }
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
        throw new IOException("worker: found a frame of type %d, expected HELLO".formatted(type));
      }
      role = contents.get();
      number = contents.getInt();
      int pid = contents.getInt();
      long ident = contents.getLong();
      if (role == Wire.THREAD) {
        key.cancel();
        selector.selectNow(); // until then the channel can't be made a blocking one
        channel.configureBlocking(true);
        events.threadCame(number, pid, ident, channel);
      } else if (role != Wire.OUTPUT) {
        events.came(role, number, pid, channel);
      }
    }

    private void said(int type, ByteBuffer contents) {
      if (type == Wire.LOG) {
        int level = contents.getInt();
        byte[] name = new byte[Short.toUnsignedInt(contents.getShort())];
        contents.get(name);
        PythonLog.log(Wire.text(name), level, rest(contents));
      } else {
        events.said(role, number, type, contents);
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
