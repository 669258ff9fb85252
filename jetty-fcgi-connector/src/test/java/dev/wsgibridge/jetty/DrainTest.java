package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.FastCgiFront;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which connections a server that stops closes, and which it waits for. */
@Timeout(60)
class DrainTest {

  private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1);

  private final CountDownLatch inside = new CountDownLatch(1);
  private final CountDownLatch open = new CountDownLatch(1);

  private final Application application =
      (environ, startResponse) -> {
        if (environ.pathInfo().equals("/wait")) {
          inside.countDown();
          open.await();
        }
        startResponse.start("200 OK", Header.of("Content-Length", "2"));
        return Body.of("ok");
      };

  private final List<WsgiServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    open.countDown();
    servers.forEach(WsgiServer::close);
  }

  private WsgiServer start(String scheme, int threads, Duration idle) throws Exception {
    WsgiServer server =
        WsgiServer.open(
            new WsgiServer.Options(
                List.of(Bind.parse(scheme + "://127.0.0.1:0")),
                threads,
                WsgiServer.Options.GRACEFUL_TIMEOUT,
                idle,
                GatewayOptions.DEFAULT,
                SocketAccess.DEFAULT,
                ClientLimits.DEFAULT));
    servers.add(server);
    server.start(application);
    return server;
  }

  private static Socket connect(WsgiServer server) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), server.addresses().get(0).port());
  }

  private static void send(Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Reads until what has come ends so. */
  private static String read(Socket socket, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new AssertionError("the connection has ended after: " + text);
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /** Stops the server; returns when nobody can connect any more. */
  private static CompletableFuture<Boolean> stopping(WsgiServer server) throws IOException {
    CompletableFuture<Boolean> stopped = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                stopped.complete(server.stop());
              } catch (InterruptedException | RuntimeException e) {
                stopped.completeExceptionally(e);
              }
            })
        .start();
    while (true) {
      try {
        connect(server).close();
      } catch (ConnectException e) {
        return stopped;
      } catch (SocketException e) {
        // Reset: the port was closed while this connection was made. The next one is refused.
      }
    }
  }

  @Test
  void anIdleConnectionIsKeptForAsLongAsItWasTold() throws Exception {
    WsgiServer server = start("http", 0, Duration.ofHours(1));
    try (Socket socket = connect(server)) {
      send(socket, REQUEST);
      assertThat(read(socket, "\r\n\r\nok")).doesNotContain("Connection: close");
      CompletableFuture<Boolean> stopped = stopping(server);

      send(socket, REQUEST);

      assertThat(read(socket, "\r\n\r\nok")).contains("Connection: close");
      assertThat(stopped.get()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "fcgi"})
  void aRequestThatHasComeInPartIsAnswered(String scheme) throws Exception {
    WsgiServer server = start(scheme, 0, Duration.ZERO);
    byte[] request =
        scheme.equals("http")
            ? REQUEST
            : new FastCgiFront()
                .request(1, 1, "", "REQUEST_METHOD", "GET", "REQUEST_URI", "/")
                .bytes();
    try (Socket begun = connect(server);
        Socket idle = connect(server)) {
      send(begun, Arrays.copyOf(request, 20));
      CompletableFuture<Boolean> stopped = stopping(server);
      assertThat(idle.getInputStream().read()).isEqualTo(-1);

      send(begun, Arrays.copyOfRange(request, 20, request.length));

      read(begun, "\r\n\r\nok");
      begun.shutdownOutput();
      assertThat(stopped.get()).isTrue();
    }
  }

  /** All threads are in an application, and none is left to read. */
  @Test
  void aRequestThatNobodyHasReadYetIsAnswered() throws Exception {
    WsgiServer server = start("http", 1, Duration.ZERO);
    try (Socket kept = connect(server);
        Socket idle = connect(server);
        Socket busy = connect(server)) {
      for (Socket socket : List.of(kept, idle)) {
        send(socket, REQUEST);
        read(socket, "\r\n\r\nok");
      }
      send(busy, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
      inside.await();
      send(kept, REQUEST);
      CompletableFuture<Boolean> stopped = stopping(server);
      assertThat(idle.getInputStream().read()).isEqualTo(-1);

      open.countDown();

      assertThat(read(kept, "\r\n\r\nok")).contains("Connection: close");
      assertThat(stopped.get()).isTrue();
    }
  }

  @Test
  void whoAbortsAStopEndsItAtOnce() throws Exception {
    WsgiServer server = start("http", 0, Duration.ofHours(1));
    try (Socket busy = connect(server);
        Socket idle = connect(server)) {
      send(idle, REQUEST);
      read(idle, "\r\n\r\nok");
      send(busy, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
      inside.await();
      CompletableFuture<Boolean> stopped = stopping(server);

      server.abort();

      assertThat(stopped.get()).isFalse();
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
  }
}
