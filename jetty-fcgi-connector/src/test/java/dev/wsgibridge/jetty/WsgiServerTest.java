package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.await.Await;
import dev.wsgibridge.codec.FastCgiFront;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WsgiServerTest {

  private static final Bind ANY_PORT = Bind.http("127.0.0.1", 0);

  /** Says its path. */
  private static final Application PATH =
      (environ, startResponse) -> {
        startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
        return Body.of(environ.pathInfo().getBytes(ISO_8859_1));
      };

  @TempDir private Path folder;
  private final List<WsgiServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(WsgiServer::close);
  }

  private WsgiServer open(WsgiServer.Options options) throws BindException {
    WsgiServer server = WsgiServer.open(options);
    servers.add(server);
    return server;
  }

  private static WsgiServer.Options options(
      List<Bind> binds, int threads, Duration gracefulTimeout) {
    return new WsgiServer.Options(
        binds,
        threads,
        gracefulTimeout,
        WsgiServer.Options.GRACEFUL_IDLE,
        GatewayOptions.DEFAULT,
        SocketAccess.DEFAULT,
        ClientLimits.DEFAULT);
  }

  private int serving(Application application) throws BindException {
    WsgiServer server = open(WsgiServer.Options.at(ANY_PORT));
    server.start(application);
    return server.addresses().get(0).port();
  }

  private static Socket connect(int port) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  /** What comes back for these bytes, until the server closes. */
  private static String exchange(int port, String request) throws IOException {
    try (Socket socket = connect(port)) {
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private static String get(int port, String target) throws IOException {
    return exchange(
        port, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".formatted(target));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "/ /",
        "/a%2Fb /a/b",
        "//a///b/ //a///b/",
        "/a;p=1/b;q /a;p=1/b;q",
        "/100%25 /100%",
        "/%2541 /%41",
        "/caf%C3%A9 /caf\u00c3\u00a9",
        "/%FF /\u00ff",
        "/a[1]|{b}^ /a[1]|{b}^",
        "/a/..;/b /a/..;/b",
        "/a/.;p/%2e.;x=y/b /a/.;p/..;x=y/b",
        "/a/...//..b/.c /a/...//..b/.c",
        "/%5Ca /\\a",
        "/a+b /a+b",
      })
  void pathsReachTheApplicationWordForWord(String target, String pathInfo) throws Exception {
    String answer = get(serving(PATH), target);

    assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\n" + pathInfo);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nName : b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nName: b\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nName: b\u0000c\r\n\r\n",
        "GET /a\u0001b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /#fragment HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /../a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /a/../b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /a/%2E%2E/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /a/. HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /a%2F.. HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /a/b%2F../../x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
      })
  void whatHttpForbidsIsABadRequest(String request) throws Exception {
    String answer = exchange(serving(PATH), request);

    assertThat(answer).startsWith("HTTP/1.1 400 Bad Request\r\n").endsWith("\r\n\r\nBad Request\n");
  }

  @Test
  void theHeadOfARequestHasALimit() throws Exception {
    int port = serving(PATH);
    String fits = "/" + "a".repeat(8 * 1024);
    String header = "GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n".formatted("x".repeat(17 * 1024));

    assertThat(get(port, fits)).startsWith("HTTP/1.1 200 OK\r\n");
    assertThat(exchange(port, header)).startsWith("HTTP/1.1 431 ");
  }

  @Test
  void isNoProxy() throws Exception {
    String request = "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n";

    assertThat(exchange(serving(PATH), request))
        .startsWith("HTTP/1.1 501 ")
        .contains("Connection: close\r\n");
  }

  @Test
  void givesASignOfLife() throws Exception {
    String request = "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    assertThat(exchange(serving(PATH), request))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("Content-Length: 0\r\n");
  }

  @Test
  void saysNothingOfItself() throws Exception {
    assertThat(get(serving(PATH), "/")).doesNotContainIgnoringCase("Server:", "Jetty");
  }

  @Test
  void aFailureSaysNothingOfWhy() throws Exception {
    WsgiServer server = open(WsgiServer.Options.at(ANY_PORT));
    server.start(
        new HttpServlet() {
          private static final long serialVersionUID = 1L;

          @Override
          protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            throw new IllegalStateException("a secret");
          }
        });

    String answer = get(server.addresses().get(0).port(), "/");

    assertThat(answer)
        .startsWith("HTTP/1.1 500 ")
        .contains("Content-Type: text/plain;charset=utf-8\r\n")
        .endsWith("\r\n\r\nInternal Server Error\n");
  }

  @Test
  void listensAtEachAddress() throws Exception {
    WsgiServer server = open(WsgiServer.Options.at(ANY_PORT, ANY_PORT));
    server.start(PATH);

    assertThat(server.addresses()).hasSize(2).doesNotHaveDuplicates();
    for (Bind address : server.addresses()) {
      assertThat(get(address.port(), "/x")).endsWith("/x");
    }
  }

  @Test
  void aPortInUseIsKnownBeforeTheStart() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Bind bind = Bind.http("127.0.0.1", taken.getLocalPort());

      assertThatThrownBy(() -> WsgiServer.open(WsgiServer.Options.at(ANY_PORT, bind)))
          .isInstanceOf(BindException.class)
          .hasMessage(
              "can't listen at %s: the port is in use; stop what listens there, or choose another (port 0 picks a free one)",
              bind);
    }
  }

  @Test
  void anAddressOfAnotherMachineIsRefused() {
    // TEST-NET-1 of RFC 5737: nobody's.
    assertThatThrownBy(() -> WsgiServer.open(WsgiServer.Options.at(Bind.http("192.0.2.1", 0))))
        .isInstanceOf(BindException.class)
        .hasMessageStartingWith(
            "can't listen at http://192.0.2.1:0: this machine has no such address");
  }

  /** Says a variable of the environ, by the name of its path. */
  private static final Application VARIABLE =
      (environ, startResponse) -> {
        startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
        return Body.of(String.valueOf(environ.get(environ.pathInfo().substring(1))));
      };

  private static WsgiServer.Options options(GatewayOptions gateway, Bind... binds) {
    return new WsgiServer.Options(
        List.of(binds),
        0,
        Duration.ofSeconds(10),
        WsgiServer.Options.GRACEFUL_IDLE,
        gateway,
        SocketAccess.DEFAULT,
        ClientLimits.DEFAULT);
  }

  private static GatewayOptions gateway(
      List<String> allow, boolean underscores, @Nullable String ajpSecret) {
    GatewayOptions defaults = GatewayOptions.DEFAULT;
    return new GatewayOptions(
        defaults.trust(),
        defaults.limits(),
        defaults.idleTimeout(),
        defaults.keepAlive(),
        allow,
        false,
        underscores,
        new GatewayOptions.Ajp(ajpSecret, Set.of(), 8192));
  }

  private static String exchange(Path path, String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      channel.write(ByteBuffer.wrap(request.getBytes(ISO_8859_1)));
      return new String(Channels.newInputStream(channel).readAllBytes(), ISO_8859_1);
    }
  }

  /** An SCGI request. */
  private static String scgi(String target) {
    String params =
        String.join(
            "\0",
            "CONTENT_LENGTH",
            "0",
            "SCGI",
            "1",
            "REQUEST_METHOD",
            "GET",
            "REQUEST_URI",
            target,
            "");
    return params.length() + ":" + params + ",";
  }

  @Test
  void listensForEachProtocolAtTcpAndUnix() throws Exception {
    Path http = folder.resolve("http.sock");
    Path scgi = folder.resolve("scgi.sock");
    WsgiServer server =
        open(
            WsgiServer.Options.at(
                ANY_PORT,
                Bind.parse("scgi://127.0.0.1:0"),
                Bind.parse("http+unix://" + http),
                Bind.parse("scgi+unix://" + scgi)));
    server.start(PATH);

    assertThat(server.addresses())
        .extracting(Bind::toString)
        .satisfiesExactly(
            bind -> assertThat(bind).matches("http://127.0.0.1:[1-9][0-9]*"),
            bind -> assertThat(bind).matches("scgi://127.0.0.1:[1-9][0-9]*"),
            bind -> assertThat(bind).isEqualTo("http+unix://" + http),
            bind -> assertThat(bind).isEqualTo("scgi+unix://" + scgi));
    assertThat(get(server.addresses().get(0).port(), "/a"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .endsWith("/a");
    assertThat(exchange(server.addresses().get(1).port(), scgi("/b")))
        .startsWith("Status: 200 OK\r\n")
        .endsWith("/b");
    assertThat(exchange(http, "GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .endsWith("/c");
    assertThat(exchange(scgi, scgi("/d"))).startsWith("Status: 200 OK\r\n").endsWith("/d");
  }

  @ParameterizedTest
  @CsvSource({"REMOTE_ADDR, ''", "SERVER_NAME, a", "SERVER_PORT, 80"})
  void whatIsKnownOfAClientOnAUnixSocket(String variable, String value) throws Exception {
    Path path = folder.resolve("http.sock");
    WsgiServer server = open(WsgiServer.Options.at(Bind.parse("http+unix://" + path)));
    server.start(VARIABLE);

    assertThat(
            exchange(
                path,
                "GET /%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".formatted(variable)))
        .endsWith("\r\n\r\n" + value);
  }

  @Test
  void theFilesOfUnixSocketsGoAtTheStop() throws Exception {
    Path path = folder.resolve("a.sock");
    WsgiServer server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("http+unix://" + path)));
    server.start(PATH);
    assertThat(path).exists();

    assertThat(server.stop()).isTrue();

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatWasTakenIsGivenBackWhereTheNextCantBeHad() throws Exception {
    Path path = folder.resolve("a.sock");
    Bind bind = Bind.parse("http+unix://" + path);

    assertThatThrownBy(() -> WsgiServer.open(WsgiServer.Options.at(bind, bind)))
        .isInstanceOf(BindException.class)
        .hasMessage(
            "can't listen at %s: someone listens there already; stop that process, or choose another path",
            bind);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void onlyOneSocketCanBeInherited() {
    assertThatThrownBy(
            () -> WsgiServer.Options.at(Bind.parse("fcgi+fd:0"), Bind.parse("scgi+fd:0")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fd 0 more than once");
  }

  @Test
  void whoIsNotAllowedToIsNotAnswered() throws Exception {
    WsgiServer server =
        open(
            options(
                gateway(List.of("10.0.0.1"), false, null),
                Bind.parse("scgi://127.0.0.1:0"),
                ANY_PORT,
                Bind.parse("scgi+unix://" + folder.resolve("a.sock"))));
    server.start(PATH);

    try (Socket socket = connect(server.addresses().get(0).port())) {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    // It is a list of fronts: neither clients nor Unix domain sockets are concerned.
    assertThat(get(server.addresses().get(1).port(), "/a")).endsWith("/a");
    assertThat(exchange(folder.resolve("a.sock"), scgi("/a"))).endsWith("/a");
  }

  @Test
  void whoIsAllowedToIsAnswered() throws Exception {
    WsgiServer server =
        open(
            options(
                gateway(List.of("127.0.0.0/8"), false, null), Bind.parse("scgi://127.0.0.1:0")));
    server.start(PATH);

    assertThat(exchange(server.addresses().get(0).port(), scgi("/a"))).endsWith("/a");
  }

  @ParameterizedTest
  @CsvSource({"false, null", "true, spoof"})
  void headersWithAnUnderscoreAreForTheAdminToAllow(boolean underscores, String value)
      throws Exception {
    WsgiServer server = open(options(gateway(List.of(), underscores, null), ANY_PORT));
    server.start(VARIABLE);

    assertThat(
            exchange(
                server.addresses().get(0).port(),
                "GET /HTTP_X_Y HTTP/1.1\r\nHost: a\r\nX_Y: spoof\r\nConnection: close\r\n\r\n"))
        .endsWith("\r\n\r\n" + value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ajp://0.0.0.0:0", "ajp://[::]:0"})
  void ajpForOtherMachinesNeedsASecret(String url) throws Exception {
    Bind bind = Bind.parse(url);

    assertThatThrownBy(() -> WsgiServer.open(WsgiServer.Options.at(bind)))
        .isInstanceOf(BindException.class)
        .hasMessageStartingWith("can't listen at %s: AJP needs a secret", url)
        .hasMessageContaining("--ajp-secret")
        .hasMessageContaining("WSGI_BRIDGE_AJP_SECRET");
    assertThat(open(options(gateway(List.of(), false, "hush"), bind)).addresses()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ajp://127.0.0.1:0", "ajp://localhost:0", "ajp+unix://FOLDER/a.sock"})
  void ajpForThisMachineDoesNot(String url) throws Exception {
    Bind bind = Bind.parse(url.replace("FOLDER", folder.toString()));

    assertThat(open(WsgiServer.Options.at(bind)).addresses()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void answersAsManyAtOnceAsItHasThreads(int threads) throws Exception {
    CountDownLatch inside = new CountDownLatch(threads);
    CountDownLatch leave = new CountDownLatch(1);
    WsgiServer server = open(options(List.of(ANY_PORT), threads, Duration.ofSeconds(10)));
    server.start(
        (environ, startResponse) -> {
          inside.countDown();
          leave.await();
          startResponse.start("200 OK");
          return Body.of("done");
        });
    int port = server.addresses().get(0).port();

    List<CompletableFuture<String>> answers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      answers.add(later(port));
    }
    inside.await();
    leave.countDown();

    assertThat(answers).allSatisfy(answer -> assertThat(answer.get()).endsWith("done"));
  }

  @Test
  void stopWaitsForWhatIsInFlight() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    WsgiServer server = WsgiServer.open(WsgiServer.Options.at(ANY_PORT));
    server.start(
        (environ, startResponse) -> {
          inside.countDown();
          leave.await();
          startResponse.start("200 OK");
          return Body.of("done");
        });
    int port = server.addresses().get(0).port();
    CompletableFuture<String> answer = later(port);
    inside.await();

    CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> stop(server));
    refusesConnections(port);
    assertThat(stopped).isNotDone();
    leave.countDown();

    assertThat(stopped.get()).isTrue();
    assertThat(answer.get()).startsWith("HTTP/1.1 200 OK").endsWith("done");
  }

  @Test
  void stopEndsConnectionsOfFrontsBehindTheirRequests() throws Exception {
    Path path = folder.resolve("a.sock");
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    WsgiServer server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("fcgi+unix://" + path)));
    server.start(
        (environ, startResponse) -> {
          if (environ.pathInfo().equals("/wait")) {
            inside.countDown();
            leave.await();
          }
          startResponse.start("200 OK");
          return Body.of("done");
        });
    try (SocketChannel front = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      InputStream answers = Channels.newInputStream(front);
      front.write(keptAlive("/"));
      assertThat(FastCgiFront.answer(1, answers).stdout()).endsWith("done");
      front.write(keptAlive("/wait"));
      inside.await();

      CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> stop(server));
      Await.until("the end of the socket " + path, () -> !Files.exists(path));
      leave.countDown();

      assertThat(FastCgiFront.answer(1, answers).stdout()).endsWith("done");
      assertThat(answers.read()).isEqualTo(-1);
      assertThat(stopped.get()).isTrue();
    }
  }

  @Test
  void aFrontThatLeavesBeforeTheAnswerLeavesNothingInFlight() throws Exception {
    Path path = folder.resolve("a.sock");
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    WsgiServer server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("fcgi+unix://" + path)));
    server.start(
        (environ, startResponse) -> {
          inside.countDown();
          left.await();
          startResponse.start("200 OK");
          return Body.of("done");
        });
    try (SocketChannel front = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      front.write(keptAlive("/"));
      inside.await();
    }
    left.countDown();

    assertThat(server.stop()).isTrue();
  }

  private static ByteBuffer keptAlive(String target) {
    return ByteBuffer.wrap(
        new FastCgiFront()
            .request(1, 1, "", "REQUEST_METHOD", "GET", "REQUEST_URI", target)
            .bytes());
  }

  @Test
  void stopWaitsNoLongerThanItMay() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    WsgiServer server = WsgiServer.open(options(List.of(ANY_PORT), 0, Duration.ofMillis(50)));
    server.start(
        (environ, startResponse) -> {
          inside.countDown();
          never.await();
          return Body.empty();
        });
    CompletableFuture<String> answer = later(server.addresses().get(0).port());
    inside.await();

    assertThat(server.stop()).isFalse();
    assertThat(answer.get()).doesNotContain("200 OK");
  }

  private static CompletableFuture<String> later(int port) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return get(port, "/");
          } catch (IOException e) {
            return e.toString();
          }
        },
        task -> new Thread(task).start());
  }

  private static boolean stop(WsgiServer server) {
    try {
      return server.stop();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns once it does; the test's timeout is the limit. */
  private static void refusesConnections(int port) throws IOException {
    while (true) {
      try {
        connect(port).close();
      } catch (ConnectException e) {
        return;
      } catch (SocketException e) {
        // Reset: the port was closed while this connection was made. The next one is refused.
      }
    }
  }

  /** However many threads wait for a body, one is left that reads it. */
  @Test
  void allThreadsMayWaitForWhatComesLater() throws Exception {
    int count = 20;
    CountDownLatch reading = new CountDownLatch(2);
    WsgiServer server = open(options(List.of(ANY_PORT), 2, Duration.ofSeconds(10)));
    server.start(
        (environ, startResponse) -> {
          reading.countDown();
          byte[] body = environ.input().readAllBytes();
          startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
          return Body.of(body);
        });
    int port = server.addresses().get(0).port();
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        Socket client = connect(port);
        client.setSoTimeout(30_000);
        clients.add(client);
        client
            .getOutputStream()
            .write(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
                    .getBytes(ISO_8859_1));
      }
      assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
      for (Socket client : clients) {
        client.getOutputStream().write("ok".getBytes(ISO_8859_1));
      }
      for (Socket client : clients) {
        assertThat(new String(client.getInputStream().readAllBytes(), ISO_8859_1)).endsWith("ok");
      }
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }
}
