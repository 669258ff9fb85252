package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.codec.AjpFront;
import dev.wsgibridge.codec.FastCgiFront;
import dev.wsgibridge.codec.ScgiFront;
import dev.wsgibridge.codec.UwsgiFront;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The server stops while clients come as fast as they can: whoever has got a connection gets an
 * answer, and all of it.
 *
 * <p>A few stops for each protocol; {@code -Dwsgibridge.stops=50} for as many as one likes.
 */
@Timeout(300)
class StopUnderLoadTest {

  private static final int STOPS = Integer.getInteger("wsgibridge.stops", 3);
  private static final int CLIENTS = 8;

  /** Answers before the server is told to stop. */
  private static final int BEFORE = 100;

  private static final String TEXT = "x".repeat(100_000);

  /** In three blocks, of which each is sent on its own. */
  private static final Application APPLICATION =
      (environ, startResponse) -> {
        startResponse.start("200 OK");
        byte[] bytes = TEXT.getBytes(ISO_8859_1);
        return Body.of(List.of(bytes, bytes, bytes));
      };

  private static final int SIZE = 3 * TEXT.length();

  /** A protocol's request, and how to read its response. */
  enum Speaks {
    HTTP(
        "http",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") {
      @Override
      boolean read(DataInputStream input) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
          head.append((char) input.readUnsignedByte());
        }
        assertThat(head).contains("Content-Length: " + SIZE + "\r\n");
        input.readFully(new byte[SIZE]);
        return head.indexOf("Connection: close") < 0;
      }
    },
    FCGI("fcgi", fcgi(1), fcgi(0)) {
      @Override
      boolean read(DataInputStream input) throws IOException {
        int length = 0;
        while (true) {
          input.readUnsignedByte();
          int type = input.readUnsignedByte();
          input.readUnsignedShort();
          int size = input.readUnsignedShort();
          int padding = input.readUnsignedByte();
          input.readUnsignedByte();
          input.readFully(new byte[size + padding]);
          if (type == 6) {
            length += size;
          } else if (type == 3) {
            assertThat(length).isGreaterThanOrEqualTo(SIZE);
            return true;
          }
        }
      }
    },
    SCGI("scgi", new String(ScgiFront.request("", PARAMS), ISO_8859_1)),
    UWSGI("uwsgi", new String(UwsgiFront.request("", PARAMS), ISO_8859_1)),
    AJP("ajp", new String(AjpFront.get("/").packet(), ISO_8859_1)) {
      @Override
      boolean read(DataInputStream input) throws IOException {
        int length = 0;
        while (true) {
          input.readUnsignedShort();
          byte[] packet = new byte[input.readUnsignedShort()];
          input.readFully(packet);
          if (packet[0] == 3) {
            length += ((packet[1] & 0xFF) << 8) + (packet[2] & 0xFF);
          } else if (packet[0] == 5) {
            assertThat(length).isEqualTo(SIZE);
            return packet[1] == 1;
          }
        }
      }
    };

    final String scheme;
    final String kept;
    final String once;

    Speaks(String scheme, String kept, String once) {
      this.scheme = scheme;
      this.kept = kept;
      this.once = once;
    }

    Speaks(String scheme, String request) {
      this(scheme, request, request);
    }

    private static String fcgi(int flags) {
      return new String(new FastCgiFront().request(1, flags, "", PARAMS).bytes(), ISO_8859_1);
    }

    /**
     * Reads a whole response.
     *
     * @return whether the connection may be used again
     */
    boolean read(DataInputStream input) throws IOException {
      if (input.readAllBytes().length < SIZE) {
        throw new EOFException();
      }
      return false;
    }
  }

  private static final String[] PARAMS = {
    "REQUEST_METHOD", "GET", "REQUEST_URI", "/", "SERVER_NAME", "a", "SERVER_PORT", "80"
  };

  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);

  @AfterEach
  void end() {
    clients.shutdownNow();
  }

  /** What became of the requests of all clients. */
  private static final class Tally {
    final AtomicInteger whole = new AtomicInteger();
    final AtomicInteger lost = new AtomicInteger();
    final AtomicInteger cut = new AtomicInteger();
    final Queue<String> why = new ConcurrentLinkedQueue<>();
    final CountDownLatch loaded = new CountDownLatch(BEFORE);

    @Override
    public String toString() {
      return "%s whole, %s lost, %s of them cut %s".formatted(whole, lost, cut, why);
    }
  }

  private static void ask(Speaks protocol, int port, boolean keeps, Tally tally) {
    while (true) {
      boolean begun = false;
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        DataInputStream input =
            new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        boolean again;
        do {
          String request = keeps ? protocol.kept : protocol.once;
          socket.getOutputStream().write(request.getBytes(ISO_8859_1));
          begun = false;
          input.mark(1);
          if (input.read() < 0) {
            throw new EOFException();
          }
          begun = true;
          input.reset();
          again = protocol.read(input) && keeps;
          tally.whole.incrementAndGet();
          tally.loaded.countDown();
        } while (again);
      } catch (ConnectException e) {
        return; // refused, as it should be
      } catch (IOException e) {
        tally.lost.incrementAndGet();
        if (begun) {
          tally.cut.incrementAndGet();
        }
        tally.why.add(e.toString());
      }
    }
  }

  private Tally stops(Speaks protocol, boolean keeps) throws Exception {
    Tally all = new Tally();
    for (int stop = 0; stop < STOPS; stop++) {
      Tally tally = new Tally();
      WsgiServer server =
          WsgiServer.open(WsgiServer.Options.at(Bind.parse(protocol.scheme + "://127.0.0.1:0")));
      server.start(APPLICATION);
      int port = server.addresses().get(0).port();
      List<CompletableFuture<Void>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        running.add(CompletableFuture.runAsync(() -> ask(protocol, port, keeps, tally), clients));
      }
      tally.loaded.await();

      assertThat(server.stop()).isTrue();
      running.forEach(CompletableFuture::join);
      all.whole.addAndGet(tally.whole.get());
      all.lost.addAndGet(tally.lost.get());
      all.cut.addAndGet(tally.cut.get());
      all.why.addAll(tally.why);
    }
    System.out.printf("%d stops, %s, %s: %s%n", STOPS, protocol, keeps ? "kept" : "once", all);
    return all;
  }

  @ParameterizedTest
  @EnumSource(Speaks.class)
  void noConnectionIsResetThatTheKernelHasAccepted(Speaks protocol) throws Exception {
    Tally tally = stops(protocol, false);

    assertThat(tally.lost).as(tally.toString()).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP", "AJP"})
  void noRequestOnAKeptConnectionIsLost(Speaks protocol) throws Exception {
    Tally tally = stops(protocol, true);

    assertThat(tally.lost).as(tally.toString()).hasValue(0);
  }

  /** By FastCGI nobody can be told that a connection ends: a request may cross its end. */
  @Test
  void byFastCgiNoAnswerIsCut() throws Exception {
    Tally tally = stops(Speaks.FCGI, true);

    assertThat(tally.cut).as(tally.toString()).hasValue(0);
  }
}
