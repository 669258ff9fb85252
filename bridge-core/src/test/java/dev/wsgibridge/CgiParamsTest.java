package dev.wsgibridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.CgiParams.Split;
import dev.wsgibridge.CgiParams.Trust;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgiParamsTest {

  /**
   * What nginx sends with its own fastcgi_params, for {@code /…/a%2Fb%20c;p=1//x%C3%A9?q=%20&r}.
   */
  private static final String[] NGINX = {
    "QUERY_STRING", "q=%20&r",
    "REQUEST_METHOD", "GET",
    "CONTENT_TYPE", "",
    "CONTENT_LENGTH", "",
    "SCRIPT_NAME", "/shop/a/b c;p=1/x\u00c3\u00a9",
    "REQUEST_URI", "/shop/a%2Fb%20c;p=1//x%C3%A9?q=%20&r",
    "DOCUMENT_URI", "/shop/a/b c;p=1/x\u00c3\u00a9",
    "SERVER_PROTOCOL", "HTTP/1.1",
    "REQUEST_SCHEME", "http",
    "GATEWAY_INTERFACE", "CGI/1.1",
    "SERVER_SOFTWARE", "nginx/1.22.1",
    "REMOTE_ADDR", "192.0.2.1",
    "REMOTE_PORT", "4321",
    "SERVER_ADDR", "192.0.2.2",
    "SERVER_PORT", "8080",
    "SERVER_NAME", "",
    "HTTP_HOST", "example.test:8080",
    "HTTP_COOKIE", "a=1",
    "HTTP_X_DUP", "one",
    "HTTP_COOKIE", "b=2",
    "HTTP_X_DUP", "two",
    "SCRIPT_NAME", "/set/by/the/admin"
  };

  private static CgiParams params(String... namesAndValues) {
    CgiParams.Builder builder = CgiParams.builder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      builder.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return builder.build();
  }

  /** A request that is whole, and these. */
  private static CgiParams request(String... more) {
    String[] all = new String[6 + more.length];
    System.arraycopy(
        new String[] {"REQUEST_METHOD", "GET", "REQUEST_URI", "/x", "SERVER_NAME", "front.test"},
        0,
        all,
        0,
        6);
    System.arraycopy(more, 0, all, 6, more.length);
    return params(all);
  }

  private static Environ environ(CgiParams params, String mount) {
    Environ.Builder builder = Environ.request(params);
    assertThat(builder.mount(mount)).isTrue();
    return builder.build();
  }

  @Test
  void keepsOrderAndRepetition() {
    CgiParams params = params("A", "1", "B", "2", "A", "3");

    assertThat(params.size()).isEqualTo(3);
    assertThat(params.name(2) + params.value(2)).isEqualTo("A3");
    assertThat(params.last("A")).isEqualTo("3");
    assertThat(params.last("C")).isNull();
    assertThat(params.toString()).isEqualTo("3 params").doesNotContain("A");
  }

  @Test
  void becomeAnEnvironWordForWord() {
    Environ environ = environ(params(NGINX), "/shop");

    assertThat(environ.scriptName()).isEqualTo("/shop");
    assertThat(environ.pathInfo()).isEqualTo("/a/b c;p=1//x\u00c3\u00a9");
    assertThat(environ)
        .containsEntry("REQUEST_URI", "/shop/a%2Fb%20c;p=1//x%C3%A9?q=%20&r")
        .containsEntry("RAW_URI", "/shop/a%2Fb%20c;p=1//x%C3%A9?q=%20&r")
        .containsEntry("QUERY_STRING", "q=%20&r")
        .containsEntry("DOCUMENT_URI", "/shop/a/b c;p=1/x\u00c3\u00a9")
        .containsEntry("SERVER_SOFTWARE", "nginx/1.22.1")
        .containsEntry("SERVER_NAME", "example.test")
        .containsEntry("SERVER_PORT", "8080")
        .containsEntry("SERVER_ADDR", "192.0.2.2")
        .containsEntry("REMOTE_ADDR", "192.0.2.1")
        .containsEntry("REMOTE_PORT", "4321")
        .containsEntry("HTTP_COOKIE", "a=1; b=2")
        .containsEntry("HTTP_X_DUP", "one,two")
        .containsEntry("wsgi.url_scheme", "http")
        .doesNotContainKeys("CONTENT_TYPE", "CONTENT_LENGTH", "HTTPS");
  }

  @ParameterizedTest
  @CsvSource({
    // SCRIPT_NAME and PATH_INFO as sent, REQUEST_URI, then both by SCRIPT and by FRONT
    "/sh, /a%2Fb/x\u00e9, /sh/a%252Fb//x%E9?q, /sh, /a%2Fb//x\u00e9, /a%2Fb/x\u00e9",
    "/app.fcgi, /foo, /foo, /app.fcgi, /foo, /foo",
    "/sh, /b, /sh/a/../b, /sh, /b, /b",
    "'', /x, /x, '', /x, /x",
    "/, /x, /x, '', /x, /x"
  })
  void splitByTheFront(
      String scriptName,
      String pathInfo,
      String uri,
      String script,
      String byScript,
      String byFront) {
    CgiParams params =
        params(
            "REQUEST_METHOD", "GET",
            "SCRIPT_NAME", scriptName,
            "PATH_INFO", pathInfo,
            "REQUEST_URI", uri);
    Environ front = environ(params.trusting(new Trust(Split.FRONT, false)), "/elsewhere");
    Environ below = environ(params.trusting(new Trust(Split.SCRIPT, false)), "/elsewhere");

    assertThat(front.scriptName()).isEqualTo(script);
    assertThat(front.pathInfo()).isEqualTo(byFront);
    assertThat(below.scriptName()).isEqualTo(script);
    assertThat(below.pathInfo()).isEqualTo(byScript);
  }

  @Test
  void dotSegmentsAreTheFrontsToResolve() {
    CgiParams params = request("REQUEST_URI", "/a/%2e./b", "SCRIPT_NAME", "", "PATH_INFO", "/b");

    assertThat(hasDotSegment(params)).isTrue();
    assertThat(hasDotSegment(params.trusting(new Trust(Split.SCRIPT, false)))).isFalse();
    assertThat(hasDotSegment(params.trusting(new Trust(Split.FRONT, false)))).isFalse();
  }

  private static boolean hasDotSegment(CgiParams params) {
    Environ.Builder builder = Environ.request(params);
    assertThat(builder.mount("")).isTrue();
    return builder.hasDotSegment();
  }

  @Test
  void noFrontSendsAFragment() {
    assertThatThrownBy(() -> request("REQUEST_URI", "/a#/../b").target())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("REQUEST_URI: found \"/a#/../b\", expected a path such as /index");
  }

  @ParameterizedTest
  @CsvSource({
    "/a?b, /a?b",
    "http://example.test/a?b, /a?b",
    "http://example.test, /",
    "http://example.test?b, /?b",
    "*, *",
    "//double/x, //double/x"
  })
  void targetIsThePathOnwards(String uri, String target) {
    assertThat(request("REQUEST_URI", uri).target()).isEqualTo(target);
  }

  @Test
  void targetIsMadeOfTheSplitWhereNoneIsSent() {
    assertThat(
            params("SCRIPT_NAME", "/s", "PATH_INFO", "/a b%\u00e9;p", "QUERY_STRING", "q").target())
        .isEqualTo("/s/a%20b%25%E9;p?q");
    assertThat(params("DOCUMENT_URI", "/d").target()).isEqualTo("/d");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "example.test:443", "?", "a/b", ""})
  void noPathIsRefused(String uri) {
    assertThatThrownBy(() -> request("REQUEST_URI", uri).target())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "REQUEST_URI: found %s, expected a path such as /index".formatted(Rule.quoted(uri)));
  }

  @Test
  void noMethodIsRefused() {
    assertThatThrownBy(() -> params("REQUEST_URI", "/").method())
        .hasMessage("REQUEST_METHOD: found none, expected a method such as GET");
    assertThatThrownBy(() -> params("REQUEST_METHOD", "GE T").method())
        .hasMessage("REQUEST_METHOD: found \"GE T\", expected a method such as GET");
  }

  @ParameterizedTest
  @CsvSource({
    "on, , true",
    "ON, , true",
    "1, , true",
    "off, , false",
    "off, https, false",
    "'', https, true",
    ", https, true",
    ", http, false",
    ", , false"
  })
  void secureWhereTheFrontSaysSo(String https, String scheme, boolean secure) {
    CgiParams.Builder builder =
        CgiParams.builder().add("REQUEST_METHOD", "GET").add("REQUEST_URI", "/");
    if (https != null) {
      builder.add("HTTPS", https);
    }
    if (scheme != null) {
      builder.add("REQUEST_SCHEME", scheme);
    }
    CgiParams params = builder.build();
    Environ environ = environ(params, "");

    assertThat(params.isSecure()).isEqualTo(secure);
    assertThat(environ.urlScheme()).isEqualTo(secure ? "https" : "http");
    assertThat(environ.get("HTTPS")).isEqualTo(secure ? "on" : null);
    assertThat(environ.get("SERVER_PORT")).isEqualTo(secure ? "443" : "80");
  }

  @Test
  void headersThatPoseOrMisleadAreLeftOut() {
    Environ environ =
        environ(
            request(
                "HTTP_PROXY", "http://evil.test",
                "HTTP_CONTENT_TYPE", "x",
                "HTTP_CONTENT_LENGTH", "7",
                "HTTP_TRANSFER_ENCODING", "chunked",
                "wsgi.url_scheme", "gopher",
                "wsgi.extra", "x",
                "dev.wsgibridge.servlet.request", "x",
                "UWSGI_FILE", "/etc/passwd"),
            "");

    assertThat(environ)
        .doesNotContainKeys(
            "HTTP_PROXY",
            "HTTP_CONTENT_TYPE",
            "HTTP_CONTENT_LENGTH",
            "HTTP_TRANSFER_ENCODING",
            "wsgi.extra",
            "dev.wsgibridge.servlet.request")
        .containsEntry("wsgi.url_scheme", "http")
        .containsEntry("UWSGI_FILE", "/etc/passwd");
  }

  @Test
  void remoteUserIsBelievedOnlyWhereTheAdminSaysSo() {
    CgiParams params = request("REMOTE_USER", "eve", "AUTH_TYPE", "Basic", "REMOTE_IDENT", "eve");

    assertThat(environ(params, "")).doesNotContainKeys("REMOTE_USER", "AUTH_TYPE", "REMOTE_IDENT");
    assertThat(environ(params.trusting(new Trust(Split.MOUNT, true)), ""))
        .containsEntry("REMOTE_USER", "eve")
        .containsEntry("AUTH_TYPE", "Basic");
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP_ACCEPT_LANGUAGE, Accept-Language",
    "HTTP_X_REAL_IP, X-Real-IP",
    "HTTP_X_MY_OWN, X-My-Own",
    "CONTENT_TYPE, Content-Type",
    "CONTENT_LENGTH, Content-Length",
    "HTTP_PROXY,",
    "HTTP_TRANSFER_ENCODING,",
    "HTTP_CONTENT_LENGTH,",
    "HTTP_,",
    "PATH_INFO,",
    "HTTPS,"
  })
  void headerNames(String param, String name) {
    assertThat(Environ.headerName(param)).isEqualTo(name);
  }

  @Test
  @Timeout(20)
  void valuesOfOneHeaderAreJoinedInOneGo() {
    CgiParams.Builder many = CgiParams.builder();
    many.add("REQUEST_METHOD", "GET").add("REQUEST_URI", "/");
    int count = 150_000;
    for (int i = 0; i < count; i++) {
      many.add("HTTP_A", "").add("HTTP_COOKIE", "b");
    }

    Environ environ = environ(many.build(), "");

    // One by one they would take 50 GB of copies.
    assertThat((String) environ.get("HTTP_A")).isEqualTo(",".repeat(count - 1));
    assertThat((String) environ.get("HTTP_COOKIE")).hasSize(3 * count - 2).startsWith("b; b; b");
  }

  @Test
  void unknownLengthIsNoneToTheApplication() {
    CgiParams params = request("CONTENT_LENGTH", "-1");

    assertThat(params.contentLength()).isEqualTo(-1);
    assertThat(environ(params, "")).doesNotContainKey("CONTENT_LENGTH");
  }

  @Test
  void headersByTheirName() {
    CgiParams params = CgiParams.builder().header("X-Own", "1").header("content-type", "t").build();

    assertThat(params.last("HTTP_X_OWN")).isEqualTo("1");
    assertThat(params.header("x-oWn")).isEqualTo("1");
    assertThat(params.last("CONTENT_TYPE")).isEqualTo("t");
  }

  @ParameterizedTest
  @CsvSource({"front.test, front.test", "'', host.test", "[::1], [::1]"})
  void serverNameIsTheFrontsOrTheHost(String name, String expected) {
    CgiParams params = request("SERVER_NAME", name, "HTTP_HOST", "host.test:81");

    assertThat(params.serverName()).isEqualTo(expected);
    assertThat(environ(params, "")).containsEntry("SERVER_NAME", expected);
  }

  @Test
  void serverNameIsNeverEmpty() {
    assertThat(environ(request("SERVER_NAME", ""), "")).containsEntry("SERVER_NAME", "localhost");
  }

  @ParameterizedTest
  @CsvSource({
    "8080, 8080",
    "'', 80",
    "x, 80",
    "0, 80",
    "65536, 80",
    "65535, 65535",
    "999999999999, 80"
  })
  void serverPort(String told, int port) {
    assertThat(request("SERVER_PORT", told).serverPort()).isEqualTo(port);
  }

  @ParameterizedTest
  @CsvSource({"host.test:81, 81", "host.test, 80", "[::1]:8123, 8123", "[::1], 80", "host:x, 80"})
  void serverPortIsTheHostsWhereNoneIsSent(String host, int port) {
    assertThat(request("HTTP_HOST", host).serverPort()).isEqualTo(port);
    assertThat(environ(request("HTTP_HOST", host), ""))
        .containsEntry("SERVER_PORT", Integer.toString(port));
  }

  @ParameterizedTest
  @CsvSource({"'', -1", "0, 0", "12, 12", "999999999999999999, 999999999999999999"})
  void contentLength(String told, long length) {
    assertThat(request("CONTENT_LENGTH", told).contentLength()).isEqualTo(length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-2", "+1", "1 ", "0x1", "1000000000000000000"})
  void contentLengthThatIsNone(String told) {
    assertThatThrownBy(() -> request("CONTENT_LENGTH", told).contentLength())
        .hasMessage(
            "CONTENT_LENGTH: found %s, expected a number of bytes".formatted(Rule.quoted(told)));
  }

  @Test
  void contentLengthsThatDiffer() {
    assertThat(request("CONTENT_LENGTH", "5", "CONTENT_LENGTH", "5").contentLength()).isEqualTo(5);
    assertThatThrownBy(() -> request("CONTENT_LENGTH", "5", "CONTENT_LENGTH", "6").contentLength())
        .hasMessage("CONTENT_LENGTH: found \"5\" and \"6\", expected one number");
  }

  @Test
  void valuesMayBePartsOfBytes() {
    byte[] bytes = {'G', 'E', 'T', (byte) 0xE9};
    CgiParams.Builder builder = CgiParams.builder(bytes).add("REQUEST_METHOD", 0, 3);
    CgiParams before = builder.build();
    CgiParams params = builder.add("X", 3, 1).add("EMPTY", 4, 0).add("TEXT", "text").build();

    assertThat(before.size()).isEqualTo(1);
    assertThat(before.last("X")).isNull();
    assertThat(params.method()).isEqualTo("GET");
    assertThat(params.value(1)).isEqualTo("\u00e9");
    assertThat(params.value(2)).isEmpty();
    assertThat(params.last("TEXT")).isEqualTo("text");
    assertThatThrownBy(() -> builder.add("Y", 3, 2)).isInstanceOf(IndexOutOfBoundsException.class);
  }
}
