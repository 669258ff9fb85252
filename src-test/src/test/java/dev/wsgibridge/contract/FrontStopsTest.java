package dev.wsgibridge.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.process.LoggedProcess;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.WsgiServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server behind a front stops under load, and the next one takes its address, as in a rolling
 * restart: again and again, with slow readers among the clients. A request may find that nobody
 * listens; none is lost on a connection, and no answer is cut.
 *
 * <p>A few stops for each front; {@code -Dwsgibridge.stops=50} for as many as one likes.
 */
@Timeout(600)
final class FrontStopsTest {

  private static final int STOPS = Integer.getInteger("wsgibridge.stops", 2);

  /** For each protocol; every other one reads slowly. */
  private static final int CLIENTS = 4;

  /** Whole answers before the server is told to stop, of all protocols together. */
  private static final int BEFORE = 40;

  private static final int SIZE = 300_000;

  private static final Application APPLICATION =
      (environ, startResponse) -> {
        startResponse.start("200 OK", Header.of("Content-Length", Integer.toString(SIZE)));
        byte[] third = new byte[SIZE / 3];
        return Body.of(List.of(third, third, third));
      };

  /** What a front says of a request that came to nothing, but for refused connections. */
  private static final Pattern LOST =
      Pattern.compile("prematurely closed|reset by peer|AH0(1102|0898|0992|0893|0878|1075|1067)");

  private static final String NGINX =
      """
      upstream http { server 127.0.0.1:%2$d; keepalive 16; }
      upstream fcgi { server 127.0.0.1:%3$d; keepalive 16; }
      server {
        listen 127.0.0.1:%1$d;
        location /http {
          proxy_pass http://http;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
        }
        location /fcgi {
          include fastcgi_params;
          fastcgi_pass fcgi;
          fastcgi_keep_conn on;
        }
      }
      """;

  private static final String APACHE =
      """
      # a2enmod proxy proxy_http proxy_fcgi proxy_ajp
      ProxyPass "/http" "http://127.0.0.1:%2$d/http" retry=0
      ProxyPass "/fcgi" "fcgi://127.0.0.1:%3$d/fcgi" retry=0 enablereuse=on
      ProxyPass "/ajp" "ajp://127.0.0.1:%4$d/ajp" retry=0
      """;

  /** What became of the requests of a protocol. */
  private static final class Tally {
    final AtomicInteger whole = new AtomicInteger();
    final AtomicInteger cut = new AtomicInteger();
    final AtomicInteger unavailable = new AtomicInteger();

    @Override
    public String toString() {
      return "%s whole, %s cut, %s without a server".formatted(whole, cut, unavailable);
    }
  }

  private final Map<String, Tally> tallies = new LinkedHashMap<>();
  private final Semaphore answers = new Semaphore(0);
  private volatile boolean over;

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "APACHE"})
  void noAnswerIsCutAndNoRequestIsLost(FrontServer kind) throws Exception {
    assumeTrue(kind.missing().isEmpty(), kind.missing());
    InetSocketAddress address = FrontServer.freeAddress();
    Map<String, Integer> ports = new LinkedHashMap<>();
    for (String protocol : List.of("http", "fcgi", "ajp")) {
      ports.put(protocol, FrontServer.freeAddress().getPort());
    }
    Path folder = FrontServer.folder();
    String text =
        (kind == FrontServer.NGINX ? NGINX : APACHE)
            .formatted(address.getPort(), ports.get("http"), ports.get("fcgi"), ports.get("ajp"));
    Bind[] binds =
        ports.entrySet().stream()
            .map(each -> Bind.parse(each.getKey() + "://127.0.0.1:" + each.getValue()))
            .toArray(Bind[]::new);
    for (String protocol : ports.keySet()) {
      if (text.contains("/" + protocol)) {
        tallies.put(protocol, new Tally());
      }
    }
    ExecutorService clients = Executors.newCachedThreadPool();
    try (LoggedProcess front = kind.start("stops-" + kind.word(), folder, address, text)) {
      List<CompletableFuture<Void>> running = new ArrayList<>();
      WsgiServer server = started(binds);
      tallies.forEach(
          (protocol, tally) -> {
            for (int i = 0; i < CLIENTS; i++) {
              boolean slow = i % 2 == 1;
              running.add(
                  CompletableFuture.runAsync(() -> ask(address, protocol, slow, tally), clients));
            }
          });
      for (int stop = 0; stop < STOPS; stop++) {
        answers.drainPermits();
        answers.acquire(BEFORE);
        assertThat(server.stop()).isTrue();
        server = started(binds);
      }
      over = true;
      running.forEach(CompletableFuture::join);
      server.close();

      List<String> lost = front.log().lines().filter(LOST.asPredicate()).toList();
      System.out.printf("%d stops behind %s: %s, lost: %s%n", STOPS, kind.word(), tallies, lost);
      assertThat(tallies.values()).allSatisfy(tally -> assertThat(tally.cut).hasValue(0));
      // By FastCGI nobody can be told that a connection ends: a request may cross its end.
      assertThat(lost.stream().filter(line -> !line.contains("fcgi"))).isEmpty();
    } finally {
      over = true;
      clients.shutdownNow();
    }
  }

  private static WsgiServer started(Bind... binds) throws IOException {
    WsgiServer server = WsgiServer.open(WsgiServer.Options.at(binds));
    server.start(APPLICATION);
    return server;
  }

  private void ask(InetSocketAddress address, String protocol, boolean slow, Tally tally) {
    // No chunks: Apache drops a Content-Length that came by FastCGI.
    byte[] request = "GET /%s HTTP/1.0\r\nHost: a\r\n\r\n".formatted(protocol).getBytes(ISO_8859_1);
    while (!over) {
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        socket.getOutputStream().write(request);
        byte[] answer = read(socket.getInputStream(), slow);
        String head = new String(answer, 0, Math.min(answer.length, 1000), ISO_8859_1);
        if (!head.startsWith("HTTP/1.1 200")) {
          tally.unavailable.incrementAndGet();
          TimeUnit.MILLISECONDS.sleep(5);
        } else if (answer.length == head.indexOf("\r\n\r\n") + 4 + SIZE) {
          tally.whole.incrementAndGet();
          answers.release();
        } else {
          tally.cut.incrementAndGet();
        }
      } catch (IOException e) {
        tally.cut.incrementAndGet();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static byte[] read(InputStream in, boolean slow)
      throws IOException, InterruptedException {
    if (!slow) {
      return in.readAllBytes();
    }
    byte[] all = new byte[SIZE + 4096];
    int length = 0;
    for (int n = 0; n >= 0; n = in.read(all, length, Math.min(16 * 1024, all.length - length))) {
      length += n;
      TimeUnit.MILLISECONDS.sleep(2);
    }
    return Arrays.copyOf(all, length);
  }
}
