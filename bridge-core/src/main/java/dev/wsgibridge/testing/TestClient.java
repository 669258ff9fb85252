package dev.wsgibridge.testing;

import dev.wsgibridge.Application;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/**
 * Calls an application without a server, and reads its answer. The {@link Gateway} is the one that
 * servers use, so an answer is what their clients get; no socket is opened.
 *
 * <pre>{@code
 * TestClient client = TestClient.of(new Validator().wrap(application));
 * assertThat(client.get("/hello?name=Ada").text()).isEqualTo("Hello, Ada\n");
 *
 * Answer answer = client.request("POST", "/login").form(Map.of("user", "ada")).send();
 * assertThat(answer.status()).isEqualTo(303);
 * assertThat(answer.header("Location")).isEqualTo("/");
 * }</pre>
 *
 * <p>A client is one visitor: it keeps the cookies that it is given, and sends them with every
 * later request, whatever their Path, Domain and Secure say. Safe for several threads.
 */
public final class TestClient {

  private final Gateway gateway;
  private final Map<String, String> cookies = new ConcurrentSkipListMap<>();

  private TestClient(Application application) {
    this.gateway = new Gateway(application);
  }

  /** A new visitor to {@code application}. */
  public static TestClient of(Application application) {
    return new TestClient(application);
  }

  /** Sends a plain GET. */
  public Answer get(String target) {
    return request("GET", target).send();
  }

  /**
   * Begins a request.
   *
   * @param method {@code "POST"}
   * @param target path and query, percent-encoded as in the request line: {@code "/caf%C3%A9?x=1"}
   */
  public Request request(String method, String target) {
    return new Request(this, method, target);
  }

  /** The cookies that the visitor has by now. */
  public Map<String, String> cookies() {
    return Map.copyOf(cookies);
  }

  Answer send(Request request) {
    StringWriter errors = new StringWriter();
    RecordedResponse response = new RecordedResponse(request.patience());
    Environ environ = environ(request, new PrintWriter(errors));
    Gateway.Outcome outcome = gateway.serve(environ, response);
    Answer answer = response.answer(outcome, errors.toString());
    answer.headers("Set-Cookie").forEach(this::keep);
    return answer;
  }

  private Environ environ(Request request, PrintWriter errors) {
    Request.Line line = request.line();
    Environ.Builder environ =
        Environ.request(line.method(), encoded(line.mount()) + line.target(), "HTTP/1.1");
    if (!environ.mount(line.mount())) {
      throw new IllegalStateException("not below its own mount: " + line);
    }
    environ
        .scheme(line.scheme())
        .server("localhost", line.scheme().equals("https") ? 443 : 80)
        .client("127.0.0.1", 0);
    if (!request.has("Host")) {
      environ.header("Host", "localhost");
    }
    for (Header header : request.headers()) {
      environ.header(header.name(), header.value());
    }
    if (!cookies.isEmpty()) {
      environ.header(
          "Cookie",
          cookies.entrySet().stream()
              .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
              .collect(Collectors.joining("; ")));
    }
    byte[] body = request.body();
    if (body != null && !request.has("Content-Length")) {
      environ.header("Content-Length", Integer.toString(body.length));
    }
    environ.streams(new ByteArrayInputStream(body == null ? new byte[0] : body), errors);
    request.extensions().forEach(environ::put);
    return environ.build();
  }

  /** RFC 6265, 5.2, as far as one visitor to one application needs it. */
  private void keep(String setCookie) {
    String[] parts = setCookie.split(";", -1);
    int equals = parts[0].indexOf('=');
    if (equals < 1) {
      return;
    }
    String name = parts[0].substring(0, equals).strip();
    if (isExpired(parts)) {
      cookies.remove(name);
    } else {
      cookies.put(name, parts[0].substring(equals + 1).strip());
    }
  }

  private static boolean isExpired(String[] parts) {
    boolean expired = false;
    for (String part : parts) {
      String attribute = part.strip().toLowerCase(Locale.ROOT);
      if (attribute.startsWith("max-age=")) {
        return attribute.matches("max-age=(-.*|0+)");
      }
      if (attribute.startsWith("expires=")) {
        expired = isPast(part.strip().substring("expires=".length()));
      }
    }
    return expired;
  }

  private static boolean isPast(String date) {
    try {
      return DateTimeFormatter.RFC_1123_DATE_TIME
          .parse(date.replace('-', ' '), Instant::from)
          .isBefore(Instant.now());
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static String encoded(String path) {
    return URLEncoder.encode(path, StandardCharsets.UTF_8).replace("%2F", "/").replace("+", "%20");
  }
}
