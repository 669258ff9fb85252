package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A WSGI application inside someone's existing servlet application, and what the two share. */
class FilterChainTest {

  /** CPython has no Java objects in its reach: its environ has no servlet request. */
  @ParameterizedTest
  @EnumSource(names = {"JAVA", "GRAALPY"})
  void sharesTheSession(Hosted hosted) throws IOException {
    try (Server.Running running = Servers.jettyFilter(hosted).start();
        HttpConnection connection = HttpConnection.open(running.address())) {
      Response first = connection.ask(Request.get("/context/filtered/session"));
      assertThat(first.text()).isEqualTo("count 1");
      String cookie = "Cookie: " + first.header("Set-Cookie").orElseThrow().split(";", 2)[0];
      assertThat(connection.ask(Request.get("/context/filtered/session").with(cookie)).text())
          .isEqualTo("count 2");
      assertThat(connection.ask(Request.get("/context/elsewhere").with(cookie)).text())
          .isEqualTo("neighbour: GET /context/elsewhere, 0 bytes, count 2");
    }
  }

  @ParameterizedTest
  @EnumSource(names = "JAVA")
  void passesOnWhatItDoesNotAccept(Hosted hosted) throws IOException {
    try (Server.Running running = Servers.jettyFilter(hosted).start();
        HttpConnection connection = HttpConnection.open(running.address())) {
      for (String path : new String[] {"/", "/filteredbutnot", "/else;p=1/where", "/filtere"}) {
        Response response = connection.ask(Request.post("/context" + path, "untouched"));
        assertThat(response.text())
            .isEqualTo("neighbour: POST /context%s, 9 bytes, count null".formatted(path));
      }
      assertThat(connection.ask(Request.get("/context/filtered/hello")).text()).isEqualTo("Hello");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"JAVA", "CPYTHON"})
  void attributesOfTheRequestAreKeysUnlessTheyPoseAsTheServers(Hosted hosted) throws IOException {
    try (Server.Running running = Servers.jettyFilter(hosted).start();
        HttpConnection connection = HttpConnection.open(running.address())) {
      EchoedEnviron environ =
          new EchoedEnviron(connection.ask(Request.get("/context/filtered/environ")));
      assertThat(environ.value("PATH_INFO")).isEqualTo("/environ");
      assertThat(environ.value("SCRIPT_NAME")).isEqualTo("/context/filtered");
      assertThat(environ.value("wsgi.url_scheme")).isEqualTo("http");
      assertThat(environ.value("example.tenant")).isEqualTo("n\u00c3\u00b6rdlich");
      assertThat(environ.keys()).doesNotContain("REMOTE_USER", "HTTP_X_LEFT");
    }
  }
}
