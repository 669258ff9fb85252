package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
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
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that send whole requests, each of its own letter alone, beside those that break off,
 * leave or send junk: every byte of a body is its client's, every whole one is answered, and each
 * buffer is used by those who have it and given back once.
 *
 * <p>More of them: {@code -Dwsgibridge.own-bytes=2000}.
 */
@Timeout(180)
class OwnBytesTest {

  private static final int CLIENTS = 8;
  private static final int REQUESTS = Integer.getInteger("wsgibridge.own-bytes", 120);
  private static final Pattern ENDED = Pattern.compile("bytes(, not its own)?\\.");
  private static final byte[] JUNK_END = "\r\n\r\n".getBytes(ISO_8859_1);

  /** How a request is written whose body is of one letter. */
  enum Protocol {
    HTTP {
      @Override
      byte[] request(char letter, String body) {
        return "POST /%c HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(letter, body.length(), body)
            .getBytes(ISO_8859_1);
      }
    },
    FCGI {
      @Override
      byte[] request(char letter, String body) {
        FastCgiFront records = new FastCgiFront();
        records.begin(1, 1, 0).params(1, params(letter)).params(1, "CONTENT_LENGTH", length(body));
        records.endParams(1);
        for (int i = 0; i < body.length(); i += 30_000) {
          records.stdin(1, body.substring(i, Math.min(i + 30_000, body.length())));
        }
        return records.stdin(1, "").bytes();
      }
    },
    SCGI {
      @Override
      byte[] request(char letter, String body) {
        return ScgiFront.request(body, params(letter));
      }
    },
    UWSGI {
      @Override
      byte[] request(char letter, String body) {
        List<String> params = new ArrayList<>(List.of(params(letter)));
        params.addAll(List.of("CONTENT_LENGTH", length(body)));
        return UwsgiFront.request(body, params.toArray(String[]::new));
      }
    },
    AJP {
      @Override
      byte[] request(char letter, String body) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(AjpFront.post("/" + letter).header(0xA008, length(body)).packet());
        request.writeBytes(AjpFront.body(body));
        return request.toByteArray();
      }

      // More than a packet the front sends only when it is asked to.
      @Override
      int bodyBytes() {
        return 8000;
      }
    };

    int bodyBytes() {
      return 60_000;
    }

    abstract byte[] request(char letter, String body);

    static String[] params(char letter) {
      return new String[] {"REQUEST_METHOD", "POST", "REQUEST_URI", "/" + letter};
    }

