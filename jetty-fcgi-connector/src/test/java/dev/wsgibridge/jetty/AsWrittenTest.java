package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AsWrittenTest {

  /** The path is the status that the application answers with. */
  private static final Application STATUS =
      (environ, startResponse) -> {
        startResponse.start(environ.pathInfo().substring(1));
        return Body.of("body");
      };

  @Test
  void theStatusLineIsTheApplications() throws Exception {
    assertThat(statusLine("/404%20NOT%20FOUND")).isEqualTo("HTTP/1.1 404 NOT FOUND");
    assertThat(statusLine("/299%20Fine")).isEqualTo("HTTP/1.1 299 Fine");
  }

  @Test
  void theServersOwnRefusalsKeepTheirs() throws Exception {
    assertThat(statusLine("/20")).isEqualTo("HTTP/1.1 500 Internal Server Error");
    assertThat(statusLine("/%")).isEqualTo("HTTP/1.1 400 Bad Request");
  }

  private static String statusLine(String target) throws Exception {
    try (WsgiServer server =
        WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:0")))) {
      server.start(STATUS);
      try (Socket socket =
          new Socket(InetAddress.getLoopbackAddress(), server.addresses().get(0).port())) {
        socket
            .getOutputStream()
            .write(
                ("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
        String answer =
            new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        return answer.substring(0, answer.indexOf('\r'));
      }
    }
  }
}
