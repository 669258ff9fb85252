package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.contract.fixtures.Fixtures;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.servlet.WsgiServlet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;

/**
 * The scheme is https where the servlet's isSecure() says so: here, by the admin's trust in a
 * proxy.
 */
class SecureConnectionTest {

  @Test
  void schemeFollowsTheContainer() throws Exception {
    var server = new org.eclipse.jetty.server.Server();
    HttpConfiguration http = new HttpConfiguration();
    http.addCustomizer(new ForwardedRequestCustomizer());
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(new ServletHolder(new WsgiServlet(new Fixtures())), "/*");
    server.setHandler(context);
    server.start();
    try (HttpConnection connection =
        HttpConnection.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), connector.getLocalPort()))) {
      EchoedEnviron secure =
          new EchoedEnviron(
              connection.ask(Request.get("/environ").with("X-Forwarded-Proto: https")));
      assertThat(secure.value("wsgi.url_scheme")).isEqualTo("https");
      assertThat(secure.value("HTTPS")).isEqualTo("on");
      EchoedEnviron plain = new EchoedEnviron(connection.ask(Request.get("/environ")));
      assertThat(plain.value("wsgi.url_scheme")).isEqualTo("http");
      assertThat(plain.keys()).doesNotContain("HTTPS");
    } finally {
      server.stop();
    }
  }
}
