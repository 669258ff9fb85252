package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.codec.AjpFront;
import dev.wsgibridge.codec.AjpFront.Answer;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** AJP on a socket. */
@Timeout(60)
class AjpConnectionTest {

  private final Server server = new Server();
  private final ServerConnector connector =
      new ServerConnector(server, new GatewayConnectionFactory(GatewayProtocol.AJP));
  private final CountDownLatch seen = new CountDownLatch(1);

  @BeforeEach
  void start() throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            answer(request, response, callback);
            return true;
          }
        });
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  private void answer(Request request, Response response, Callback callback) throws Exception {
    switch (request.getHttpURI().getPath()) {
      case "/long-head" -> {
        response.getHeaders().put("X-Long", "x".repeat(8192));
        Content.Sink.write(response, true, "the body", callback);
      }
      case "/blocks" -> {
        Content.Sink.write(response, false, bytes("tick"));
        // The front has it before the next one is made.
        seen.await();
        Content.Sink.write(response, false, bytes("tock"));
        callback.succeeded();
      }
      case "/fails" -> {
        Content.Sink.write(response, false, bytes("some"));
        callback.failed(new IllegalStateException("on purpose"));
      }
      case "/echo" ->
          Content.Source.asString(
              request,
              ISO_8859_1,
              Promise.from(
                  body -> Content.Sink.write(response, true, body, callback), callback::failed));
      default -> Content.Sink.write(response, true, request.getHttpURI().getPath(), callback);
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
  }

  /** A front's connection. */
  private final class Front implements AutoCloseable {

    final Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
    final DataInputStream in = new DataInputStream(socket.getInputStream());

    Front() throws IOException {}

    Answer get(String uri) throws IOException {
      return exchange(AjpFront.get(uri), "", false);
    }

    Answer exchange(AjpFront.Forward request, String body, boolean length) throws IOException {
      return AjpFront.exchange(
          in, socket.getOutputStream(), request.packet(), body.getBytes(ISO_8859_1), length);
    }

    void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    /** The next packet, as text. */
    String read() throws IOException {
      ByteArrayOutputStream packet = new ByteArrayOutputStream();
      packet.writeBytes(in.readNBytes(4));
      byte[] header = packet.toByteArray();
      packet.writeBytes(in.readNBytes((header[2] & 0xFF) << 8 | (header[3] & 0xFF)));
      return AjpFront.packets(packet.toByteArray()).get(0);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void requestsFollowEachOther() throws Exception {
    try (Front front = new Front()) {
      for (int i = 0; i < 100; i++) {
        assertThat(front.get("/" + i))
            .isEqualTo(new Answer("200 OK, Content-Length=" + ("/" + i).length(), "/" + i, true));
      }
      front.send(AjpFront.cping());
      assertThat(front.read()).isEqualTo("CPONG");
    }
  }

  @Test
  void aBodyComesAsItIsAskedFor() throws Exception {
    String body = "0123456789".repeat(10_000);
    try (Front front = new Front()) {
      for (int i = 0; i < 3; i++) {
        Answer told =
            front.exchange(AjpFront.post("/echo").header("Content-Length", "100000"), body, true);
        assertThat(told.body()).isEqualTo(body);
        Answer chunked =
            front.exchange(
                AjpFront.post("/echo").header("Transfer-Encoding", "chunked"), body, false);
        assertThat(chunked.body()).isEqualTo(body);
        Answer unread =
            front.exchange(AjpFront.post("/unread").header("Content-Length", "100000"), body, true);
        assertThat(unread.body()).isEqualTo("/unread");
        assertThat(unread.reused()).isTrue();
      }
    }
  }

  @Test
  void aBlockReachesTheClientBeforeTheNextIsMade() throws Exception {
    try (Front front = new Front()) {
      front.send(AjpFront.get("/blocks").packet());
      assertThat(front.read()).isEqualTo("SEND_HEADERS 200 OK");
      assertThat(front.read()).isEqualTo("SEND_BODY_CHUNK tick");
      // Which makes the front send it on.
      assertThat(front.read()).isEqualTo("SEND_BODY_CHUNK ");
      seen.countDown();
      assertThat(front.read()).isEqualTo("SEND_BODY_CHUNK tock");
      assertThat(front.read()).isEqualTo("SEND_BODY_CHUNK ");
      assertThat(front.read()).isEqualTo("END_RESPONSE 1");
    }
  }

  @Test
  void aHeadThatFitsNoPacketBecomesAnError() throws Exception {
    try (Front front = new Front()) {
      assertThat(front.get("/long-head"))
          .isEqualTo(new Answer("500 Internal Server Error", "", true));
      assertThat(front.get("/next").body()).isEqualTo("/next");
    }
  }

  @Test
  void aResponseThatFailsIsNeverEnded() throws Exception {
    try (Front front = new Front()) {
      front.send(AjpFront.get("/fails").packet());
      List<String> read = new ArrayList<>();
      assertThatThrownBy(
              () -> {
                while (true) {
                  read.add(front.read());
                }
              })
          .isInstanceOfAny(IOException.class, IndexOutOfBoundsException.class);
      assertThat(read).noneMatch(packet -> packet.startsWith("END_RESPONSE"));
    }
  }

  @Test
  void nobodyShutsTheServerDown() throws Exception {
    try (Front front = new Front()) {
      front.send(AjpFront.packet((byte) 7));
      assertThat(front.in.read()).isEqualTo(-1);
    }
    try (Front front = new Front()) {
      assertThat(front.get("/alive").body()).isEqualTo("/alive");
    }
  }

  @Test
  void nothingIsReadBehindARefusal() throws Exception {
    byte[] smuggled = AjpFront.get("/smuggled").packet();
    try (Front front = new Front()) {
      front.send(AjpFront.post("/").header("Transfer-Encoding", "x").packet());
      front.send(AjpFront.body(smuggled));
      front.send(smuggled);
      assertThat(front.read()).startsWith("SEND_HEADERS 400 Bad Request");
      assertThat(front.read()).isEqualTo("SEND_BODY_CHUNK Bad Request\n");
      assertThat(front.read()).isEqualTo("END_RESPONSE 0");
      assertThat(front.in.read()).isEqualTo(-1);
    }
  }
}
