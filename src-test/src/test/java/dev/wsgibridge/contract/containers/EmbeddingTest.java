package dev.wsgibridge.contract.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.CookieManager;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** WSGI applications inside an existing servlet application, in each container. */
final class EmbeddingTest {

  private static final String WEB_XML =
      """
      <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
        <listener><listener-class>%s</listener-class></listener>
        <servlet><servlet-name>visits</servlet-name><servlet-class>%s</servlet-class></servlet>
        <servlet-mapping><servlet-name>visits</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
      </web-app>
      """
          .formatted(Embedding.class.getName(), Visits.class.getName());

  private final HttpClient client =
      HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

  @ParameterizedTest
  @EnumSource
  void shareTheSessionAndLeaveTheRestAlone(ContainerKind kind, @TempDir Path folder)
      throws Exception {
    Path war =
        ExampleWars.withClasses(
            ExampleWars.copy(
                ExampleWars.helloJava(), folder.resolve("site.war"), name -> true, x -> WEB_XML),
            Embedding.class,
            Visits.class);
    try (Container container = kind.start(Map.of("site", war))) {
      assertThat(get(container, "/site/")).isEqualTo("counted");
      assertThat(get(container, "/site/blogs")).isEqualTo("counted");
      assertThat(get(container, "/site/shop/cart")).isEqualTo("/site/shop 2\n");
      assertThat(get(container, "/site/blog/a%2Fb")).isEqualTo("/site/blog 2\n");
    }
  }

  private String get(Container container, String path) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(container.uri(path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
