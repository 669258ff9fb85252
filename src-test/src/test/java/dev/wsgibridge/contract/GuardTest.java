package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Response;
import dev.wsgibridge.contract.process.LoggedProcess;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.ClientLimits;
import dev.wsgibridge.jetty.GatewayOptions;
import dev.wsgibridge.jetty.SocketAccess;
import dev.wsgibridge.jetty.WsgiServer;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a front server guards is not reached by any path, however it is written: each front keeps
 * everyone from {@code /admin}, and odd paths go through it by each protocol.
 *
 * <p>How many: {@code -Dwsgibridge.guard.paths=100000}. Which: {@code -Dwsgibridge.guard.seed=7}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GuardTest {

  private static final int PATHS = Integer.getInteger("wsgibridge.guard.paths", 1_500);
  private static final long SEED = Long.getLong("wsgibridge.guard.seed", 3986);

  /** So many requests are sent before the first answer is read. */
  private static final int PIPELINED = 25;

  private static final List<String> DULL = List.of("admin", "public", "x", "y", "z");

  /** What paths are made of, beside what is dull. */
  private static final List<String> SEGMENTS =
      List.of(
          "admin",
          "",
          ".",
          "..",
          "..",
          "..",
          "...",
          "..;",
          "..;a",
          ".;",
          ";",
          ";a=b",
          "%2e",
          "%2e%2e",
          "%2E.",
          ".%2e",
          "%2e%2e;",
          "..%3B",
          "..%00",
          "..%20",
          "%252e%252e",
          "%c0%ae%c0%ae",
          "%u002e%u002e",
          "%61dmin",
          "ad%6Din",
          "ADMIN",
          "admin;",
          "admin;a=b",
          "admin%3Ba",
          "admin%20",
          "admin.",
          "admin%00",
          "%20admin",
          "%09",
          "%0a",
          "~",
          "*",
          "+",
          "\\",
          "..\\",
          "%5c",
          "..%5c",
          "%25",
          "%",
          "%zz",
          "caf%C3%A9",
          "%e9",
          "\u00e9");

  private static final List<String> SEPARATORS =
      List.of(
          "//",
          "///",
          "/./",
          "/../",
          "%2F",
          "%2f",
          "%2F..%2F",
          "%2F../",
          "/..%2F",
          "%252F",
          "\\",
          "%5C",
          "/;/",
          "/.;/",
          "/..;/",
          ";/",
          "?",
          "%3F",
          "#",
          "%23",
          "/%2e/",
          "/%2e%2e/");

  /** A front's way to the application. */
  enum Way {
    NGINX_HTTP(FrontServer.NGINX, "http"),
    NGINX_FASTCGI(FrontServer.NGINX, "fcgi"),
    NGINX_SCGI(FrontServer.NGINX, "scgi"),
    NGINX_UWSGI(FrontServer.NGINX, "uwsgi"),
    APACHE_HTTP(FrontServer.APACHE, "http"),
    APACHE_HTTP_RAW(FrontServer.APACHE, "http"),
    APACHE_FASTCGI(FrontServer.APACHE, "fcgi"),
    APACHE_SCGI(FrontServer.APACHE, "scgi"),
    APACHE_UWSGI(FrontServer.APACHE, "uwsgi"),
    APACHE_AJP(FrontServer.APACHE, "ajp"),
    LIGHTTPD_FASTCGI(FrontServer.LIGHTTPD, "fcgi"),
    CADDY_FASTCGI(FrontServer.CADDY, "fcgi"),
    HAPROXY_FASTCGI(FrontServer.HAPROXY, "fcgi");

    private final FrontServer front;
    private final String protocol;

    Way(FrontServer front, String protocol) {
      this.front = front;
      this.protocol = protocol;
    }
  }

  private final Map<Way, InetSocketAddress> addresses = new EnumMap<>(Way.class);
  private final Map<FrontServer, LoggedProcess> fronts = new EnumMap<>(FrontServer.class);
  private final Map<String, Bind> binds = new TreeMap<>();
  private @Nullable WsgiServer server;
  private @Nullable Path folder;

  @BeforeAll
  void start() throws IOException {
    folder = FrontServer.folder();
    List<Bind> asked = new ArrayList<>(List.of(Bind.parse("http://127.0.0.1:0")));
    for (String protocol : List.of("fcgi", "scgi", "uwsgi", "ajp")) {
      asked.add(Bind.parse("%s+unix://%s/%s".formatted(protocol, folder, protocol)));
    }
    WsgiServer opened =
        WsgiServer.open(
            new WsgiServer.Options(
                asked,
                0,
                Duration.ofSeconds(5),
                WsgiServer.Options.GRACEFUL_IDLE,
                GatewayOptions.DEFAULT,
                new SocketAccess(PosixFilePermissions.fromString("rw-rw-rw-"), null, null),
                ClientLimits.DEFAULT));
    server = opened;
    for (Bind bind : opened.addresses()) {
      binds.put(bind.protocol() == null ? "http" : bind.protocol().scheme(), bind);
    }
    opened.start(tellsItsPath());
    for (FrontServer front : FrontServer.values()) {
      if (front.missing().isEmpty()) {
        startFront(front);
      }
    }
  }

  /** Answers with the path that it got. */
  private static Application tellsItsPath() {
    return (environ, startResponse) -> {
      startResponse.start("200 OK", Header.of("Content-Type", "text/plain; charset=iso-8859-1"));
      String path = environ.scriptName() + environ.pathInfo();
      return Body.of(path.getBytes(StandardCharsets.ISO_8859_1));
    };
  }

  /**
   * What {@code wsgi-bridge front} prints, for each protocol at a port of its own, with a guard.
   */
  private void startFront(FrontServer front) throws IOException {
    StringBuilder text = new StringBuilder();
    InetSocketAddress first = null;
    for (Way way : Way.values()) {
      if (way.front != front) {
        continue;
      }
      InetSocketAddress address = FrontServer.freeAddress();
      addresses.put(way, address);
      String printed =
          way.protocol.equals("http")
              ? byHttp(way, address.getPort())
              : Fronted.print(
                  front,
                  List.of("--listen", "127.0.0.1:" + address.getPort()),
                  List.of("app.py", "--bind", String.valueOf(binds.get(way.protocol))));
      text.append(guarded(front, printed, address.getPort(), first == null)).append('\n');
      first = first == null ? address : first;
    }
    Path own = FrontServer.folder();
    fronts.put(
        front,
        front.start("guard-" + front.word(), own, Objects.requireNonNull(first), text.toString()));
  }

  private String byHttp(Way way, int port) {
    String address = String.valueOf(binds.get("http"));
    return switch (way) {
      case NGINX_HTTP ->
          """
          upstream http { server %s; keepalive 16; }
          server {
              listen 127.0.0.1:%d;
              location / {
                  proxy_pass http://http;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
              }
          }
          """
              .formatted(address.substring("http://".length()), port);
      case APACHE_HTTP_RAW ->
          """
          # a2enmod proxy proxy_http env
          AllowEncodedSlashes On
          ProxyPass / %s/ nocanon
          """
              .formatted(address);
      default ->
          """
          # a2enmod proxy proxy_http env
          AllowEncodedSlashes On
          ProxyPass / %s/
          """
              .formatted(address);
    };
  }

  private static String guarded(FrontServer front, String text, int port, boolean first) {
    return switch (front) {
      case NGINX ->
          text.replaceFirst(
              "(?m)^ *listen .*$",
              "$0\n    keepalive_requests 1000000;\n"
                  + "    location = /admin { return 403; }\n    location ^~ /admin/ { return 403; }");
      case APACHE ->
          """
          %sMaxKeepAliveRequests 0
          <VirtualHost 127.0.0.1:%d>
          %s
          <Location /admin>
              Require all denied
          </Location>
          </VirtualHost>
          """
              .formatted(first ? "" : "Listen 127.0.0.1:%d\n".formatted(port), port, text);
      case LIGHTTPD ->
          """
          server.modules += ( "mod_access" )
          server.max-keep-alive-requests = 65535
          # A regular expression would not match what is not UTF-8.
          $HTTP["url"] == "/admin" { url.access-deny = ( "" ) }
          $HTTP["url"] =^ "/admin/" { url.access-deny = ( "" ) }
          """
              + text;
      case CADDY ->
          text.replaceFirst(
              "(?m)^\tbind .*$", "$0\n\t@admin path /admin /admin/*\n\trespond @admin 403");
      case HAPROXY ->
          // Its path is as the client wrote it: the guard has to decode, and to allow for "//".
          text.replaceFirst(
              "(?m)^ *bind .*$",
              "$0\n    http-request deny if { path,url_dec -m reg ^/+admin(/|\\$) }");
    };
  }

  @AfterAll
  void stop() throws IOException {
    fronts.values().forEach(LoggedProcess::close);
    if (server != null) {
      server.close();
    }
    if (folder != null) {
      LoggedProcess.delete(folder);
    }
  }

  @ParameterizedTest
  @EnumSource
  void noPathPassesTheGuard(Way way) throws IOException {
    assumeTrue(way.front.missing().isEmpty(), way.front.missing());
    Random random = new Random(SEED);
    List<String> targets = new ArrayList<>();
    while (targets.size() < PATHS) {
      targets.add(target(random));
    }
    Tally tally = new Tally();
    int done = 0;
    while (done < targets.size()) {
      done += ask(way, targets.subList(done, targets.size()), tally);
    }

    System.out.printf("%s, %d paths: %s%n", way, PATHS, tally.statuses);
    assertThat(tally.reached).isEmpty();
    // The guard was there, and so was the application.
    assertThat(tally.statuses.get(403)).isGreaterThan(PATHS / 100);
    assertThat(tally.statuses.get(200)).isGreaterThan(PATHS / 10);
  }

  /** What came of the requests. */
  private static final class Tally {

    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private final List<String> reached = new ArrayList<>();

    void add(String target, Response response) throws IOException {
      statuses.merge(response.status(), 1, Integer::sum);
      if (response.status() == 200 && isGuarded(response.text())) {
        reached.add(target + " reached " + response.text());
      }
    }
  }

  /** Sends requests on one connection until it ends; how many were answered, one at least. */
  private int ask(Way way, List<String> targets, Tally tally) throws IOException {
    int answered = 0;
    try (HttpConnection connection =
        HttpConnection.open(Objects.requireNonNull(addresses.get(way)))) {
      while (answered < targets.size()) {
        List<String> batch =
            targets.subList(answered, Math.min(answered + PIPELINED, targets.size()));
        StringBuilder requests = new StringBuilder();
        for (String target : batch) {
          requests.append("GET ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        connection.send(requests.toString());
        for (String target : batch) {
          Response response = connection.whole("GET");
          tally.add(target, response);
          answered++;
          if (response.header("Connection").filter("close"::equalsIgnoreCase).isPresent()) {
            return answered;
          }
        }
      }
    } catch (EOFException | SocketException e) {
      // The front has ended the connection: the rest goes over another.
      if (answered == 0) {
        throw e;
      }
    }
    return answered;
  }

  private static String target(Random random) {
    StringBuilder path = new StringBuilder("/");
    int segments = 1 + random.nextInt(6);
    for (int i = 0; i < segments; i++) {
      if (i > 0) {
        path.append(random.nextBoolean() ? "/" : any(SEPARATORS, random));
      }
      path.append(any(random.nextBoolean() ? DULL : SEGMENTS, random));
    }
    return random.nextInt(20) == 0 ? "http://localhost" + path : path.toString();
  }

  private static String any(List<String> parts, Random random) {
    return parts.get(random.nextInt(parts.size()));
  }

  /**
   * Whether an application may take a path for one below {@code /admin}: as it stands, or after it
   * has resolved dot segments and merged slashes, as those do that look for files.
   */
  private static boolean isGuarded(String path) {
    if (path.equals("/admin") || path.startsWith("/admin/")) {
      return true;
    }
    List<String> walked = new ArrayList<>();
    for (String segment : path.split("/", -1)) {
      if (segment.equals("..")) {
        if (!walked.isEmpty()) {
          walked.remove(walked.size() - 1);
        }
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        walked.add(segment);
      }
    }
    return !walked.isEmpty() && walked.get(0).equals("admin");
  }
}