    static String length(String body) {
      return Integer.toString(body.length());
    }
  }

  /** Threads that are slow to go on when they have handed something over. */
  private static final class Slow extends QueuedThreadPool {

    @Override
    public boolean tryExecute(Runnable task) {
      boolean taken = super.tryExecute(task);
      LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(1_000_000));
      return taken;
    }
  }

  /** Buffers that tell when they are used by who has given them back, and take their time. */
  private static final class Watched extends ByteBufferPool.Wrapper {

    private final Queue<Throwable> misused = new ConcurrentLinkedQueue<>();

    Watched(ByteBufferPool pool) {
      super(pool);
    }

    @Override
    public RetainableByteBuffer.Mutable acquire(int size, boolean direct) {
      return new Buffer(super.acquire(size, direct));
    }

    private final class Buffer extends RetainableByteBuffer.Wrapper {

      private volatile boolean givenBack;

      Buffer(RetainableByteBuffer buffer) {
        super(buffer);
      }

      private void check() {
        if (givenBack) {
          misused.add(new Throwable("a buffer is used that was given back"));
        }
      }

      @Override
      public ByteBuffer getByteBuffer() {
        check();
        ByteBuffer bytes = super.getByteBuffer();
        // Whoever gives it back meanwhile is noticed.
        LockSupport.parkNanos(300_000);
        check();
        return bytes;
      }

      @Override
      public boolean release() {
        check();
        boolean last = super.release();
        givenBack |= last;
        return last;
      }
    }
  }

  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final AtomicInteger whole = new AtomicInteger();

  /** Says how many bytes it got, and whether all of them were the letter of its path. */
  private static final Application COUNTS =
      (environ, startResponse) -> {
        int letter = environ.pathInfo().charAt(1);
        byte[] block = new byte[8192];
        int count = 0;
        boolean own = true;
        InputStream input = environ.input();
        for (int read = input.read(block); read > 0; read = input.read(block)) {
          for (int i = 0; i < read; i++) {
            own &= block[i] == letter;
          }
          count += read;
        }
        startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
        return Body.of("%c has %d bytes%s.".formatted(letter, count, own ? "" : ", not its own"));
      };

  @ParameterizedTest
  @EnumSource
  void eachClientHasItsOwn(Protocol protocol) throws Exception {
    ArrayByteBufferPool.Tracking tracking = new ArrayByteBufferPool.Tracking();
    Watched buffers = new Watched(tracking);
    String url = protocol.name().toLowerCase(Locale.ROOT) + "://127.0.0.1:0";
    try (WsgiServer server =
        WsgiServer.open(
            WsgiServer.Options.at(Bind.parse(url)), new Server(new Slow(), null, buffers))) {
      server.start(COUNTS);
      int port = server.addresses().get(0).port();
      CyclicBarrier together = new CyclicBarrier(CLIENTS);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        char letter = (char) ('a' + i);
        Thread client =
            new Thread(() -> client(protocol, letter, port, together), "client " + letter);
        client.start();
        clients.add(client);
      }
      for (Thread client : clients) {
        client.join();
      }

      assertThat(wrong).isEmpty();
      assertThat(whole.get()).isGreaterThan(CLIENTS * REQUESTS / 5);
      assertThat(buffers.misused).isEmpty();
      Await.until("the buffers to be given back", () -> tracking.getLeaks().isEmpty());
    }
  }

  private void client(Protocol protocol, char letter, int port, CyclicBarrier together) {
    Random random = new Random(letter);
    byte[] request = protocol.request(letter, String.valueOf(letter).repeat(protocol.bodyBytes()));
    try {
      together.await();
      for (int i = 0; i < REQUESTS; i++) {
        switch (random.nextInt(4)) {
          case 0 ->
              send(port, Arrays.copyOf(request, 1000 + random.nextInt(protocol.bodyBytes() / 2)));
          case 1 -> send(port, junk(random, new byte[0]));
          case 2 -> send(port, junk(random, request));
          default -> {
            String answer = ask(port, request);
            if (!answer.contains("%c has %d bytes.".formatted(letter, protocol.bodyBytes()))) {
              wrong.add(letter + " got " + answer);
            }
            whole.incrementAndGet();
          }
        }
      }
    } catch (Exception e) {
      wrong.add(letter + " failed: " + e);
    }
  }

  /** What is no request, perhaps behind one. */
  private static byte[] junk(Random random, byte[] request) {
    byte[] junk = new byte[300];
    random.nextBytes(junk);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(request);
    all.writeBytes(junk);
    all.writeBytes(JUNK_END);
    return all.toByteArray();
  }

  /** Sends that, and leaves, at times only when an answer has begun. */
  private static void send(int port, byte[] bytes) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20);
      socket.getOutputStream().write(bytes);
      if (bytes.length % 2 == 0) {
        socket.getInputStream().read(new byte[100]);
      }
    } catch (IOException e) {
      // The server has had enough of it.
    }
  }

  private static String ask(int port, byte[] request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(request);
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      byte[] block = new byte[8192];
      for (int read = socket.getInputStream().read(block);
          read > 0;
          read = socket.getInputStream().read(block)) {
        answer.write(block, 0, read);
        if (ENDED.matcher(answer.toString(ISO_8859_1)).find()) {
          break; // AJP keeps the connection.
        }
      }
      return answer.toString(ISO_8859_1);
    }
  }
}
