package dev.wsgibridge.jetty;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.ProcessorUtils;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.util.thread.TryExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes connections from a {@link ListeningSocket} that is open before the server starts, and whose
 * closing leaves open connections alone.
 *
 * <p>Jetty's own have a class for TCP, and one for Unix domain sockets that opens its socket only
 * when it starts and can't be stopped where the socket was inherited. And they hand each request
 * and each connection from thread to thread, which costs as much as a small request: here one
 * thread accepts a connection, reads its request, has it answered and goes on ({@link Relief}).
 */
final class ListeningConnector extends AbstractConnector {

  private static final Logger LOG = LoggerFactory.getLogger(ListeningConnector.class);

  /** How long to leave a socket alone that gives no connections: too many files are open. */
  private static final long PAUSE_MILLIS = 1000;

  /** For how long nobody must have come before a listening socket is closed, and at most. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long BETWEEN_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  private final ListeningSocket listening;
  private final ClientLimits clients;
  private final List<Selectors> selectors = new ArrayList<>();
  private final Acceptor acceptor = new Acceptor();

  /** Of the thread that accepts: whose the next connection is. */
  private int next;

  ListeningConnector(
      Server server, ListeningSocket listening, ConnectionFactory factory, ClientLimits clients) {
    super(server, null, null, null, 0, factory);
    this.listening = listening;
    this.clients = clients;
    Relief relief =
        new Relief(
            TryExecutor.asTryExecutor(getExecutor()), server.getThreadPool()::isLowOnThreads);
    for (int i = 0; i < threads(); i++) {
      selectors.add(new Selectors(relief.lane(), getScheduler()));
    }
    installBean(relief, true);
    selectors.forEach(each -> installBean(each, true));
  }

  /** How many threads wait for what a connector's connections bring. */
  static int threads() {
    return Math.max(1, ProcessorUtils.availableProcessors() / 2);
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    acceptor.start();
    lookInASecond();
  }

  private void lookInASecond() {
    getScheduler().schedule(this::look, 1, TimeUnit.SECONDS);
  }

  private void look() {
    for (EndPoint each : getConnectedEndPoints()) {
      if (each instanceof ListeningEndPoint endPoint) {
        try {
          endPoint.look(clients);
        } catch (RuntimeException e) {
          LOG.error("{}: this should not happen", endPoint, e);
        }
      }
    }
    if (isRunning()) {
      lookInASecond();
    }
  }

  /** The name of what is spoken. */
  String protocol() {
    return getDefaultConnectionFactory().getProtocol();
  }

  @Override
  protected void accept(int acceptor) {
    throw new UnsupportedOperationException("there are no threads that only accept");
  }

  /** No more connections; those that are open stay. */
  void close() throws IOException {
    acceptor.stop();
    listening.close();
  }

  @Override
  protected void doStop() throws Exception {
    close();
    super.doStop();
  }

  @Override
  public @Nullable Object getTransport() {
    return listening.channel;
  }

  /** See {@link Selectors#submit}. */
  @FunctionalInterface
  private interface Update {
    void on(Selector selector) throws IOException;
  }

  /** Takes connections, when the first thread finds that there are some. */
  private final class Acceptor implements ManagedSelector.Selectable {

    private @Nullable SelectionKey key;

    void start() {
      selectors
          .get(0)
          .submit(
              selector -> key = listening.channel.register(selector, SelectionKey.OP_ACCEPT, this));
    }

