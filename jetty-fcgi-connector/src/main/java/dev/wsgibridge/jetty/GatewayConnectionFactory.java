package dev.wsgibridge.jetty;

import dev.wsgibridge.codec.Quota;
import java.net.SocketAddress;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.util.annotation.Name;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks a gateway protocol on the connections of any Jetty connector, so that any servlet stands
 * behind a front web server:
 *
 * <pre>{@code
 * ServerConnector connector = new ServerConnector(server, new GatewayConnectionFactory(GatewayProtocol.FCGI));
 * connector.setPort(9000);
 * server.addConnector(connector);
 * }</pre>
 *
 * <p>A request has the method, the path, the headers, the addresses and the scheme of the client's
 * request to the front; all params, as they were sent, are its attribute {@link
 * dev.wsgibridge.CgiParams#ATTRIBUTE}.
 */
public final class GatewayConnectionFactory extends AbstractConnectionFactory
    implements HttpConfiguration.ConnectionFactory {

  private static final Logger LOG = LoggerFactory.getLogger(GatewayConnectionFactory.class);

  /** Which part of the heap the params of requests may take that aren't answered: an eighth. */
  private static final int HEAP_PART = 8;

  private final GatewayProtocol protocol;
  private final HttpConfiguration http;
  private final GatewayOptions options;
  private final Peers peers;
  private final Quota quota;

  /** With defaults: no Server and no Date header, for these are the front's. */
  public GatewayConnectionFactory(@Name("protocol") GatewayProtocol protocol) {
    this(protocol, plain(), GatewayOptions.DEFAULT);
  }

  /**
   * With a configuration of one's own.
   *
   * @param http of which a copy is kept: what paths may look like, buffers, which headers are added
   */
  public GatewayConnectionFactory(
      GatewayProtocol protocol, HttpConfiguration http, GatewayOptions options) {
    super(protocol.scheme());
    this.protocol = protocol;
    this.http = new HttpConfiguration(http);
    // SERVER_NAME is the front's own name, whatever the client's Host.
    this.http.setHttpCompliance(
        http.getHttpCompliance().with("GATEWAY", HttpCompliance.Violation.MISMATCHED_AUTHORITY));
    this.options = options;
    peers = new Peers(options.allow());
    quota =
        Quota.of(
            Math.max(
                8L * options.limits().paramsBytes(), Runtime.getRuntime().maxMemory() / HEAP_PART));
    setInputBufferSize(32 * 1024);
  }

  private static HttpConfiguration plain() {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    return http;
  }

  @Override
  public HttpConfiguration getHttpConfiguration() {
    return http;
  }

  @Override
  public Connection newConnection(Connector connector, EndPoint endPoint) {
    SocketAddress peer = endPoint.getRemoteSocketAddress();
    if (!peers.allow(peer)) {
      LOG.warn("{}: refused a connection from {}, which is not allowed to", protocol, peer);
      return new Refusal(endPoint, connector.getExecutor());
    }
    endPoint.setIdleTimeout(options.idleTimeout().toMillis());
    return configure(
        new GatewayConnection(
            connector, http, endPoint, protocol, options, quota.forConnection(options.limits())),
        connector,
        endPoint);
  }

  /** Ends the connection without a word. */
  private static final class Refusal extends AbstractConnection {

    Refusal(EndPoint endPoint, Executor executor) {
      super(endPoint, executor);
    }

    @Override
    public void onOpen() {
      super.onOpen();
      close();
    }

    @Override
    public void onFillable() {}
  }
}
