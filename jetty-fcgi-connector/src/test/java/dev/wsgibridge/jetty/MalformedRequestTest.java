package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is no HTTP request is answered, told in one line, and the end of its connection. */
@Timeout(60)
class MalformedRequestTest {

  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  private static WsgiServer server;

  @BeforeAll
  static void start() throws Exception {
    server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:0")));
    server.start(
        (environ, startResponse) -> {
          startResponse.start("200 OK");
          return Body.of("served");
        });
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), server.addresses().get(0).port());
  }

  /** All that is answered, to the end of the connection, which the client leaves open. */
  private static String answer(String request) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400, '\u0016\u0003\u0001\u0002\u0000', Illegal character",
    "400, 'GET / HTTP/1.1\r\nHost: a\r\nb c: d\r\n\r\n', Illegal character",
    "400, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 'Host: found \"a b\", expected a name or an address'",
    "400, 'GET / HTTP/1.1\r\n\r\n', No Host",
    "400, 'GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n', 'found the target \"http:///x\", expected a host'",
    "417, 'GET / HTTP/1.1\r\nHost: a\r\nExpect: b\r\n\r\n', Expectation Failed",
    "505, 'GET / HTTP/1.7\r\nHost: a\r\n\r\n', Unknown Version",
  })
  void isAnsweredAndToldInOneLine(int status, String request, String why) throws Exception {
    PrintStream stderr = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, UTF_8));
    String answer;
    try {
      answer = answer(request);
    } finally {
      System.setErr(stderr);
    }

    assertThat(answer)
        .startsWith("HTTP/1.1 " + status + " ")
        .containsOnlyOnce("HTTP/1.1 ")
        .contains("\r\nDate: ", "\r\nConnection: close\r\n")
        .endsWith("\n");
    assertThat(log.toString(UTF_8).lines().filter(line -> line.contains("ReadByOne")))
        .singleElement()
        .asString()
        .contains("HTTP: " + status, why, "; from /127.0.0.1:");
  }

  @Test
  void theAnswerToAHeadHasNoBody() throws Exception {
    assertThat(answer("HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ")
        .endsWith("\r\n\r\n");
  }

  /** Were it closed at once, a reset would take the answer along. */
  @Test
  void isAnsweredThoughMoreOfItComes() throws Exception {
    try (Socket socket = connect()) {
      OutputStream output = socket.getOutputStream();
      byte[] part = "A".repeat(1 << 20).getBytes(ISO_8859_1);
      for (int i = 0; i < 16; i++) {
        output.write(part);
      }

      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .startsWith("HTTP/1.1 431 ")
          .endsWith("\r\n\r\nRequest Header Fields Too Large\n");
    }
  }

  @Test
  void noneBehindARequestIsLeftWithoutAnAnswer() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(8);
    try {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        answers.add(clients.submit(() -> answer(GET + "\u0000" + "junk".repeat(50))));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get())
            .startsWith("HTTP/1.1 200 ")
            .contains("servedHTTP/1.1 400 ")
            .endsWith("\r\n\r\nBad Request\n");
      }
    } finally {
      clients.shutdown();
    }
  }
}
