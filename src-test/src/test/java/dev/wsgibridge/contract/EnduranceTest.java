package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.fixtures.Bulk;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Many requests and much data through each front, none lost and none wrong: what a request sends is
 * its own, and the answer tells it. How many is given with {@code -Dendurance.requests} and {@code
 * -Dendurance.megabytes}: see {@code benchmarks/endurance}.
 *
 * <p>Not where the front starts processes of its own, nor through lighttpd's mod_ajp13, which can't
 * upload.
 */
@Order(0)
@Execution(ExecutionMode.CONCURRENT)
class EnduranceTest {

  private static final int REQUESTS = Integer.getInteger("endurance.requests", 500);
  private static final int MEGABYTES = Integer.getInteger("endurance.megabytes", 64);
  private static final int CONNECTIONS = 64;

  /** Sixteen of them are a megabyte. */
  private static final long BLOCKS = MEGABYTES * 16L;

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {
        "APACHE_FCGID",
        "APACHE_CGID",
        "LIGHTTPD_AJP",
        "LIGHTTPD_STARTS_FASTCGI",
        "LIGHTTPD_CGI"
      })
  void requestsOneByOneAndAtOnce(Front front) throws Exception {
    int each = (REQUESTS + CONNECTIONS - 1) / CONNECTIONS;
    ExecutorService clients = Executors.newFixedThreadPool(CONNECTIONS);
    try (Server.Running running = start(front)) {
      Tally oneByOne = ask(running, "a", REQUESTS);
      report(front, "one by one", oneByOne);
      assertThat(oneByOne).isEqualTo(new Tally(REQUESTS, 0, 0));

      List<Callable<Tally>> work = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        String name = "client " + i;
        work.add(() -> ask(running, name, each));
      }
      Tally atOnce = new Tally(0, 0, 0);
      for (Future<Tally> client : clients.invokeAll(work)) {
        atOnce = atOnce.plus(client.get());
      }
      report(front, CONNECTIONS + " at once", atOnce);
      assertThat(atOnce).isEqualTo(new Tally(each * CONNECTIONS, 0, 0));
    } finally {
      clients.shutdownNow();
    }
  }

  static Stream<Front> fastCgi() {
    return Stream.of(
        Front.APACHE_PROXY_FCGI,
        Front.APACHE_PROXY_FCGI_REUSE,
        Front.NGINX_FASTCGI,
        Front.NGINX_FASTCGI_KEEP_ALIVE);
  }

  @ParameterizedTest
  @MethodSource("fastCgi")
  void aLargeUploadAndALargeResponse(Front front) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    String digest = Bulk.digest(blocks());
    try (Server.Running running = start(front)) {
      HttpRequest upload =
          HttpRequest.newBuilder(uri(running, "/"))
              .POST(
                  BodyPublishers.fromPublisher(
                      BodyPublishers.ofInputStream(EnduranceTest::blocks), BLOCKS * Bulk.BLOCK))
              .build();
      String uploaded = client.send(upload, HttpResponse.BodyHandlers.ofString()).body();
      report(front, "upload of %d MB".formatted(MEGABYTES), uploaded);
      assertThat(uploaded).isEqualTo(digest);

      HttpRequest download = HttpRequest.newBuilder(uri(running, "/" + BLOCKS)).build();
      try (InputStream body =
          client.send(download, HttpResponse.BodyHandlers.ofInputStream()).body()) {
        String downloaded = Bulk.digest(body);
        report(front, "response of %d MB".formatted(MEGABYTES), downloaded);
        assertThat(downloaded).isEqualTo(digest);
      }
    }
  }

  /**
   * How requests ended.
   *
   * @param right with their own answer
   * @param wrong with another answer
   * @param lost without one
   */
  private record Tally(int right, int wrong, int lost) {

    Tally plus(Tally other) {
      return new Tally(right + other.right, wrong + other.wrong, lost + other.lost);
    }
  }

  private static Server.Running start(Front front) throws IOException {
    assumeTrue(front.missing().isEmpty(), front.missing());
    String classes = Servers.module().resolve("target/classes").toString();
    List<String> application =
        front.mount().isEmpty()
            ? List.of(Bulk.class.getName(), "--classpath", classes)
            : List.of(
                "--mount", front.mount() + "=" + Bulk.class.getName(), "--classpath", classes);
    String name = "endurance-" + front.name().toLowerCase(Locale.ROOT);
    return Fronted.start(front, name, application, Scale.USUAL, "-Xmx128m");
  }

  /** Sends one request after the other, on a connection that is kept as long as the front likes. */
  private static Tally ask(Server.Running running, String name, int count)
      throws IOException, NoSuchAlgorithmException {
    int right = 0;
    int wrong = 0;
    int lost = 0;
    HttpConnection connection = HttpConnection.open(running.address());
    try {
      boolean fresh = true;
      for (int i = 0; i < count; i++) {
        String body = name + ", request " + i;
        Request request = Request.post(running.mount() + "/", body);
        Response response;
        try {
          response = connection.ask(request);
        } catch (IOException e) {
          connection.close();
          connection = HttpConnection.open(running.address());
          if (fresh) {
            lost++;
          } else {
            // The front may close a connection that waits (RFC 9112, 9.3.1): once more on a new
            // one.
            i--;
          }
          fresh = true;
          continue;
        }
        if (response.status() == 200 && response.text().equals(digest(body))) {
          right++;
        } else {
          wrong++;
        }
        fresh = response.header("Connection").filter("close"::equalsIgnoreCase).isPresent();
        if (fresh) {
          connection.close();
          connection = HttpConnection.open(running.address());
        }
      }
    } finally {
      connection.close();
    }
    return new Tally(right, wrong, lost);
  }

  private static String digest(String text) throws IOException, NoSuchAlgorithmException {
    return Bulk.digest(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private static InputStream blocks() {
    return new InputStream() {
      private long number;
      private ByteArrayInputStream block = new ByteArrayInputStream(new byte[0]);

      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) {
        if (block.available() == 0 && number < BLOCKS) {
          block = new ByteArrayInputStream(Bulk.block(number++));
        }
        return block.read(into, offset, length);
      }
    };
  }

  private static URI uri(Server.Running running, String path) {
    InetSocketAddress address = running.address();
    return URI.create("http://127.0.0.1:" + address.getPort() + running.mount() + path);
  }

  private static void report(Front front, String what, Object result) {
    System.out.printf("endurance | %-45s | %-18s | %s%n", front.title(), what, result);
  }
}
