package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The frameworks' examples on every carrier and in each of the {@link Ways}: a page, a form, a
 * cookie, a file upload, a path that isn't there. {@code ./test} fetches the frameworks.
 */
class FrameworksTest {

  static final Path PACKAGES = Servers.project().resolve("target/python-packages");

  private static final Pattern CSRF_TOKEN =
      Pattern.compile("name=\"csrfmiddlewaretoken\" value=\"([^\"]+)\"");

  private static Ways ways;

  enum Framework {
    BOTTLE("examples/bottle_app.py"),
    DJANGO("mysite.wsgi"),
    FALCON(
        "examples/falcon_app.py",
        "{\"hello\": \"%s\"}",
        "{\"name\": \"%s\", \"size\": %d, \"sha256\": \"%s\"}"),
    FLASK("examples/flask_app.py"),
    PYRAMID("examples/pyramid_app.py");

    private final String application;

    /** What is in the page for someone of a name. */
    private final String hello;

    /** What is in the answer to an upload: name, size, SHA-256. */
    private final String file;

    Framework(String application) {
      this(application, "Hello, %s!", "%s: %d bytes, SHA-256 <code>%s</code>");
    }

    Framework(String application, String hello, String file) {
      this.application = application;
      this.hello = hello;
      this.file = file;
    }

    String mount() {
      return Ways.MOUNT + "/" + name().toLowerCase(Locale.ROOT);
    }

    boolean isInHtml() {
      return this != FALCON;
    }
  }

  static Stream<Arguments> served() {
    // One interpreter for the whole process.
    Stream<Arguments> alone =
        Arrays.stream(Framework.values())
            .map(framework -> Arguments.of(Carrier.CPYTHON_IN_JVM, List.of(framework)));
    List<Framework> all = List.of(Framework.values());
    // Django's start takes GraalPy half a minute; BrowserTest has it.
    List<Framework> quick = all.stream().filter(each -> each != Framework.DJANGO).toList();
    return Stream.concat(
        alone,
        Stream.of(
            Arguments.of(Carrier.CPYTHON_PREFORK, all), Arguments.of(Carrier.GRAALPY, quick)));
  }

  @BeforeAll
  static void open() throws IOException {
    ways = Ways.open();
  }

  @AfterAll
  static void close() {
    ways.close();
  }

  @ParameterizedTest
  @MethodSource
  void served(Carrier carrier, List<Framework> frameworks, @TempDir Path data) throws Exception {
    assumeTrue(Files.exists(PACKAGES), "./test fetches the frameworks into " + PACKAGES);
    assumeTrue(carrier.missing().isEmpty(), carrier.missing());
    List<String> arguments = new ArrayList<>(carrier.options());
    arguments.addAll(List.of("--python-path", "examples/django_site"));
    arguments.addAll(List.of("--python-path", PACKAGES.toString()));
    for (Framework framework : frameworks) {
      arguments.addAll(List.of("--mount", framework.mount() + "=" + framework.application));
    }
    Ways.Site site = ways.serve(arguments, Map.of("DJANGO_DATA", data.toString()));
    try (site) {
      for (Framework framework : frameworks) {
        for (Map.Entry<String, InetSocketAddress> way : site.addresses().entrySet()) {
          try (HttpConnection connection = HttpConnection.open(way.getValue())) {
            visit(framework, connection);
          } catch (AssertionError | IOException e) {
            throw new AssertionError(framework + " by " + way.getKey() + "\n" + e.getMessage(), e);
          }
        }
      }
    }
    assertThat(site.bridge().exitCode()).as(site.bridge().log()).isZero();
  }

  private static void visit(Framework framework, HttpConnection connection) throws Exception {
    Visitor visitor = new Visitor(connection);
    String mount = framework.mount();

    Response page = visitor.ask(Request.get(mount + "/"));
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.text()).contains(framework.hello.formatted("stranger"));
    if (framework.isInHtml()) {
      assertThat(page.text()).contains("action=\"" + mount + "/name\"");
    }

    assertThat(visitor.ask(Request.get(mount + "/missing")).status()).isEqualTo(404);

    Response remembered =
        visitor.ask(
            Request.post(mount + "/name", visitor.form("name=J%C3%BCrgen+%3C"))
                .with("Content-Type: application/x-www-form-urlencoded"));
    assertThat(remembered.status()).isIn(302, 303);
    assertThat(remembered.header("Location").orElseThrow()).endsWith(mount + "/");
    assertThat(visitor.ask(Request.get(mount + "/")).text())
        .contains(framework.hello.formatted(framework.isInHtml() ? "Jürgen &lt;" : "Jürgen <"));

    String file = "\0\u00ff\r\n--not the end\r\n".repeat(20_000);
    Response uploaded =
        visitor.ask(
            Request.post(mount + "/upload", visitor.multipart("träge.bin", file))
                .with("Content-Type: multipart/form-data; boundary=end"));
    assertThat(uploaded.status()).isEqualTo(200);
    assertThat(uploaded.text())
        .contains(framework.file.formatted("träge.bin", file.length(), sha256(file)));
  }

  /** Someone with a cookie jar, who sends the forms' hidden fields along. */
  private static final class Visitor {
    private final HttpConnection connection;
    private final Map<String, String> cookies = new LinkedHashMap<>();
    private String csrfToken = "";

    Visitor(HttpConnection connection) {
      this.connection = connection;
    }

    Response ask(Request request) throws IOException {
      Response response = connection.ask(cookies.isEmpty() ? request : request.with(cookie()));
      for (String cookie : response.headers("Set-Cookie")) {
        String pair = cookie.split(";", 2)[0];
        cookies.put(pair.split("=", 2)[0], pair);
      }
      Matcher token = CSRF_TOKEN.matcher(response.text());
      if (token.find()) {
        csrfToken = token.group(1);
      }
      return response;
    }

    private String cookie() {
      return cookies.values().stream().collect(Collectors.joining("; ", "Cookie: ", ""));
    }

    String form(String fields) {
      return "csrfmiddlewaretoken=" + csrfToken + "&" + fields;
    }

    /** One byte a character; the name is sent in UTF-8, as browsers do. */
    String multipart(String name, String content) {
      String utf8 = new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      return "--end\r\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"\r\n\r\n"
          + csrfToken
          + "\r\n--end\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
          + utf8
          + "\"\r\nContent-Type: application/octet-stream\r\n\r\n"
          + content
          + "\r\n--end--\r\n";
    }
  }

  private static String sha256(String latin1) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256")
                .digest(latin1.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
