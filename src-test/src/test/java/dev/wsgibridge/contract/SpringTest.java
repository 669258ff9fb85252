package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import dev.wsgibridge.examples.PriceList;
import dev.wsgibridge.examples.Prices;
import dev.wsgibridge.servlet.WsgiServlet;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.context.ContextLoaderListener;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

/** A Spring application with {@code examples/java_service.py} inside: Python calls its bean. */
class SpringTest {

  /** The beans of the application. */
  @Configuration(proxyBeanMethods = false)
  static class Beans {

    @Bean
    Prices prices() {
      return new PriceList(Map.of("torte", new BigDecimal("4.20")));
    }
  }

  private static final Server SERVER = new Server(loopback(0));

  private static Application application;

  @BeforeAll
  static void start() throws Exception {
    application =
        Applications.load(
            Servers.project().resolve("examples/java_service.py").toString(),
            LoadOptions.defaults(SpringTest.class.getClassLoader())
                .withPython(LoadOptions.GRAALPY));
    AnnotationConfigWebApplicationContext beans = new AnnotationConfigWebApplicationContext();
    beans.register(Beans.class);
    ServletContextHandler context = new ServletContextHandler();
    context.addEventListener(new ContextLoaderListener(beans));
    context.addServlet(new ServletHolder(new WsgiServlet(application)), "/prices/*");
    SERVER.setHandler(context);
    SERVER.start();
  }

  @AfterAll
  static void stop() throws Exception {
    SERVER.stop();
    if (application instanceof AutoCloseable closeable) {
      closeable.close();
    }
  }

  @Test
  void pythonCallsTheBean() throws IOException {
    Response answer = ask("/prices/torte?count=3");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text())
        .isEqualTo("{\"article\": \"torte\", \"count\": 3, \"euros\": \"12.60\"}\n");
  }

  @Test
  void pythonCatchesWhatTheBeanThrows() throws IOException {
    assertThat(ask("/prices/tea").status()).isEqualTo(404);
    assertThat(ask("/prices/torte?count=0").status()).isEqualTo(400);
    assertThat(ask("/prices/torte?count=99999999999").status()).isEqualTo(400);
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static Response ask(String target) throws IOException {
    int port = ((ServerConnector) SERVER.getConnectors()[0]).getLocalPort();
    try (HttpConnection connection = HttpConnection.open(loopback(port))) {
      return connection.ask(Request.get(target));
    }
  }
}