    /** Returns when none is taken any more. */
    void stop() {
      if (!selectors.get(0).isRunning() || !listening.channel.isOpen()) {
        return;
      }
      CountDownLatch stopped = new CountDownLatch(1);
      selectors
          .get(0)
          .submit(
              selector -> {
                try {
                  if (key != null) {
                    key.cancel();
                    selector.selectNow(); // a channel with a key is not closed before
                    acceptRest();
                  }
                } finally {
                  stopped.countDown();
                }
              });
      try {
        stopped.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /**
     * Takes what the kernel has accepted, for closing the socket would reset it, and closes it when
     * nobody has come for a moment.
     */
    private void acceptRest() throws IOException {
      listening.withdraw();
      long start = NanoTime.now();
      long last = start;
      while (NanoTime.since(last) < QUIET_NANOS && NanoTime.since(start) < MOST_NANOS) {
        SocketChannel channel = listening.accept();
        if (channel == null) {
          LockSupport.parkNanos(BETWEEN_NANOS);
        } else {
          openNow(channel);
          last = NanoTime.now();
        }
      }
      for (SocketChannel channel = listening.accept();
          channel != null;
          channel = listening.accept()) {
        openNow(channel);
      }
      listening.close();
    }

    /** Whoever waits for connections to end knows of this one from now on. */
    private void openNow(SocketChannel channel) {
      selectors.get(next).open(channel);
      next = (next + 1) % selectors.size();
    }

    @Override
    public @Nullable Runnable onSelected() {
      SocketChannel channel;
      try {
        channel = listening.accept();
      } catch (IOException e) {
        pause(e);
        return null;
      }
      if (channel == null) {
        return null;
      }
      Selectors whose = selectors.get(next);
      next = (next + 1) % selectors.size();
      if (whose == selectors.get(0)) {
        return whose.lane.turn(() -> whose.open(channel));
      }
      whose.accept(channel);
      return null;
    }

    private void pause(IOException failure) {
      LOG.warn("no connection can be accepted: {}", failure.toString());
      interest(0);
      getScheduler()
          .schedule(
              () -> selectors.get(0).submit(selector -> interest(SelectionKey.OP_ACCEPT)),
              PAUSE_MILLIS,
              TimeUnit.MILLISECONDS);
    }

    private void interest(int operations) {
      if (key != null && key.isValid()) {
        key.interestOps(operations);
      }
    }

    @Override
    public void updateKey() {}

    @Override
    public void replaceKey(SelectionKey newKey) {
      key = newKey;
    }
  }

  /** Some of the connections, for whose bytes one thread at a time waits. */
  private final class Selectors extends SelectorManager {

    private final Relief.Lane lane;
    private @Nullable ManagedSelector selector;

    Selectors(Relief.Lane lane, Scheduler scheduler) {
      super(lane, scheduler, 1);
      this.lane = lane;
    }

    @Override
    protected ManagedSelector newSelector(int id) {
      ManagedSelector made =
          new ManagedSelector(this, id) {
            @Override
            protected int nioSelect(Selector selector, boolean now) throws IOException {
              lane.back();
              return super.nioSelect(selector, now);
            }
          };
      selector = made;
      return made;
    }

    /** Has something done by the thread that waits, between two waits. */
    void submit(Update update) {
      selector()
          .submit(
              chosen -> {
                try {
                  update.on(chosen);
                } catch (IOException e) {
                  LOG.warn("{}", e.toString());
                }
              });
    }

    private ManagedSelector selector() {
      return Objects.requireNonNull(selector, "started");
    }

    /** A new connection, opened by this very thread. */
    void open(SocketChannel channel) {
      try {
        SelectionKey key = channel.register(selector().getSelector(), 0);
        ListeningEndPoint endPoint = newEndPoint(channel, selector(), key);
        Connection connection = newConnection(channel, endPoint, null);
        endPoint.setConnection(connection);
        key.attach(endPoint);
        endPoint.onOpen();
        endPointOpened(endPoint);
        connectionOpened(connection, null);
      } catch (IOException | RuntimeException e) {
        LOG.debug("a connection was gone before it was taken", e);
        IO.close(channel);
      }
    }

    @Override
    protected ListeningEndPoint newEndPoint(
        SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
      ListeningEndPoint endPoint =
          new ListeningEndPoint((SocketChannel) channel, selector, key, getScheduler(), lane);
      endPoint.setIdleTimeout(getIdleTimeout());
      return endPoint;
    }

    @Override
    public Connection newConnection(
        SelectableChannel channel, EndPoint endPoint, @Nullable Object attachment) {
      return getDefaultConnectionFactory().newConnection(ListeningConnector.this, endPoint);
    }

    @Override
    protected void endPointOpened(EndPoint endPoint) {
      super.endPointOpened(endPoint);
      onEndPointOpened(endPoint);
    }

    @Override
    protected void endPointClosed(EndPoint endPoint) {
      onEndPointClosed(endPoint);
      super.endPointClosed(endPoint);
    }
  }
}
