package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.CgiAnswer;
import dev.wsgibridge.codec.ScgiFront;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client's Host, which a front hands on as it came. */
@Timeout(60)
class OddHostTest {

  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final WsgiServer server;

  OddHostTest() throws IOException {
    server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("scgi://127.0.0.1:0")));
  }

  @BeforeEach
  void start() throws Exception {
    server.start(
        (environ, startResponse) -> {
          startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
          return Body.of("" + environ.get("HTTP_HOST"));
        });
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void stop() {
    System.setErr(stderr);
    server.close();
  }

  private CgiAnswer ask(String... params) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), server.addresses().get(0).port())) {
      socket.getOutputStream().write(ScgiFront.request("", params));
      return CgiAnswer.ofCgi(socket.getInputStream().readAllBytes());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b", "a:b:c", "[::1", "[x]", "[:]", "a/b", "a@b", "a:99999", "a:x", "\u00e9", "a,b",
        "\u0001"
      })
  void costsOneLine(String host) throws Exception {
    CgiAnswer answer = ask("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_HOST", host);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(log.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.contains("INFO")))
        .singleElement()
        .asString()
        .contains("SCGI: Host: found ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a:80",
        "a:",
        "",
        "a_b.test",
        "127.0.0.1:8080",
        "[::1]",
        "[::1]:8080",
        "%C3%A9"
      })
  void isServed(String host) throws Exception {
    CgiAnswer answer =
        ask("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_HOST", host, "SERVER_NAME", "front");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(host);
    assertThat(log.toString(StandardCharsets.UTF_8)).doesNotContain("WARN", "ERROR");
  }
}
