package dev.wsgibridge.jetty;

import dev.wsgibridge.Application;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.Servlet;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Serves one application over HTTP/1.1, with a Jetty inside this process.
 *
 * <pre>{@code
 * WsgiServer server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:8080")));
 * server.start(application);
 * …
 * server.stop();
 * }</pre>
 *
 * <p>Its ports are taken by {@code open}, so that one in use is known before an application is
 * loaded; clients that come early wait until {@code start}. To be used by one thread.
 */
public final class WsgiServer implements AutoCloseable {

  /**
   * How a server listens.
   *
   * @param binds one or more addresses
   * @param threads how many requests are answered at once; 0 for the default
   * @param gracefulTimeout how long requests in flight may take after {@link #stop}
   */
  public record Options(List<Bind> binds, int threads, Duration gracefulTimeout) {

    /** How long requests in flight may take where nothing else is said. */
    public static final Duration GRACEFUL_TIMEOUT = Duration.ofSeconds(30);

    /** Keeps a copy of the list. */
    public Options {
      binds = List.copyOf(binds);
      if (binds.isEmpty()) {
        throw new IllegalArgumentException("binds: found none, expected one or more");
      }
      if (threads < 0) {
        throw new IllegalArgumentException(
            "threads: found %d, expected 1 or more, or 0 for the default".formatted(threads));
      }
      if (gracefulTimeout.isNegative()) {
        throw new IllegalArgumentException(
            "graceful timeout: found %s, expected 0 or more".formatted(gracefulTimeout));
      }
    }

    /** The defaults, at these addresses. */
    public static Options at(Bind... binds) {
      return new Options(List.of(binds), 0, GRACEFUL_TIMEOUT);
    }
  }

  private static final int DEFAULT_THREADS = 200;

  /** The sum of the request line and all headers; more is answered with 431. */
  private static final int REQUEST_HEAD_BYTES = 16 * 1024;

  private static final int BACKLOG = 1024;

  /** How long threads may take to end when there is nothing left that is worth waiting for. */
  private static final Duration THREADS_END = Duration.ofMillis(200);

  /**
   * Paths are the application's to judge: it gets them word for word. What no URI may hold is still
   * refused.
   */
  private static final UriCompliance ANY_PATH =
      new UriCompliance("ANY_PATH", anyBut(Violation.USER_INFO, Violation.FRAGMENT));

  private static Set<Violation> anyBut(Violation first, Violation second) {
    return EnumSet.complementOf(EnumSet.of(first, second));
  }

  private final Server server;
  private final InFlight inFlight = new InFlight();
  private final ReasonPhrases reasonPhrases = new ReasonPhrases();
  private final Options options;
  private final List<Bind> addresses = new ArrayList<>();

  private WsgiServer(Options options) {
    this.options = options;
    // A thread of each connector accepts connections, another waits for what they bring.
    int listening = 2 * options.binds().size();
    int threads = options.threads() == 0 ? DEFAULT_THREADS : options.threads();
    QueuedThreadPool pool =
        new QueuedThreadPool(threads + listening, Math.min(threads, 2) + listening);
    pool.setName("http");
    pool.setReservedThreads(0);
    pool.setStopTimeout(THREADS_END.toMillis());
    server = new Server(pool);
    server.setErrorHandler(new PlainErrors());
    server.setHandler(inFlight);
  }

  /**
   * Takes the ports.
   *
   * @throws BindException one can't be had; the message says which, why, and what to do
   */
  public static WsgiServer open(Options options) throws BindException {
    WsgiServer opened = new WsgiServer(options);
    try {
      for (Bind bind : options.binds()) {
        opened.listen(bind);
      }
    } catch (BindException | RuntimeException e) {
      opened.release();
      throw e;
    }
    return opened;
  }

  private void listen(Bind bind) throws BindException {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(REQUEST_HEAD_BYTES);
    http.setUriCompliance(ANY_PATH);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setAcceptQueueSize(BACKLOG);
    connector.setHost(bind.host());
    connector.setPort(bind.port());
    server.addConnector(connector);
    try {
      if (new InetSocketAddress(bind.host(), bind.port()).isUnresolved()) {
        throw new BindException("the host is not known here");
      }
      connector.open();
    } catch (IOException e) {
      throw refused(bind, e);
    }
    addresses.add(bind.withPort(connector.getLocalPort()));
  }

  private static BindException refused(Bind bind, IOException failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String found = String.valueOf(root.getMessage());
    String said =
        switch (found) {
          case "Address already in use" ->
              "the port is in use; stop what listens there, or choose another (port 0 picks a free one)";
          case "Permission denied" ->
              "this user may not take the port; choose one above 1023, such as "
                  + bind.withPort(8080);
          case "Cannot assign requested address" ->
              "this machine has no such address; 127.0.0.1 is this machine alone, 0.0.0.0 every address it has";
          default -> found;
        };
    BindException refused = new BindException("can't listen at %s: %s".formatted(bind, said));
    refused.initCause(failure);
    return refused;
  }

  /** Begins to answer. Whoever made the application closes it, after {@link #stop}. */
  public void start(Application application) {
    start(new WsgiServlet(application));
  }

  /** Begins to answer with a servlet. */
  public void start(Servlet servlet) {
    ServletContextHandler context =
        new ServletContextHandler(
            "/", ServletContextHandler.NO_SESSIONS | ServletContextHandler.NO_SECURITY);
    context.getServletHandler().setDecodeAmbiguousURIs(true);
    context.setErrorHandler(new PlainErrors());
    ServletHolder holder = new ServletHolder("wsgi", servlet);
    holder.setAsyncSupported(true);
    holder.setInitOrder(0);
    context.addServlet(holder, "/*");
    ForTheServer forTheServer = new ForTheServer();
    inFlight.setHandler(forTheServer);
    forTheServer.setHandler(reasonPhrases);
    reasonPhrases.setHandler(context);
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("the server can't start: " + e.getMessage(), e);
    }
  }

  /** Where this server listens, in the order of {@link Options#binds}, with the ports it got. */
  public List<Bind> addresses() {
    return List.copyOf(addresses);
  }

  /**
   * Stops: no new connections, then waits for the requests in flight. To be called once.
   *
   * @return whether all of them finished within the graceful timeout; the rest is broken off
   */
  public boolean stop() throws InterruptedException {
    release();
    try {
      return inFlight.await(options.gracefulTimeout());
    } finally {
      LifeCycle.stop(server);
    }
  }

  /** {@link #stop}; at once where the thread is interrupted. */
  @Override
  public void close() {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives the ports back. Open connections stay. */
  private void release() {
    for (var connector : server.getConnectors()) {
      ((ServerConnector) connector).close();
    }
  }
}
