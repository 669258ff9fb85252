package dev.wsgibridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

  /** In upper case they would be U+0178, U+039C and two letters. */
  @Test
  void namesOfHeadersStayBytes() {
    assertThat(CgiParams.builder().header("x-\u00ff\u00b5\u00df", "v").build().name(0))
        .isEqualTo("HTTP_X_\u00ff\u00b5\u00df");
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

  /** A server's headers; notes which of them it was asked for. */
  private static class Told implements Environ.Headers {

    private static final List<Header> ALL =
        List.of(
            Header.of("Host", "example.org"),
            Header.of("ACCEPT", "text/html"),
            Header.of("Cookie", "a=1"),
            Header.of("accept", "text/plain"),
            Header.of("cookie", "b=2"),
            Header.of("Content-Type", ""),
            Header.of("content-type", "a/b"),
            Header.of("Proxy", "evil"),
            Header.of("X_Real_IP", "evil"),
            Header.of("X-Real-IP", "192.0.2.1"));

    private final List<String> asked = new ArrayList<>();

    @Override
    public Enumeration<String> names() {
      asked.add("all");
      Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
      ALL.forEach(header -> names.add(header.name()));
      return Collections.enumeration(names);
    }

    @Override
    public Enumeration<String> values(String name) {
      asked.add(name);
      return Collections.enumeration(
          ALL.stream()
              .filter(header -> header.name().equalsIgnoreCase(name))
              .map(Header::value)
              .toList());
    }
  }

  private static final Map<String, Object> TOLD =
      Map.of(
          "HTTP_HOST", "example.org",
          "HTTP_ACCEPT", "text/html,text/plain",
          "HTTP_COOKIE", "a=1; b=2",
          "CONTENT_TYPE", "a/b",
          "HTTP_X_REAL_IP", "192.0.2.1");

  @Test
  void readsAServersHeadersWhenTheyAreAskedFor() {
    Told told = new Told();
    Environ environ = get("/").headers(told).build();

    assertThat(environ.method()).isEqualTo("GET");
    assertThat(environ.get("wsgi.run_once")).isEqualTo(false);
    assertThat(told.asked).isEmpty();
    assertThat(environ.header("accept")).isEqualTo("text/html,text/plain");
    assertThat(environ.get("HTTP_ACCEPT")).isEqualTo("text/html,text/plain");
    assertThat(environ.containsKey("HTTP_COOKIE")).isTrue();
    assertThat(environ.get("CONTENT_TYPE")).isEqualTo("a/b");
    assertThat(environ.get("HTTP_HOST")).isEqualTo("example.org");
    assertThat(told.asked).containsExactly("Accept", "Cookie", "Content-Type", "Host");
  }

  @Test
  void knowsAllOfAServersHeaders() {
    Environ environ = get("/").headers(new Told()).build();
    environ.header("Accept");

    assertThat(headers(environ)).isEqualTo(TOLD);
    assertThat(environ.params().header("X-Real-IP")).isEqualTo("192.0.2.1");
    assertThat(environ).doesNotContainValue("evil");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP_PROXY",
        "HTTP_X_REAL-IP",
        "HTTP_host",
        "HTTP_CONTENT_TYPE",
        "HOST",
        "HTTP_",
        "",
        "HTTP_X"
      })
  void findsNoHeaderByAnotherKey(String key) {
    Environ environ = get("/").headers(new Told()).build();

    assertThat(environ.get(key)).isNull();
    assertThat(environ.containsKey(key)).isFalse();
    assertThat(environ.get(null)).isNull();
  }

  @Test
  void isChangedAsIfAServersHeadersHadBeenRead() {
    Environ environ = get("/").headers(new Told()).build();

    assertThat(environ.put("HTTP_ACCEPT", "a/b")).isEqualTo("text/html,text/plain");
    assertThat(environ.put("HTTP_X_NEW", "new")).isNull();
    assertThat(environ.remove("HTTP_HOST")).isEqualTo("example.org");
    assertThat(environ.header("Host")).isNull();
    assertThat(environ.keySet().remove("HTTP_COOKIE")).isTrue();

    assertThat(headers(environ))
        .isEqualTo(
            Map.of(
                "HTTP_ACCEPT", "a/b",
                "HTTP_X_NEW", "new",
                "CONTENT_TYPE", "a/b",
                "HTTP_X_REAL_IP", "192.0.2.1"));
  }

  @Test
  void letsAServersHeadersThroughThatHaveAnUnderscore() {
    Environ environ =
        get("/")
            .headers(
                new Told() {
                  @Override
                  public boolean underscores() {
                    return true;
                  }
                })
            .build();

    assertThat(environ).containsEntry("HTTP_ACCEPT", "text/html,text/plain");
    assertThat((String) environ.get("HTTP_X_REAL_IP")).contains("evil", "192.0.2.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"REMOTE_ADDR", "wsgi.url_scheme", "wsgi.version", "org.example.none"})
  void addsTheRestWhenItIsAskedFor(String key) {
    List<String> asked = new ArrayList<>();
    Environ environ = later(asked).build();

    assertThat(environ.method()).isEqualTo("GET");
    assertThat(environ.header("Accept")).isEqualTo("text/html,text/plain");
    assertThat(environ.header("X-None")).isNull();
    assertThat(asked).isEmpty();
    environ.get(key);
    environ.get(key);
    assertThat(asked).containsExactly("rest");
    assertThat(environ)
        .containsEntry("REMOTE_ADDR", "192.0.2.1")
        .containsEntry("SERVER_NAME", "example.org")
        .containsEntry("HTTPS", "on")
        .containsEntry("wsgi.url_scheme", "https")
        .containsEntry("wsgi.multithread", true)
        .containsEntry("HTTP_HOST", "example.org");
  }

  @Test
  void keepsWhatAnApplicationPutsBeforeTheRest() {
    Environ put = later(new ArrayList<>()).build();

    assertThat(put.put("REMOTE_ADDR", "198.51.100.1")).isEqualTo("192.0.2.1");
    assertThat(put.put("wsgi.run_once", true)).isEqualTo(false);
    assertThat(put)
        .containsEntry("REMOTE_ADDR", "198.51.100.1")
        .containsEntry("wsgi.run_once", true);

    Environ removed = later(new ArrayList<>()).build();
    assertThat(removed.remove("HTTPS")).isEqualTo("on");
    assertThat(removed.get("HTTPS")).isNull();
    assertThat(removed).doesNotContainKey("HTTPS").containsKey("REMOTE_ADDR");
  }

  private static Environ.Builder later(List<String> asked) {
    return get("/")
        .headers(new Told())
        .later(
            rest -> {
              asked.add("rest");
              rest.server("example.org", 443).client("192.0.2.1", 0).scheme("https");
            });
  }

  private static Map<String, Object> headers(Environ environ) {
    Map<String, Object> headers = new HashMap<>(environ);
    headers.keySet().removeIf(key -> !key.startsWith("HTTP_") && !key.equals("CONTENT_TYPE"));
    return headers;
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

  @ParameterizedTest
  @CsvSource({
    "/a;jsessionid=1/b, /a/b",
    "/a;jsessionid=1, /a",
    "/a;p;jsessionid=1;q, /a;p;q",
    "/a;jsessionid=12, /a;jsessionid=12",
    "/a;jsessionid=12/b;jsessionid=1, /a;jsessionid=12/b",
    "/a/jsessionid=1, /a/jsessionid=1"
  })
  void leavesOneParameterOutOfThePath(String target, String pathInfo) {
    Environ.Builder builder = Environ.request("GET", target, "HTTP/1.1").without(";jsessionid=1");
    assertThat(builder.mount("")).isTrue();

    assertThat(builder.build())
        .containsEntry("PATH_INFO", pathInfo)
        .containsEntry("REQUEST_URI", target);
  }

  @Test
  void takesTextThatIsAttachedToTheRequest() {
    Environ.Builder builder =
        get("/x")
            .attribute("example.tenant", "caf\u00e9")
            .attribute("tenant", "b")
            .attribute("PATH_INFO", "c")
            .attribute("REMOTE_USER", "d")
            .attribute("HTTP_X_LEFT", "e")
            .attribute("wsgi.url_scheme", "f")
            .attribute("dev.wsgibridge.servlet.request", "g");

    assertThat(builder.build())
        .containsEntry("example.tenant", "caf\u00c3\u00a9")
        .containsEntry("tenant", "b")
        .containsEntry("PATH_INFO", "/x")
        .containsEntry("wsgi.url_scheme", "http")
        .doesNotContainKeys("REMOTE_USER", "HTTP_X_LEFT", "dev.wsgibridge.servlet.request");
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
