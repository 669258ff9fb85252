package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.await.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server knows of a client whose request waits. */
@Timeout(value = 90, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClientPresenceTest {

  private final LinkedBlockingQueue<String> ends = new LinkedBlockingQueue<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private @Nullable WsgiServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  /** Looks for its client until that leaves, or the test says that it is enough. */
  private final Application waits =
      (environ, startResponse) -> {
        boolean left = environ.clientLeft();
        ends.add("begun");
        while (!left && release.getCount() > 0) {
          TimeUnit.MILLISECONDS.sleep(5);
          left = environ.clientLeft();
        }
        ends.add(environ.pathInfo() + (left ? " left" : " stayed"));
        startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
        return Body.of(environ.get(Environ.PATH_INFO) + "\n");
      };

  private Socket connect(String bind) throws IOException {
    WsgiServer opened = WsgiServer.open(WsgiServer.Options.at(Bind.parse(bind)));
    server = opened;
    opened.start(waits);
    Bind.Tcp tcp = (Bind.Tcp) opened.addresses().get(0).address();
    return new Socket(InetAddress.getLoopbackAddress(), tcp.port());
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  private static String get(String path) {
    return "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path);
  }

  @Test
  void overHttp() throws Exception {
    try (Socket socket = connect("http://127.0.0.1:0")) {
      send(socket, get("/a"));
      assertThat(ends.take()).isEqualTo("begun");
    }
    assertThat(ends.take()).isEqualTo("/a left");
  }

  /** A record of FastCGI's, for request 1. */
  private static String record(int type, String content) {
    return "\1%c\0\1\0%c\0\0%s".formatted((char) type, (char) content.length(), content);
  }

  @Test
  void overFastCgi() throws Exception {
    try (Socket socket = connect("fcgi://127.0.0.1:0")) {
      StringBuilder params = new StringBuilder();
      for (String param :
          new String[] {
            "REQUEST_METHOD=GET",
            "SCRIPT_NAME=",
            "PATH_INFO=/a",
            "REQUEST_URI=/a",
            "SERVER_NAME=localhost",
            "SERVER_PORT=80",
            "SERVER_PROTOCOL=HTTP/1.1"
          }) {
        int equals = param.indexOf('=');
        params
            .append((char) equals)
            .append((char) (param.length() - equals - 1))
            .append(param.replaceFirst("=", ""));
      }
      String begin = record(1, "\0\1\1\0\0\0\0\0");
      send(socket, begin + record(4, params.toString()) + record(4, "") + record(5, ""));
      assertThat(ends.take()).isEqualTo("begun");
    }
    assertThat(ends.take()).isEqualTo("/a left");
  }

  @Test
  void aRequestThatComesMeanwhileIsNotLost() throws Exception {
    try (Socket socket = connect("http://127.0.0.1:0")) {
      send(socket, get("/a"));
      assertThat(ends.take()).isEqualTo("begun");
      send(socket, get("/b") + get("/c"));
      TimeUnit.MILLISECONDS.sleep(100); // so that it is looked at, which no answer may show
      release.countDown();
      StringBuilder answers = new StringBuilder();
      byte[] block = new byte[1000];
      Await.until(
          "three answers",
          () -> {
            int count = socket.getInputStream().read(block);
            assertThat(count).isPositive();
            answers.append(new String(block, 0, count, ISO_8859_1));
            return answers.indexOf("\n/c\n") > 0;
          });
      assertThat(answers).contains("\n/a\n", "\n/b\n");
    }
  }
}
