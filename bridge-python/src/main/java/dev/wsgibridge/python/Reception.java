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
    if (key.attachment() instanceof WorkerLine line) {
      serve(key, line);
    } else if (key.isAcceptable()) {
      accept(key);
    }
  }

  private static void serve(SelectionKey key, WorkerLine line) throws IOException {
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
        channel.register(
            selector,
            SelectionKey.OP_READ,
            new WorkerLine(channel, selector, events, PythonLog::log));
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

  /** What is left, as text. */
  static String rest(@Nullable ByteBuffer contents) {
    return contents == null ? "" : StandardCharsets.UTF_8.decode(contents).toString();
  }
}
