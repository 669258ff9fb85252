package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9110, 8.6: where GET would get another Content-Length, none is told. */
class UntoldLengthTest {

  /** The path is the status that the application answers with; the body's length is unknown. */
  private static final Application STATUS =
      (environ, startResponse) -> {
        startResponse.start(
            environ.pathInfo().substring(1), Header.of("Content-Type", "text/plain"));
        List<byte[]> blocks = List.of("a".getBytes(ISO_8859_1), "b".getBytes(ISO_8859_1));
        return environ.queryString().isEmpty() ? blocks::iterator : Body.empty();
      };

  @ParameterizedTest
  @CsvSource({
    "HEAD, /200%20OK",
    "HEAD, /200%20OK?empty",
    "HEAD, /304%20Not%20Modified",
    "GET, /304%20Not%20Modified",
    "GET, /304%20Not%20Modified?empty"
  })
  void isNotMadeUp(String method, String target) throws Exception {
    String answer = answer(method, target);

    assertThat(answer).startsWith("HTTP/1.1 ").endsWith("\r\n\r\n");
    assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("content-length");
  }

  private static String answer(String method, String target) throws Exception {
    try (WsgiServer server =
        WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:0")))) {
      server.start(STATUS);
      try (Socket socket =
          new Socket(InetAddress.getLoopbackAddress(), server.addresses().get(0).port())) {
        socket
            .getOutputStream()
            .write(
                (method
                        + " "
                        + target
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .getBytes(ISO_8859_1));
        return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      }
    }
  }
}
