package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.ScgiFront;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1 on the wire, where Jetty alone would have it otherwise. */
@Timeout(60)
class Rfc9112Test {

  private static final int MEGABYTE = 1 << 20;

  private static final String SCGI_GET =
      new String(
          ScgiFront.request("", "REQUEST_METHOD", "GET", "REQUEST_URI", "/", "SERVER_NAME", "a"),
          ISO_8859_1);

  @TempDir private Path folder;
  private final List<WsgiServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(WsgiServer::close);
  }

  private Bind serving(Application application, String url, boolean underscores) throws Exception {
    GatewayOptions defaults = GatewayOptions.DEFAULT;
    WsgiServer server =
        WsgiServer.open(
            new WsgiServer.Options(
                List.of(Bind.parse(url)),
                0,
                WsgiServer.Options.GRACEFUL_TIMEOUT,
                WsgiServer.Options.GRACEFUL_IDLE,
                new GatewayOptions(
                    defaults.trust(),
                    defaults.limits(),
                    defaults.idleTimeout(),
                    defaults.keepAlive(),
                    defaults.allow(),
                    false,
                    underscores,
                    defaults.ajp()),
                SocketAccess.DEFAULT,
                ClientLimits.DEFAULT));
    servers.add(server);
    server.start(application);
    return server.addresses().get(0);
  }

  private int serving(Application application) throws Exception {
    return serving(application, "http://127.0.0.1:0", false).port();
  }

  private static Socket connect(int port) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  /** What came, and how it ended. */
  private record Answer(String text, boolean reset) {

    static Answer of(InputStream input) {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      boolean reset = false;
      try {
        input.transferTo(text);
      } catch (IOException e) {
        reset = true;
      }
      return new Answer(text.toString(ISO_8859_1), reset);
    }
  }

  private static Answer exchange(int port, String request) throws IOException {
    try (Socket socket = connect(port)) {
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return Answer.of(socket.getInputStream());
    }
  }

  /** Says a variable of the environ, by the name of its path. */
  private static final Application VARIABLE =
      (environ, startResponse) -> {
        startResponse.start("200 OK");
        return Body.of(String.valueOf(environ.get(environ.pathInfo().substring(1))));
      };

  private static final Application ECHO =
      (environ, startResponse) -> {
        byte[] body = environ.input().readAllBytes();
        startResponse.start("200 OK");
        return Body.of(body);
      };

  /** Sends a part and fails. */
  private static final Application HALF =
      (environ, startResponse) -> {
        startResponse.start("200 OK").write("half".getBytes(ISO_8859_1));
        throw new IllegalStateException("half-way");
      };

  // ------------------------------------------------------------ responses that break off

  @ParameterizedTest
  @ValueSource(strings = {"Host: a\r\n", "Host: a\r\nConnection: close\r\n"})
  void aResponseOfUnknownLengthComesInChunksAndBreaksOffWithoutTheLast(String headers)
      throws Exception {
    Answer answer = exchange(serving(HALF), "GET / HTTP/1.1\r\n" + headers + "\r\n");

    assertThat(answer.text())
        .contains("Transfer-Encoding: chunked\r\n")
        .endsWith("\r\n\r\n4\r\nhalf");
  }

  @Test
  void aResponseOfUnknownLengthIsWholeWithItsLastChunk() throws Exception {
    Answer answer =
        exchange(
            serving(
                (environ, startResponse) -> {
                  startResponse.start("200 OK").write("all".getBytes(ISO_8859_1));
                  return Body.of("");
                }),
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertThat(answer.text())
        .contains("Connection: close\r\n")
        .endsWith("\r\n\r\n3\r\nall\r\n0\r\n\r\n");
    assertThat(answer.reset()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Connection: keep-alive\r\n"})
  void anHttp10ResponseThatBreaksOffEndsWithAReset(String headers) throws Exception {
    Answer answer = exchange(serving(HALF), "GET / HTTP/1.0\r\n" + headers + "\r\n");

    assertThat(answer.text()).endsWith("\r\n\r\nhalf").doesNotContain("chunked");
    assertThat(answer.reset()).isTrue();
  }

  @Test
  void whatWasSentBeforeABreakArrivesAlsoWhereTheUploadWasNotRead() throws Exception {
    int port = serving(HALF);
    try (Socket socket = connect(port)) {
      OutputStream output = socket.getOutputStream();
      output.write(
          ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + MEGABYTE + "\r\n\r\n")
              .getBytes(ISO_8859_1));
      output.write(new byte[MEGABYTE]);

      Answer answer = Answer.of(socket.getInputStream());

      assertThat(answer.text()).endsWith("\r\n\r\n4\r\nhalf");
      assertThat(answer.reset()).isFalse();
    }
  }

  // ------------------------------------------------------------ answers before the end of a
  // request

  @Test
  void anEarlyAnswerIsNotLostWhileTheUploadGoesOn() throws Exception {
    int port =
        serving(
            (environ, startResponse) -> {
              startResponse.start("413 Content Too Large");
              return Body.of("too large");
            });
    try (Socket socket = connect(port)) {
      OutputStream output = socket.getOutputStream();
      output.write(
          ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + 8 * MEGABYTE + "\r\n\r\n")
              .getBytes(ISO_8859_1));
      byte[] part = new byte[MEGABYTE];
      for (int i = 0; i < 8; i++) {
        output.write(part);
      }

      Answer answer = Answer.of(socket.getInputStream());

      assertThat(answer.text())
          .startsWith("HTTP/1.1 413 ")
          .contains("Connection: close\r\n")
          .endsWith("\r\n\r\ntoo large");
      assertThat(answer.reset()).isFalse();
    }
  }

  @Test
  void anEarlyAnswerThatIsLongReachesWhoReadsItAndSendsOn() throws Exception {
    int port =
        serving(
            (environ, startResponse) -> {
              startResponse.start("200 OK");
              return Body.of(new byte[3 * MEGABYTE]);
            });
    try (Socket socket = connect(port)) {
      OutputStream output = socket.getOutputStream();
      output.write(
          ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + 8 * MEGABYTE + "\r\n\r\n")
              .getBytes(ISO_8859_1));
      CompletableFuture<Void> upload =
          CompletableFuture.runAsync(
              () -> {
                try {
                  byte[] part = new byte[MEGABYTE];
                  for (int i = 0; i < 8; i++) {
                    output.write(part);
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });

      Answer answer = Answer.of(socket.getInputStream());

      assertThat(answer.text()).endsWith("\0".repeat(1000)).hasSizeGreaterThan(3 * MEGABYTE);
      assertThat(answer.reset()).isFalse();
      upload.join();
    }
  }

  @Test
  void aSmallBodyThatNobodyReadLeavesTheConnectionOpen() throws Exception {
    String request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
    int port =
        serving(
            (environ, startResponse) -> {
              startResponse.start("200 OK");
              return Body.of("ok");
            });

    Answer answer =
        exchange(port, request + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertThat(answer.text().split("HTTP/1.1 200 OK", -1)).hasSize(3);
  }

  // ------------------------------------------------------------ heads of responses

  private static Application head(int bytes) {
    return (environ, startResponse) -> {
      List<Header> headers = new ArrayList<>();
      headers.addAll(
          Collections.nCopies(bytes / 1024, Header.of("X", "x".repeat(1024 - "X: \r\n".length()))));
      startResponse.start("200 OK", headers);
      return Body.of("body");
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 17, 63})
  void headsOfResponsesMayBeLong(int kilobytes) throws Exception {
    String request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    Answer answer = exchange(serving(head(kilobytes * 1024)), request);

    assertThat(answer.text())
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("Connection: close\r\n")
        .endsWith("\r\n\r\nbody");
    assertThat(answer.text().split("X: x", -1)).hasSize(kilobytes + 1);
  }

  @ParameterizedTest
  @CsvSource({"http, HTTP/1.1 500 ", "scgi, Status: 500 "})
  void aHeadThatIsTooLongIsA500(String protocol, String status) throws Exception {
    int port = serving(head(64 * 1024), protocol + "://127.0.0.1:0", false).port();

    Answer answer =
        exchange(
            port,
            protocol.equals("http")
                ? "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                : SCGI_GET);

    assertThat(answer.text())
        .startsWith(status)
        .doesNotContain("X: x")
        .endsWith("\r\n\r\nInternal Server Error\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain; charset=UTF-8", "Text/HTML;Charset=\"x\"", "text/html"})
  void contentTypeGoesOutAsItWasWritten(String type) throws Exception {
    Application typed =
        (environ, startResponse) -> {
          startResponse.start("200 OK", Header.of("Content-Type", type));
          return Body.of("body");
        };

    Answer answer =
        exchange(serving(typed), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertThat(answer.text()).contains("Content-Type: " + type + "\r\n");
  }

  @Test
  void aSecondContentTypeHasNothingOfTheFirst() throws Exception {
    Application typed =
        (environ, startResponse) -> {
          startResponse.start(
              "200 OK",
              Header.of("Content-Type", "text/html; charset=utf-8"),
              Header.of("Content-Type", "text/plain"));
          return Body.of("body");
        };

    Answer answer =
        exchange(serving(typed), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertThat(answer.text()).contains("Content-Type: text/plain\r\n").doesNotContain("charset");
  }

  @Test
  void anApplicationCantSwitchProtocols() throws Exception {
    Application upgraded =
        (environ, startResponse) -> {
          startResponse.start("101 Switching Protocols");
          return Body.of("");
        };

    Answer answer =
        exchange(serving(upgraded), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertThat(answer.text()).startsWith("HTTP/1.1 500 ").doesNotContain(" 101 ");
  }

  // ------------------------------------------------------------ heads of requests

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\nHost: a\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\nx\r\n0\r\n\r\n",
      })
  void aLineEndsWithCrLf(String request) throws Exception {
    assertThat(exchange(serving(ECHO), request).text()).startsWith("HTTP/1.1 400 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip, chunked", "identity, chunked"})
  void codingsOtherThanChunkedAreNotImplemented(String codings) throws Exception {
    Answer answer =
        exchange(
            serving(ECHO),
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: %s\r\n\r\n1\r\nx\r\n0\r\n\r\n"
                .formatted(codings));

    assertThat(answer.text()).startsWith("HTTP/1.1 501 ").contains("Connection: close\r\n");
  }

  @Test
  void http10KnowsNoInterimResponse() throws Exception {
    Answer answer =
        exchange(
            serving(ECHO),
            "PUT / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");

    assertThat(answer.text()).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nabc");
  }

  @Test
  void chunksInHttp10EndTheConnection() throws Exception {
    Answer answer =
        exchange(
            serving(ECHO),
            "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n");

    assertThat(answer.text().split("HTTP/1.1 ", -1)).hasSize(2);
    assertThat(answer.text()).endsWith("\r\n\r\nabc");
    assertThat(answer.reset()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "http://other/HTTP_HOST, other",
    "http://other:81/HTTP_HOST, other:81",
    "http://other/SERVER_NAME, other",
    "http://other:81/SERVER_PORT, 81",
    "https://a/wsgi.url_scheme, http",
    "http://a:80/HTTP_HOST, a",
  })
  void aTargetInAbsoluteFormWinsOverHost(String target, String value) throws Exception {
    Answer answer =
        exchange(
            serving(VARIABLE),
            "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".formatted(target));

    assertThat(answer.text()).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n" + value);
  }

  @ParameterizedTest
  @CsvSource({
    "'Content_Length: 2\r\n', null",
    "'Content_Length: 2\r\nContent-Length: 0\r\n', 0",
    "'Content-Length: 0\r\nContent_Length: 2\r\n', 0",
  })
  void noTwinOfContentLengthFramesABody(String headers, String value) throws Exception {
    int port = serving(VARIABLE, "http://127.0.0.1:0", true).port();

    Answer answer =
        exchange(
            port,
            "GET /CONTENT_LENGTH HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + "\r\n");

    assertThat(answer.text()).endsWith("\r\n\r\n" + value);
  }

  @Test
  void http10NeedsNoHostOnAUnixSocket() throws Exception {
    Path path = folder.resolve("http.sock");
    serving(VARIABLE, "http+unix://" + path, false);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      channel.write(ByteBuffer.wrap("GET /SERVER_NAME HTTP/1.0\r\n\r\n".getBytes(ISO_8859_1)));

      Answer answer = Answer.of(Channels.newInputStream(channel));

      assertThat(answer.text()).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nlocalhost");
    }
  }
}
