package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import dev.wsgibridge.codec.CgiAnswer;
import dev.wsgibridge.codec.ScgiFront;
import dev.wsgibridge.codec.UwsgiFront;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** SCGI and uwsgi over sockets: a connection, a request, an answer, the end. */
@Timeout(60)
class OneRequestConnectionTest {

  enum Protocol {
    SCGI,
    UWSGI;

    byte[] request(String body, String... params) {
      return this == SCGI
          ? ScgiFront.request(body, params)
          : UwsgiFront.request(body, withLength(body, params));
    }

    private static String[] withLength(String body, String... params) {
      List<String> all = new ArrayList<>(List.of(params));
      all.addAll(List.of("CONTENT_LENGTH", Integer.toString(body.length())));
      return all.toArray(String[]::new);
    }

    CgiAnswer answer(byte[] bytes) {
      return this == SCGI ? CgiAnswer.ofCgi(bytes) : CgiAnswer.ofHttp(bytes);
    }
  }

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private int serve(Protocol protocol, Application application) throws IOException {
    String url = protocol.name().toLowerCase(Locale.ROOT) + "://127.0.0.1:0";
    WsgiServer server = WsgiServer.open(WsgiServer.Options.at(Bind.parse(url)));
    open.add(server);
    server.start(application);
    return server.addresses().get(0).port();
  }

  private Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    open.add(socket);
    return socket;
  }

  private CgiAnswer ask(Protocol protocol, int port, String body, String... params)
      throws IOException {
    try (Socket socket = connect(port)) {
      socket.getOutputStream().write(protocol.request(body, params));
      return protocol.answer(socket.getInputStream().readAllBytes());
    }
  }

  private static String[] request(String method, String uri) {
    return new String[] {
      "REQUEST_METHOD", method, "REQUEST_URI", uri, "SERVER_PROTOCOL", "HTTP/1.1"
    };
  }

  /** Answers with the request's path and body. */
  private static Body echo(Environ environ, StartResponse startResponse) throws IOException {
    byte[] body = environ.input().readAllBytes();
    startResponse.start("200 Fine", Header.of("Content-Type", "text/plain"));
    return Body.of((environ.pathInfo() + " " + new String(body, ISO_8859_1)).getBytes(ISO_8859_1));
  }

  /** Answers without a look at the body. */
  private static Body hello(Environ environ, StartResponse startResponse) {
    startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
    return Body.of(environ.pathInfo().getBytes(ISO_8859_1));
  }

  @ParameterizedTest
  @EnumSource
  void requestAndAnswer(Protocol protocol) throws IOException {
    int port = serve(protocol, OneRequestConnectionTest::echo);

    CgiAnswer answer = ask(protocol, port, "", request("GET", "/caf%E9"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.reason()).isEqualTo("Fine");
    assertThat(answer.body()).isEqualTo("/caf\u00e9 ");
  }

  @ParameterizedTest
  @EnumSource
  void uploads(Protocol protocol) throws IOException {
    int port = serve(protocol, OneRequestConnectionTest::echo);
    String body = "0123456789".repeat(300_000);

    assertThat(ask(protocol, port, body, request("POST", "/up")).body()).isEqualTo("/up " + body);
  }

  @ParameterizedTest
  @EnumSource
  void unreadUploadCostsNoAnswer(Protocol protocol) throws IOException {
    int port = serve(protocol, OneRequestConnectionTest::hello);
    String body = "0123456789".repeat(300_000);
    for (int i = 0; i < 20; i++) {
      assertThat(ask(protocol, port, body, request("POST", "/" + i)).body()).isEqualTo("/" + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void frontThatEndsItsSideGetsItsAnswer(Protocol protocol) throws IOException {
    int port = serve(protocol, OneRequestConnectionTest::echo);
    try (Socket socket = connect(port)) {
      socket.getOutputStream().write(protocol.request("body", request("POST", "/half")));
      socket.shutdownOutput();

      assertThat(protocol.answer(socket.getInputStream().readAllBytes()).body())
          .isEqualTo("/half body");
    }
  }

  @ParameterizedTest
  @EnumSource
  void frontThatLeavesAmidAnUploadFailsTheRead(Protocol protocol) throws Exception {
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    int port =
        serve(
            protocol,
            (environ, startResponse) -> {
              try {
                return echo(environ, startResponse);
              } catch (IOException e) {
                told.complete(e);
                throw e;
              }
            });
    try (Socket socket = connect(port)) {
      byte[] request = protocol.request("a body", request("POST", "/"));
      socket.getOutputStream().write(request, 0, request.length - 2);
    }

    assertThat(told.get()).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource
  void brokenOffResponseEndsWithAReset(Protocol protocol) throws IOException {
    int port =
        serve(
            protocol,
            (environ, startResponse) -> {
              startResponse.start("200 OK", List.of()).write("half".getBytes(ISO_8859_1));
              throw new IllegalStateException("on purpose");
            });
    try (Socket socket = connect(port)) {
      socket.getOutputStream().write(protocol.request("", request("GET", "/")));

      assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("reset");
    }
  }

  @ParameterizedTest
  @EnumSource
  void requestThatIsNoneGets400(Protocol protocol) throws IOException {
    int port = serve(protocol, OneRequestConnectionTest::echo);

    CgiAnswer answer = ask(protocol, port, "", request("GET", "nonsense"));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo("Bad Request\n");
  }

  @ParameterizedTest
  @EnumSource
  void sameLengthTwiceIsServedAndAnotherRefused(Protocol protocol) throws IOException {
    int port = serve(protocol, OneRequestConnectionTest::lengthAndBody);
    List<String> request = new ArrayList<>(List.of(request("POST", "/up")));

    request.addAll(List.of("CONTENT_LENGTH", "4"));
    CgiAnswer served = ask(protocol, port, "body", request.toArray(String[]::new));
    request.addAll(List.of("CONTENT_LENGTH", "5"));
    CgiAnswer refused = ask(protocol, port, "body", request.toArray(String[]::new));

    assertThat(served.body()).isEqualTo("4 body");
    assertThat(refused.status()).isEqualTo(400);
  }

  private static Body lengthAndBody(Environ environ, StartResponse startResponse)
      throws IOException {
    String body = new String(environ.input().readAllBytes(), ISO_8859_1);
    startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
    return Body.of(environ.get("CONTENT_LENGTH") + " " + body);
  }

  @ParameterizedTest
  @EnumSource
  void noBodyForHead(Protocol protocol) throws IOException {
    int port = serve(protocol, OneRequestConnectionTest::echo);

    assertThat(ask(protocol, port, "", request("HEAD", "/")).body()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void bytesThatAreNoRequestCloseTheirConnectionOnly(Protocol protocol) throws IOException {
    int port = serve(protocol, OneRequestConnectionTest::echo);
    try (Socket bad = connect(port)) {
      bad.getOutputStream().write("\u00ff\u00ff\u00ff\u00ff x:y".getBytes(ISO_8859_1));
      bad.shutdownOutput();
      assertThat(answered(bad)).isFalse();
    }
    assertThat(ask(protocol, port, "", request("GET", "/on")).body()).isEqualTo("/on ");
  }

  /** Whether there is a 200; a refusal, an end and a reset are none. */
  private static boolean answered(Socket socket) {
    try {
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1).contains("200");
    } catch (IOException e) {
      return false;
    }
  }
}
