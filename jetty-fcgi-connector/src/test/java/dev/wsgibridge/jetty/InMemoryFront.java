package dev.wsgibridge.jetty;

import dev.wsgibridge.CgiParams.Trust;
import dev.wsgibridge.codec.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Connections of a front without sockets and without threads: what it sends is read, and answered,
 * before {@link #send} returns; what it is sent waits until it takes it. One connection at a time.
 */
final class InMemoryFront implements AutoCloseable {

  /** What a connection takes before someone reads from it, in bytes. */
  static final int OUTPUT_BYTES = 1024;

  private final Server server = new Server(daemons());
  private final ArrayByteBufferPool pool;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final LocalConnector connector;
  private final GatewayConnectionFactory factory;
  private @Nullable EndPoint endPoint;

  /** A server with this handler, which tells its {@link #leaks}. */
  InMemoryFront(GatewayProtocol protocol, Limits limits, Handler handler) throws Exception {
    this(protocol, limits, handler, new ArrayByteBufferPool.Tracking());
  }

  /** The same with a pool of one's own: one that tracks its buffers takes most of the time. */
  InMemoryFront(GatewayProtocol protocol, Limits limits, Handler handler, ArrayByteBufferPool pool)
      throws Exception {
    this.pool = pool;
    // Nothing ends by time.
    GatewayOptions options =
        new GatewayOptions(
            Trust.DEFAULT,
            limits,
            Duration.ZERO,
            Duration.ofDays(1),
            List.of(),
            false,
            false,
            GatewayOptions.Ajp.DEFAULT);
    factory = new GatewayConnectionFactory(protocol, new HttpConfiguration(), options);
    connector = new LocalConnector(server, tasks::add, null, pool, 0, factory);
    server.addConnector(connector);
    server.setHandler(handler);
    server.start();
    // The connector's own: nobody is to be accepted.
    tasks.clear();
  }

  /** A fuzzer never stops its server, and is to end nevertheless. */
  private static QueuedThreadPool daemons() {
    QueuedThreadPool threads = new QueuedThreadPool();
    threads.setDaemon(true);
    return threads;
  }

  private final class EndPoint extends ByteArrayEndPoint {

    long taken;

    EndPoint() {
      super(null, 0, null, OUTPUT_BYTES, false);
    }

    @Override
    protected void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
      int filled = super.fill(buffer);
      taken += Math.max(filled, 0);
      return filled;
    }
  }

  /** Begins a connection. */
  void connect() {
    EndPoint opened = new EndPoint();
    Connection connection = factory.newConnection(connector, opened);
    opened.setConnection(connection);
    opened.onOpen();
    connection.onOpen();
    endPoint = opened;
    run();
  }

  private EndPoint endPoint() {
    if (endPoint == null) {
      throw new IllegalStateException("found no connection, expected connect() before");
    }
    return endPoint;
  }

  /** Sends bytes, of which as many are read as the server wants. */
  void send(byte[] bytes) {
    if (bytes.length > 0) {
      endPoint().addInput(ByteBuffer.wrap(bytes));
    }
    run();
  }

  /** Ends the front's side. */
  void shutdown() {
    endPoint().addInputEOF();
    run();
  }

  /** Takes what was sent to the front, as far as it came; empty where there is nothing. */
  byte[] take() {
    ByteBuffer taken = endPoint().takeOutput();
    byte[] bytes = new byte[taken == null ? 0 : taken.remaining()];
    if (taken != null) {
      taken.get(bytes);
    }
    run();
    return bytes;
  }

  /** How many bytes were read of what was sent. */
  long read() {
    return endPoint().taken;
  }

  boolean isOpen() {
    return endPoint().isOpen();
  }

  /** Runs what was left to other threads, until nothing is. */
  void run() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  /** The front is gone. */
  void disconnect() {
    EndPoint closed = endPoint();
    closed.close();
    Connection connection = closed.getConnection();
    if (connection != null) {
      connection.onClose(null);
    }
    run();
    endPoint = null;
  }

  /** Buffers that were taken from the pool and never given back. */
  int leaks() {
    return ((ArrayByteBufferPool.Tracking) pool).getLeaks().size();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("found a server that doesn't stop", e);
    }
  }
}
