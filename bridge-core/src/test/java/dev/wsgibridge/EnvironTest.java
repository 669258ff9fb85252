package dev.wsgibridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironTest {

  @Test
  void holdsAllThatARequestSays() {
    InputStream input = InputStream.nullInputStream();
    PrintWriter errors = new PrintWriter(new StringWriter());
    Environ.Builder builder =
        Environ.request("POST", "/shop/caf%C3%A9;v=1//a%2Fb?q=%41&r", "HTTP/1.1");
    assertThat(builder.mount("/shop")).isTrue();
    Environ environ =
        builder
            .server("example.org", 8080)
            .client("192.0.2.1", 4321)
            .user("ada", "BASIC")
            .scheme("https")
            .header("Host", "example.org:8080")
            .header("content-type", "text/plain")
            .header("CONTENT-LENGTH", "5")
            .header("X-Forwarded-For", "192.0.2.2")
            .streams(input, errors)
            .put("org.example.key", 42)
            .build();

    assertThat(environ)
        .containsAllEntriesOf(
            Map.ofEntries(
                Map.entry("REQUEST_METHOD", "POST"),
                Map.entry("SCRIPT_NAME", "/shop"),
                Map.entry("PATH_INFO", "/caf\u00c3\u00a9;v=1//a/b"),
                Map.entry("QUERY_STRING", "q=%41&r"),
                Map.entry("REQUEST_URI", "/shop/caf%C3%A9;v=1//a%2Fb?q=%41&r"),
                Map.entry("RAW_URI", "/shop/caf%C3%A9;v=1//a%2Fb?q=%41&r"),
                Map.entry("CONTENT_TYPE", "text/plain"),
                Map.entry("CONTENT_LENGTH", "5"),
                Map.entry("SERVER_NAME", "example.org"),
                Map.entry("SERVER_PORT", "8080"),
                Map.entry("SERVER_PROTOCOL", "HTTP/1.1"),
                Map.entry("GATEWAY_INTERFACE", "CGI/1.1"),
                Map.entry("REMOTE_ADDR", "192.0.2.1"),
                Map.entry("REMOTE_PORT", "4321"),
                Map.entry("REMOTE_USER", "ada"),
                Map.entry("AUTH_TYPE", "BASIC"),
                Map.entry("HTTPS", "on"),
                Map.entry("HTTP_HOST", "example.org:8080"),
                Map.entry("HTTP_X_FORWARDED_FOR", "192.0.2.2"),
                Map.entry("wsgi.version", List.of(1, 0)),
                Map.entry("wsgi.url_scheme", "https"),
                Map.entry("wsgi.input", input),
                Map.entry("wsgi.input_terminated", true),
                Map.entry("wsgi.errors", errors),
                Map.entry("wsgi.multithread", true),
                Map.entry("wsgi.multiprocess", false),
                Map.entry("wsgi.run_once", false),
                Map.entry("org.example.key", 42)))
        .containsKeys("SERVER_SOFTWARE", "wsgi.file_wrapper")
        .doesNotContainKeys("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH")
        .hasSize(30);
    assertThat(environ.method()).isEqualTo("POST");
    assertThat(environ.scriptName()).isEqualTo("/shop");
    assertThat(environ.pathInfo()).isEqualTo("/caf\u00c3\u00a9;v=1//a/b");
    assertThat(environ.queryString()).isEqualTo("q=%41&r");
    assertThat(environ.urlScheme()).isEqualTo("https");
    assertThat(environ.contentLength()).isEqualTo(5);
    assertThat(environ.input()).isSameAs(input);
    assertThat(environ.errors()).isSameAs(errors);
    assertThat(environ.header("host")).isEqualTo("example.org:8080");
    assertThat(environ.header("Content-Type")).isEqualTo("text/plain");
  }

  @Test
  void leavesOutWhatARequestDoesNotSay() {
    Environ environ =
        get("/").client("192.0.2.1", 0).user(null, null).header("Content-Type", "").build();

    assertThat(environ)
        .containsEntry("QUERY_STRING", "")
        .containsEntry("wsgi.url_scheme", "http")
        .doesNotContainKeys(
            "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_USER", "AUTH_TYPE", "REMOTE_PORT", "HTTPS");
    assertThat(environ.contentLength()).isEqualTo(-1);
    assertThat(environ.header("Accept")).isNull();
  }

  @Test
  void joinsRepeatedHeaders() {
    Environ environ =
        get("/")
            .header("Accept", "text/html")
            .header("ACCEPT", "text/plain")
            .header("X-Test", "")
            .header("x-test", "b")
            .header("Cookie", "a=1")
            .header("cookie", "b=2; c=3")
            .build();

    assertThat(environ)
        .containsEntry("HTTP_ACCEPT", "text/html,text/plain")
        .containsEntry("HTTP_X_TEST", ",b")
        .containsEntry("HTTP_COOKIE", "a=1; b=2; c=3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Proxy", "PROXY", "X_Real_IP", "Content_Length", "Transfer-Encoding", "_"})
  void dropsDangerousHeaders(String name) {
    Environ environ = get("/").header(name, "evil").build();

    assertThat(environ).doesNotContainValue("evil");
    assertThat(environ.header(name)).isNull();
  }

  @Test
  void keepsTheFirstContentType() {
    Environ environ = get("/").header("Content-Type", "a/b").header("Content-Type", "c/d").build();

    assertThat(environ).containsEntry("CONTENT_TYPE", "a/b");
  }

  @ParameterizedTest
  @CsvSource({
    // target, mount, SCRIPT_NAME, PATH_INFO
    "/, '', '', /",
    "?x, '', '', /",
    "*, '', '', /",
    "example.org:443, '', '', /",
    "/shop, /shop, /shop, ''",
    "/shop?x, /shop, /shop, ''",
    "/shop/, /shop, /shop, /",
    "/caf%C3%A9/a, /caf\u00e9, /caf\u00c3\u00a9, /a"
  })
  void splitsThePathAtTheMount(String target, String mount, String scriptName, String pathInfo) {
    Environ.Builder builder = Environ.request("GET", target, "HTTP/1.1");

    assertThat(builder.mount(mount)).isTrue();

    assertThat(builder.build())
        .containsEntry("SCRIPT_NAME", scriptName)
        .containsEntry("PATH_INFO", pathInfo);
  }

  @Test
  void isNotMountedElsewhere() {
    Environ.Builder builder = Environ.request("GET", "/shopping", "HTTP/1.1");

    assertThat(builder.mount("/shop")).isFalse();
    assertThat(builder.build()).doesNotContainKeys("SCRIPT_NAME", "PATH_INFO");
  }

  @Test
  void takesAResolvedPathAsText() {
    assertThat(Environ.request("GET", "/x", "HTTP/1.1").resolved("/caf\u00e9", "/\u0436").build())
        .containsEntry("SCRIPT_NAME", "/caf\u00c3\u00a9")
        .containsEntry("PATH_INFO", "/\u00d0\u00b6");
  }

  @Test
  void alwaysHasAServersName() {
    assertThat(get("/").server("", 80).build()).containsEntry("SERVER_NAME", "localhost");
  }

  @Test
  void isAMapThatTheApplicationMayChange() {
    Environ environ = get("/").build();

    environ.put("org.example.key", "x");
    environ.remove("SCRIPT_NAME");

    assertThat(environ.get("org.example.key")).isEqualTo("x");
    assertThatThrownBy(environ::scriptName)
        .isInstanceOf(RuleBrokenException.class)
        .hasMessageStartingWith("ENVIRON_KEYS: found no SCRIPT_NAME");
    environ.clear();
    assertThat(environ).isEmpty();
  }

  private static Environ.Builder get(String target) {
    Environ.Builder builder = Environ.request("GET", target, "HTTP/1.1");
    assertThat(builder.mount("")).isTrue();
    return builder;
  }
}
