package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.codec.FastCgiFront;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that hold a thread by being slow. */
@Timeout(60)
class SlowClientsTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final ClientLimits LIMITS = new ClientLimits(65_536, SECOND, 1000, 1000, SECOND);

  private static final Application ECHO =
      (environ, startResponse) -> {
        byte[] body = environ.input().readAllBytes();
        startResponse.start("200 OK");
        return Body.of(body);
      };

  private @Nullable WsgiServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private Socket connected(Application application, String scheme) throws IOException {
    server =
        WsgiServer.open(
            new WsgiServer.Options(
                List.of(Bind.parse(scheme + "://127.0.0.1:0")),
                0,
                SECOND,
                WsgiServer.Options.GRACEFUL_IDLE,
                GatewayOptions.DEFAULT,
                SocketAccess.DEFAULT,
                LIMITS));
    server.start(application);
    return new Socket(InetAddress.getLoopbackAddress(), server.addresses().get(0).port());
  }

  @Test
  void aHeadThatTakesTooLongGets408() throws Exception {
    try (Socket socket = connected(ECHO, "http")) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHost:".getBytes(ISO_8859_1));

      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void aBodyThatComesTooSlowlyIsNotWaitedFor() throws Exception {
    try (Socket socket = connected(ECHO, "http")) {
      socket
          .getOutputStream()
          .write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx".getBytes(ISO_8859_1));

      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void aBodyThatComesTooSlowlyThroughAFrontIsNotWaitedFor() throws Exception {
    try (Socket socket = connected(ECHO, "fcgi")) {
      socket
          .getOutputStream()
          .write(
              new FastCgiFront()
                  .begin(1, 1, 0)
                  .params(1, "REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", "9")
                  .endParams(1)
                  .stdin(1, "x")
                  .bytes());

      assertThat(FastCgiFront.answer(1, socket.getInputStream()).stdout())
          .startsWith("Status: 400 ");
    }
  }

  @Test
  void aResponseThatIsNotTakenIsBrokenOff() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    Application endless =
        (environ, startResponse) -> {
          startResponse.start("200 OK");
          return new Body() {
            @Override
            public Iterator<byte[]> iterator() {
              return Stream.generate(() -> new byte[1 << 20]).iterator();
            }

            @Override
            public void close() {
              closed.countDown();
            }
          };
        };
    try (Socket socket = connected(endless, "http")) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));

      assertThat(closed.await(40, TimeUnit.SECONDS)).isTrue();
    }
  }
}
