package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The frameworks' examples as a browser meets them, through {@code ./run}: a template, a form, a
 * cookie, and a file upload, below a path. {@code ./test} fetches the frameworks.
 */
class FrameworksTest {

  private static final Path PROJECT = Servers.project();
  private static final Path PACKAGES = PROJECT.resolve("target/python-packages");
  private static final Pattern CSRF_TOKEN =
      Pattern.compile("name=\"csrfmiddlewaretoken\" value=\"([^\"]+)\"");

  @ParameterizedTest
  @CsvSource({
    "flask, examples/flask_app.py, python3",
    "flask, examples/flask_app.py, graalpy",
    "bottle, examples/bottle_app.py, python3",
    "bottle, examples/bottle_app.py, graalpy",
    "django, mysite.wsgi, python3"
  })
  void formCookieAndUpload(String framework, String application, String python) throws Exception {
    assumeTrue(
        Files.exists(PACKAGES.resolve(framework))
            || Files.exists(PACKAGES.resolve(framework + ".py")),
        framework + " is not in " + PACKAGES + ": ./test fetches it");
    ServerProcess server = start(application, python);
    try (server;
        HttpConnection connection = HttpConnection.open(server.address())) {
      Visitor visitor = new Visitor(connection);

      Response page = visitor.ask(Request.get("/site/"));
      assertThat(page.status()).isEqualTo(200);
      assertThat(page.text()).contains("Hello, stranger!", "action=\"/site/name\"");

      Response remembered =
          visitor.ask(
              Request.post("/site/name", visitor.form("name=J%C3%BCrgen+%3C"))
                  .with("Content-Type: application/x-www-form-urlencoded"));
      assertThat(remembered.status()).isIn(302, 303);
      assertThat(remembered.header("Location").orElseThrow()).endsWith("/site/");
      assertThat(visitor.ask(Request.get("/site/")).text()).contains("Hello, Jürgen &lt;!");

      String file = "\0\u00ff\r\n--not the end\r\n".repeat(20_000);
      Response uploaded =
          visitor.ask(
              Request.post("/site/upload", visitor.multipart("träge.bin", file))
                  .with("Content-Type: multipart/form-data; boundary=end"));
      assertThat(uploaded.status()).isEqualTo(200);
      assertThat(uploaded.text())
          .contains("träge.bin: " + file.length() + " bytes", "<code>" + sha256(file));
    }
    assertThat(server.exitCode()).as(server.log()).isZero();
  }

  private static ServerProcess start(String application, String python) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(PROJECT.resolve("run").toString());
    command.addAll(List.of(application, "--python", python, "--script-name", "/site"));
    command.addAll(List.of("--python-path", PROJECT.resolve("examples/django_site").toString()));
    command.addAll(List.of("--python-path", PACKAGES.toString()));
    command.addAll(List.of("--bind", "http://127.0.0.1:0"));
    ProcessBuilder builder = new ProcessBuilder(command).directory(PROJECT.toFile());
    return ServerProcess.start(builder, "/site");
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
