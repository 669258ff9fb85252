package dev.wsgibridge.jetty;

import dev.wsgibridge.Application;
import dev.wsgibridge.servlet.ClientPresence;
import dev.wsgibridge.servlet.Sendfile;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.ProcessorUtils;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one application over HTTP/1.1 and the gateway protocols, with a Jetty inside this process.
 *
 * <pre>{@code
 * WsgiServer server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:8080")));
 * server.start(application);
 * …
 * server.stop();
 * }</pre>
 *
 * <p>Its addresses are taken by {@code open}, so that one in use is known before an application is
 * loaded; clients that come early wait until {@code start}. To be used by one thread.
 */
public final class WsgiServer implements AutoCloseable {

  /**
   * How a server listens.
   *
   * @param binds one or more addresses
   * @param threads how many requests are answered at once; 0 for the default
   * @param gracefulTimeout how long {@link #stop} may take
   * @param gracefulIdle how long a connection must have been idle before {@link #stop} closes it:
   *     its next request may be on its way
   * @param gateway how gateway protocols are spoken; of it {@link GatewayOptions#underscores} holds
   *     for HTTP too
   * @param unixSockets who may connect to Unix domain sockets
   * @param clients what clients may ask of it
   */
  public record Options(
      List<Bind> binds,
      int threads,
      Duration gracefulTimeout,
      Duration gracefulIdle,
      GatewayOptions gateway,
      SocketAccess unixSockets,
      ClientLimits clients) {

    /** The default of {@link #gracefulTimeout}. */
    public static final Duration GRACEFUL_TIMEOUT = Duration.ofSeconds(30);

    /** The default of {@link #gracefulIdle}. */
    public static final Duration GRACEFUL_IDLE = Duration.ofMillis(100);

    /** Keeps a copy of the list. */
    public Options {
      binds = List.copyOf(binds);
      if (binds.isEmpty()) {
        throw new IllegalArgumentException("binds: found none, expected one or more");
      }
      if (binds.stream().filter(bind -> bind.address() instanceof Bind.Inherited).count() > 1) {
        throw new IllegalArgumentException(
            "bind: found fd 0 more than once, expected one; there is only one socket on it");
      }
      if (threads < 0) {
        throw new IllegalArgumentException(
            "threads: found %d, expected 1 or more, or 0 for the default".formatted(threads));
      }
      if (gracefulTimeout.isNegative()) {
        throw new IllegalArgumentException(
            "graceful timeout: found %s, expected 0 or more".formatted(gracefulTimeout));
      }
      if (gracefulIdle.isNegative()) {
        throw new IllegalArgumentException(
            "graceful idle: found %s, expected 0 or more".formatted(gracefulIdle));
      }
    }

    /** The defaults, at these addresses. */
    public static Options at(Bind... binds) {
      return new Options(
          List.of(binds),
          0,
          GRACEFUL_TIMEOUT,
          GRACEFUL_IDLE,
          GatewayOptions.DEFAULT,
          SocketAccess.DEFAULT,
          ClientLimits.DEFAULT);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(WsgiServer.class);

  private static final int DEFAULT_THREADS = 200;

  /** The sum of the request line and all headers; more is answered with 431. */
  private static final int REQUEST_HEAD_BYTES = 16 * 1024;

  /** What the server itself may add to the head of a response. */
  private static final int SERVERS_HEAD_BYTES = 1024;

  /** How long threads may take to end when there is nothing left that is worth waiting for. */
  private static final Duration THREADS_END = Duration.ofMillis(200);

  /**
   * Paths are the application's to judge: it gets them word for word. What no URI may hold is still
   * refused.
   */
  private static final UriCompliance ANY_PATH =
      new UriCompliance("ANY_PATH", anyBut(Violation.USER_INFO, Violation.FRAGMENT));

  /** No line may end with LF alone: a front may see one line where we see two. */
  private static final HttpCompliance EXACT =
      HttpCompliance.STRICT.with(
          "EXACT",
          // RFC 9112, 3.2.2: the target wins, see Rfc9112.
          HttpCompliance.Violation.MISMATCHED_AUTHORITY,
          // HostHeader checks it.
          HttpCompliance.Violation.UNSAFE_HOST_HEADER);

  private static Set<Violation> anyBut(Violation first, Violation second) {
    return EnumSet.complementOf(EnumSet.of(first, second));
  }

  private final Server server;
  private final Rfc9112 rfc9112 = new Rfc9112();
  private final InFlight inFlight = new InFlight();
  private final AsWritten asWritten;
  private final Options options;
  private final List<ListeningConnector> connectors = new CopyOnWriteArrayList<>();
  private final Drain drain;
  private final List<Bind> addresses = new ArrayList<>();

  private WsgiServer(Options options, Server server) {
    this.options = options;
    this.server = server;
    drain = new Drain(connectors, options.gracefulIdle());
    asWritten = new AsWritten(options.clients().responseHeadBytes());
    server.setErrorHandler(new PlainErrors());
    server.setHandler(rfc9112);
    rfc9112.setHandler(inFlight);
  }

  private static QueuedThreadPool threadPool(Options options) {
    // Those that wait for what connections bring.
    int listening = ListeningConnector.threads() * options.binds().size();
    int threads = options.threads() == 0 ? DEFAULT_THREADS : options.threads();
    QueuedThreadPool pool =
        new QueuedThreadPool(threads + listening, Math.min(threads, 2) + listening);
    pool.setName("http");
    // One that reads a request goes on with it, and a reserved one takes its place at reading: half
    // the CPU time of handing each request over. As few as Jetty itself would keep.
    pool.setReservedThreads(Math.min(ProcessorUtils.availableProcessors(), threads / 10));
    pool.setStopTimeout(THREADS_END.toMillis());
    return pool;
  }

  /**
   * Takes the addresses.
   *
   * @throws BindException one can't be had; the message says which, why, and what to do
   */
  public static WsgiServer open(Options options) throws BindException {
    return open(options, new Server(threadPool(options)));
  }

  /** The same with threads and buffers of a test's choice. */
  static WsgiServer open(Options options, Server server) throws BindException {
    WsgiServer opened = new WsgiServer(options, server);
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
    try {
      ListeningSocket socket = socket(bind.address());
      ListeningConnector connector =
          new ListeningConnector(server, socket, factory(bind), options.clients());
      server.addConnector(connector);
      connectors.add(connector);
      SocketAddress address = socket.address();
      refuseOpenAjp(bind, address);
      addresses.add(
          bind.address() instanceof Bind.Tcp tcp
              ? new Bind(
                  bind.protocol(),
                  new Bind.Tcp(tcp.host(), ((InetSocketAddress) address).getPort()))
              : bind);
    } catch (IOException e) {
      throw refused(bind, e);
    }
  }

  private ListeningSocket socket(Bind.Address address) throws IOException {
    if (address instanceof Bind.Tcp tcp) {
      return ListeningSocket.tcp(tcp);
    }
    return address instanceof Bind.Unix unix
        ? UnixSocket.listen(unix.path(), options.unixSockets())
        : InheritedSocket.take();
  }

  private ConnectionFactory factory(Bind bind) {
    GatewayProtocol protocol = bind.protocol();
    HttpConfiguration http = new HttpConfiguration();
    // It is the application's head that has a limit (AsWritten); the server adds some.
    http.setMaxResponseHeaderSize(options.clients().responseHeadBytes() + SERVERS_HEAD_BYTES);
    http.setSendServerVersion(false);
    http.setUriCompliance(ANY_PATH);
    if (protocol != null) {
      // The front adds its own.
      http.setSendDateHeader(false);
      return new GatewayConnectionFactory(protocol, http, options.gateway());
    }
    http.setRequestHeaderSize(REQUEST_HEAD_BYTES);
    http.setHttpCompliance(EXACT);
    if (!(bind.address() instanceof Bind.Tcp)) {
      // An HTTP/1.0 request need not have a Host, and a Unix domain socket has no port.
      http.setServerAuthority(new HostPort("localhost", HttpScheme.HTTP.getDefaultPort()));
    }
    return new ReadByOne.Factory(http);
  }

  /** Who speaks AJP is believed to be a front, with all that it says of the client (Ghostcat). */
  private void refuseOpenAjp(Bind bind, SocketAddress address) throws BindException {
    if (bind.protocol() == GatewayProtocol.AJP
        && options.gateway().ajp().secret() == null
        && address instanceof InetSocketAddress inet
        && !inet.getAddress().isLoopbackAddress()) {
      throw new BindException(
          "AJP needs a secret at an address that other machines reach; give one with --ajp-secret or in the variable WSGI_BRIDGE_AJP_SECRET, and to the front too, or listen at 127.0.0.1");
    }
  }

  private static BindException refused(Bind bind, IOException failure) {
    BindException refused =
        new BindException("can't listen at %s: %s".formatted(bind, failure.getMessage()));
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
    context.getServletContext().setAttribute(Sendfile.ATTRIBUTE, (Sendfile) WsgiServer::region);
    context.getServletContext().setAttribute(WsgiServlet.STANDALONE, true);
    context
        .getServletContext()
        .setAttribute(ClientPresence.ATTRIBUTE, (ClientPresence) WsgiServer::clientLeft);
    ServletHolder holder = new ServletHolder("wsgi", servlet);
    holder.setAsyncSupported(true);
    holder.setInitOrder(0);
    context.addServlet(holder, "/*");
    ForTheServer forTheServer = new ForTheServer();
    inFlight.setHandler(forTheServer);
    Handler.Wrapper outermost = forTheServer;
    if (options.gateway().underscores()) {
      outermost = new Underscores();
      forTheServer.setHandler(outermost);
    }
    outermost.setHandler(asWritten);
    asWritten.setHandler(context);
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("the server can't start: " + e.getMessage(), e);
    }
  }

  private static @Nullable ByteBuffer region(
      HttpServletRequest request, FileChannel file, long position, int count) {
    Connection connection =
        ServletContextRequest.getServletContextRequest(request)
            .getConnectionMetaData()
            .getConnection();
    return connection.getEndPoint() instanceof SendfileEndPoint http
            && !(connection instanceof GatewayConnection)
        ? http.region(file, position, count)
        : null;
  }

  private static boolean clientLeft(HttpServletRequest request) {
    if (request.getAttribute(GatewayStream.ATTRIBUTE) instanceof GatewayStream stream) {
      return stream.isAbandoned();
    }
    return ServletContextRequest.getServletContextRequest(request)
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
            instanceof ListeningEndPoint http
        && http.clientLeft();
  }

  /** Where this server listens, in the order of {@link Options#binds}, with the ports it got. */
  public List<Bind> addresses() {
    return List.copyOf(addresses);
  }

  /**
   * Stops: no new connections, then waits for those that are open: each ends with its answer, or
   * once it has been idle for a moment. To be called once.
   *
   * @return whether all of them finished within the graceful timeout; the rest is broken off, and
   *     the log says how much that was
   */
  public boolean stop() throws InterruptedException {
    long start = NanoTime.now();
    inFlight.hold();
    release();
    inFlight.release(server.getThreadPool());
    try {
      return drain.await(
          () -> inFlight.count() == 0, options.gracefulTimeout().minusNanos(NanoTime.since(start)));
    } finally {
      LifeCycle.stop(server);
    }
  }

  /**
   * Breaks off every connection that isn't idle, and says in the log how many requests that ends. A
   * {@link #stop} that waits for them returns. By any thread.
   */
  public void abort() {
    drain.abort();
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

  /** Gives the addresses back. Open connections stay. */
  private void release() {
    for (ListeningConnector connector : connectors) {
      try {
        connector.close();
      } catch (IOException e) {
        LOG.warn("{}", e.toString());
      }
    }
  }
}
