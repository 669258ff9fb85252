package dev.wsgibridge.contract;

import static java.util.Objects.requireNonNull;

import jakarta.servlet.http.HttpServletRequest;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.ee10.fcgi.proxy.FastCGIProxyServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.fcgi.FCGI;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A Jetty with nothing but its own FastCGI proxy, as a front of a bridge; a process of its own.
 *
 * <p>Arguments: the bridge's port on the loopback.
 */
final class JettyProxy {

  private JettyProxy() {}

  /** Serves until the process is ended. */
  public static void main(String[] args) throws Exception {
    ServletHolder proxy = new ServletHolder(new ExactProxy());
    proxy.setAsyncSupported(true);
    proxy.setInitParameter("proxyTo", "http://127.0.0.1:" + args[0]);
    proxy.setInitParameter("prefix", "/");
    proxy.setInitParameter("preserveHost", "true");
    proxy.setInitParameter("scriptRoot", "/");
    ServletContextHandler context = new ServletContextHandler();
    context.setContextPath("/");
    context.getServletHandler().setDecodeAmbiguousURIs(true);
    context.addServlet(proxy, "/*");

    HttpConfiguration http = new HttpConfiguration();
    http.setUriCompliance(UriCompliance.UNSAFE);
    // Each block of a response is sent when it comes.
    http.setOutputAggregationSize(0);
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(context);
    server.setStopAtShutdown(true);
    server.start();
    System.out.println("Listening on http://127.0.0.1:" + connector.getLocalPort());
    server.join();
  }

  /** Hands on what the servlet by itself would change, leave out or wait for. */
  private static final class ExactProxy extends FastCGIProxyServlet {

    private static final long serialVersionUID = 1L;

    /** FastCGI has no 100 Continue for the servlet to wait for: Jetty says it itself. */
    @Override
    protected boolean expects100Continue(HttpServletRequest asked) {
      return false;
    }

    @Override
    protected void copyRequestHeaders(HttpServletRequest asked, Request request) {
      super.copyRequestHeaders(asked, request);
      request.headers(
          headers -> {
            headers.remove(HttpHeader.EXPECT);
            // X_Twin would be the same parameter as X-Twin.
            for (String name : headers.getFieldNamesCollection()) {
              if (name.contains("_")) {
                headers.remove(name);
              }
            }
          });
    }

    /** The servlet tells its own request, whose path is normalized, and hides credentials. */
    @Override
    protected void customizeFastCGIHeaders(Request request, HttpFields.Mutable params) {
      super.customizeFastCGIHeaders(request, params);
      HttpServletRequest asked =
          (HttpServletRequest)
              requireNonNull(request.getAttributes().get(CLIENT_REQUEST_ATTRIBUTE));
      String path = asked.getRequestURI();
      String query = asked.getQueryString();
      params.put(FCGI.Headers.REQUEST_URI, query == null ? path : path + "?" + query);
      params.put(FCGI.Headers.SERVER_PROTOCOL, asked.getProtocol());
      String credentials = asked.getHeader("Authorization");
      if (credentials != null) {
        params.remove(FCGI.Headers.AUTH_TYPE);
        params.put("HTTP_AUTHORIZATION", credentials);
      }
    }
  }
}
