package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.await.Await;
import dev.wsgibridge.codec.AjpFront;
import dev.wsgibridge.codec.FastCgiFront;
import dev.wsgibridge.codec.ScgiFront;
import dev.wsgibridge.codec.UwsgiFront;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lawful bytes of a body and then bytes that are nothing, in one read, while the application waits
 * in {@code read()}: it is woken, whatever the codec says of the rest.
 */
@Timeout(60)
class JunkBehindBodyTest {

  private static final String JUNK = "\u00ff".repeat(9);

  private static final String[] PARAMS = {"REQUEST_METHOD", "POST", "REQUEST_URI", "/"};

  /** A body of 10 bytes, of which 4 come with the head. */
  enum Protocol {
    HTTP {
      @Override
      void write(Front front) throws Exception {
        String head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        front.begin((head + chunk("body")).getBytes(ISO_8859_1));
        front.goOn((chunk("behind") + JUNK).getBytes(ISO_8859_1));
      }
    },
    FCGI {
      @Override
      void write(Front front) throws Exception {
        FastCgiFront records = new FastCgiFront();
        records
            .begin(1, 1, 1)
            .params(1, PARAMS)
            .params(1, "CONTENT_LENGTH", "11")
            .endParams(1)
            .stdin(1, "body");
        front.begin(records.bytes());
        front.goOn(join(records.stdin(1, "behind").bytes(), JUNK.getBytes(ISO_8859_1)));
      }
    },
    SCGI {
      @Override
      void write(Front front) throws Exception {
        front.inTwo(ScgiFront.request("bodybehind", PARAMS));
      }
    },
    UWSGI {
      @Override
      void write(Front front) throws Exception {
        front.inTwo(
            UwsgiFront.request(
                "bodybehind",
                "REQUEST_METHOD",
                "POST",
                "REQUEST_URI",
                "/",
                "CONTENT_LENGTH",
                "10"));
      }
    },
    AJP {
      @Override
      void write(Front front) throws Exception {
        byte[] body = AjpFront.body("bodybehind");
        byte[] request = AjpFront.post("/").header(0xA008, "10").packet();
        front.begin(join(request, Arrays.copyOf(body, 4 + 2 + 4)));
        front.goOn(
            join(Arrays.copyOfRange(body, 4 + 2 + 4, body.length), JUNK.getBytes(ISO_8859_1)));
      }
    };

    abstract void write(Front front) throws Exception;
  }

  private static String chunk(String text) {
    return "%x\r\n%s\r\n".formatted(text.length(), text);
  }

  private static byte[] join(byte[] one, byte[] other) {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(one);
    both.writeBytes(other);
    return both.toByteArray();
  }

  /** Sends a request, its end only when the application waits for it. */
  record Front(Socket socket, CompletableFuture<Thread> waiting) {

    void begin(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    void goOn(byte[] bytes) throws Exception {
      Thread reader = waiting.get();
      Await.until("the application in read()", () -> reader.getState() == Thread.State.WAITING);
      socket.getOutputStream().write(bytes);
    }

    void inTwo(byte[] request) throws Exception {
      int head = request.length - 6;
      begin(Arrays.copyOf(request, head));
      goOn(join(Arrays.copyOfRange(request, head, request.length), JUNK.getBytes(ISO_8859_1)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void readReturns(Protocol protocol) throws Exception {
    CompletableFuture<Thread> waiting = new CompletableFuture<>();
    CompletableFuture<String> read = new CompletableFuture<>();
    String url = protocol.name().toLowerCase(Locale.ROOT) + "://127.0.0.1:0";
    try (WsgiServer server = WsgiServer.open(WsgiServer.Options.at(Bind.parse(url)))) {
      server.start(
          (environ, startResponse) -> {
            InputStream input = environ.input();
            StringBuilder body = new StringBuilder(new String(input.readNBytes(4), ISO_8859_1));
            waiting.complete(Thread.currentThread());
            try {
              body.append(new String(input.readAllBytes(), ISO_8859_1));
            } catch (IOException e) {
              body.append(" and then an error");
            } finally {
              read.complete(body.toString());
            }
            startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
            return Body.of("");
          });
      int port = server.addresses().get(0).port();
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        protocol.write(new Front(socket, waiting));

        assertThat(read.get(30, TimeUnit.SECONDS))
            .isIn("bodybehind", "bodybehind and then an error", "body and then an error");
      }
    }
  }
}
