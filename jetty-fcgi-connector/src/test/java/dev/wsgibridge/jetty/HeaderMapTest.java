package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.StartResponse;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.ServletException;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The servlet's init-param for headers with an underscore, as a WAR has it. */
class HeaderMapTest {

  /** Says a header. */
  public static final class Spoofed implements Application {
    @Override
    public Body call(Environ environ, StartResponse startResponse) {
      startResponse.start("200 OK");
      return Body.of(String.valueOf(environ.get("HTTP_X_Y")));
    }
  }

  private static String answer(@Nullable String headerMap) throws Exception {
    Server server = new Server();
    LocalConnector connector = new LocalConnector(server);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.setClassLoader(Spoofed.class.getClassLoader());
    ServletHolder holder = new ServletHolder(WsgiServlet.class);
    holder.setInitOrder(0);
    holder.setInitParameter("application", Spoofed.class.getName());
    if (headerMap != null) {
      holder.setInitParameter("header-map", headerMap);
    }
    context.addServlet(holder, "/*");
    server.setHandler(context);
    try {
      server.start();
      return connector.getResponse(
          "GET / HTTP/1.1\r\nHost: a\r\nX_Y: spoof\r\nConnection: close\r\n\r\n");
    } finally {
      server.stop();
    }
  }

  @ParameterizedTest
  @CsvSource({", null", "drop, null", "dangerous, spoof"})
  void dropsUnlessTheAdminSaysOtherwise(@Nullable String headerMap, String value) throws Exception {
    assertThat(answer(headerMap)).startsWith("HTTP/1.1 200 OK").endsWith(value);
  }

  @Test
  void knowsNothingElse() {
    assertThatThrownBy(() -> answer("keep"))
        .isInstanceOf(ServletException.class)
        .hasMessage("init-param header-map: found 'keep', expected one of drop, dangerous");
  }
}
