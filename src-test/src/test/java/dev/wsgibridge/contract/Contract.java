package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import dev.wsgibridge.contract.http.Response.Ending;
import dev.wsgibridge.contract.http.Response.Framing;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every server owes every application: PEP 3333, RFC 3875 and the fine points of {@link
 * Point}, told through the fixtures. A server's test class is one line: this contract, and the
 * server.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 90, unit = TimeUnit.SECONDS)
abstract class Contract {

  @RegisterExtension final Deviations deviations;

  private final Server server;
  private Server.@Nullable Running running;

  Contract(Server server) {
    this.server = server;
    this.deviations = new Deviations(server);
  }

  final Server server() {
    return server;
  }

  @BeforeAll
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void start() throws IOException {
    String missing = server.missing();
    assumeTrue(missing.isEmpty(), missing);
    running = server.start();
  }

  @AfterAll
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void stop() throws IOException {
    if (running == null) {
      return;
    }
    try {
      // Told at a time of the garbage collector's choosing, so only the end can tell.
      assertThat(logUntilNow())
          .doesNotContain("garbage collected without being closed", "BODY_NOT_CLOSED");
    } finally {
      running.close();
    }
  }

  // ---------------------------------------------------------------- the environ

  @Test
  @Holds(Point.ENVIRON)
  void environIsADictOfStrings() throws IOException {
    EchoedEnviron environ = environ(get("/environ"));
    assertThat(environ.type()).isEqualTo("dict");
    assertThat(environ.keys())
        .contains(
            "REQUEST_METHOD",
            "SCRIPT_NAME",
            "PATH_INFO",
            "QUERY_STRING",
            "SERVER_NAME",
            "SERVER_PORT",
            "SERVER_PROTOCOL",
            "wsgi.input",
            "wsgi.errors");
    for (String key : environ.keys()) {
      if (!key.contains(".")) {
        assertThat(environ.type(key)).as(key).isEqualTo("str");
      }
    }
    assertThat(environ.type("wsgi.version")).isEqualTo("tuple");
    assertThat(environ.value("wsgi.version")).isEqualTo("(1, 0)");
    assertThat(environ.type("wsgi.url_scheme")).isEqualTo("str");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"})
  @Holds(Point.ENVIRON)
  void methods(String method) throws IOException {
    assertThat(environ(Request.of(method, target("/environ"))).value("REQUEST_METHOD"))
        .isEqualTo(method);
  }

  @Test
  @Holds(Point.ENVIRON)
  void protocolAndClient() throws IOException {
    EchoedEnviron environ = environ(get("/environ"));
    assertThat(environ.value("SERVER_PROTOCOL")).isEqualTo("HTTP/1.1");
    assertThat(environ.value("REMOTE_ADDR")).isEqualTo("127.0.0.1");
    assertThat(environ(get("/environ").version("HTTP/1.0")).value("SERVER_PROTOCOL"))
        .isEqualTo("HTTP/1.0");
  }

  @Test
  @Holds(Point.STRINGS)
  void requestStringsAreBytes() throws IOException {
    EchoedEnviron environ =
        environ(get("/environ").with("X-Latin: caf\u00e9", "X-Utf8: \u00e2\u0082\u00ac"));
    assertThat(environ.value("HTTP_X_LATIN")).isEqualTo("caf\u00e9");
    assertThat(environ.value("HTTP_X_UTF8")).isEqualTo("\u00e2\u0082\u00ac");
  }

  @Test
  @Holds(Point.STRINGS)
  void responseStringsAreBytes() throws IOException {
    Response response = ask(get("/headers"));
    assertThat(response.header("X-Latin")).contains("caf\u00e9");
    assertThat(response.header("X-Utf8")).contains("\u00e2\u0082\u00ac");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/plain",
        "/trailing/",
        "/a%20b",
        "/a+b",
        "/%7Euser",
        "/caf%C3%A9",
        "/caf%c3%a9",
        "/caf%E9",
        "/%FF%FE",
        "/a;p=1/b;q",
        "/a%3Bp",
        "/a%3Fb",
        "/a%23b",
        "/a%25b",
        "/a%2525b",
        "/a%2Fb",
        "/a%5Cb",
        "/a%0Ab",
        "/a//b",
        "/a//",
        "/a:b@c!$&'()*,=~",
      })
  @Holds(Point.PATH_INFO)
  void exactPath(String path) throws IOException {
    EchoedEnviron environ = environ(get("/environ" + path));
    assertThat(environ.value("PATH_INFO")).isEqualTo("/environ" + decoded(path));
    assertThat(environ.value("SCRIPT_NAME") + environ.value("PATH_INFO"))
        .isEqualTo(target("/environ" + decoded(path)));
    assertThat(environ.value("REQUEST_URI")).isEqualTo(target("/environ" + path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/environ/caf\u00e9", "/environ/a%00b", "/environ/100%"})
  @Holds(Point.PATH_INFO)
  void pathThatHttpForbidsIsExactOrRefused(String path) throws IOException {
    Response response = ask(get(path));
    if (response.status() == 200) {
      assertThat(new EchoedEnviron(response).value("PATH_INFO")).isEqualTo(decodedLeniently(path));
    } else {
      assertThat(response.status()).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/environ/a%2Fb//c;d?x=%20&y", "/environ?", "/environ/%7e?a?b"})
  @Holds(Point.REQUEST_URI)
  void requestUriIsRaw(String path) throws IOException {
    EchoedEnviron environ = environ(get(path));
    String raw = target(path.endsWith("?") ? path.substring(0, path.length() - 1) : path);
    assertThat(environ.value("REQUEST_URI")).isIn(raw, target(path));
    assertThat(environ.value("RAW_URI")).isEqualTo(environ.value("REQUEST_URI"));
  }

  @Test
  @Holds(Point.SCRIPT_NAME)
  void scriptNameIsTheMount() throws IOException {
    EchoedEnviron environ = environ(get("/environ/deeper"));
    assertThat(environ.value("SCRIPT_NAME")).isEqualTo(mount());
    assertThat(environ.value("PATH_INFO")).isEqualTo("/environ/deeper");
  }

  @Test
  @Holds(Point.SCRIPT_NAME)
  void theMountItself() throws IOException {
    EchoedEnviron slash = environ(get("/"));
    assertThat(slash.value("SCRIPT_NAME")).isEqualTo(mount());
    assertThat(slash.value("PATH_INFO")).isEqualTo("/");
    if (!mount().isEmpty()) {
      Response bare = ask(get(""));
      if (bare.status() == 200) {
        EchoedEnviron environ = new EchoedEnviron(bare);
        assertThat(environ.value("SCRIPT_NAME")).isEqualTo(mount());
        assertThat(environ.value("PATH_INFO")).isEmpty();
      } else {
        assertThat(bare.status()).isIn(301, 302, 303, 307, 308);
        assertThat(bare.header("Location").orElseThrow()).endsWith(mount() + "/");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Host: example.test:8123, example.test, 8123",
    "Host: example.test, example.test, 80",
    "Host: [::1]:8123, [::1], 8123",
    "Host: 127.0.0.1:81, 127.0.0.1, 81"
  })
  @Holds(Point.SERVER_NAME)
  void serverNameIsTheHost(String host, String name, String port) throws IOException {
    EchoedEnviron environ = environ(get("/environ").with(host));
    assertThat(environ.value("SERVER_NAME")).isEqualTo(name);
    assertThat(environ.value("SERVER_PORT")).isEqualTo(port);
  }

  @Test
  @Holds(Point.SERVER_NAME)
  void serverNameWithoutAHost() throws IOException {
    EchoedEnviron environ = environ(get("/environ").version("HTTP/1.0"));
    assertThat(environ.value("SERVER_NAME")).isNotEmpty();
    assertThat(environ.value("SERVER_PORT"))
        .isEqualTo(Integer.toString(running().address().getPort()));
  }

  @ParameterizedTest
  @CsvSource({"'', ''", "?, ''", "?a=%C3%A9+b&c, a=%C3%A9+b&c", "?a=b?c;d/e, a=b?c;d/e"})
  @Holds(Point.QUERY_STRING)
  void queryString(String query, String expected) throws IOException {
    EchoedEnviron environ = environ(get("/environ" + query));
    assertThat(environ.value("QUERY_STRING")).isEqualTo(expected);
  }

  @Test
  @Holds(Point.CONTENT_HEADERS)
  void contentTypeAndLengthByTheirBareNames() throws IOException {
    EchoedEnviron environ =
        environ(Request.post(target("/environ"), "12345").with("Content-Type: text/x; a=b"));
    assertThat(environ.value("CONTENT_TYPE")).isEqualTo("text/x; a=b");
    assertThat(environ.value("CONTENT_LENGTH")).isEqualTo("5");
    assertThat(environ.keys()).doesNotContain("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH");
  }

  @Test
  @Holds(Point.CONTENT_HEADERS)
  void contentTypeAndLengthAreAbsentRatherThanEmpty() throws IOException {
    assertThat(environ(get("/environ")).keys()).doesNotContain("CONTENT_TYPE", "CONTENT_LENGTH");
    assertThat(environ(get("/environ").with("Content-Type:")).keys())
        .doesNotContain("CONTENT_TYPE", "HTTP_CONTENT_TYPE");
  }

  @Test
  @Holds(Point.REPEATED_HEADERS)
  void repeatedHeadersAreJoined() throws IOException {
    EchoedEnviron environ =
        environ(
            get("/environ")
                .with("X-Twice: one", "Cookie: a=1", "x-twice: two", "Cookie: b=2", "X-Empty:"));
    assertThat(environ.value("HTTP_X_TWICE")).isEqualTo("one,two");
    assertThat(environ.value("HTTP_COOKIE")).isEqualTo("a=1; b=2");
    assertThat(environ.value("HTTP_X_EMPTY")).isEmpty();
  }

  @Test
  @Holds(Point.REMOTE_USER)
  void nobodyIsAuthenticated() throws IOException {
    String credentials =
        Base64.getEncoder().encodeToString("eve:secret".getBytes(StandardCharsets.US_ASCII));
    EchoedEnviron environ =
        environ(get("/environ").with("Authorization: Basic " + credentials, "Remote-User: eve"));
    assertThat(environ.keys()).doesNotContain("REMOTE_USER", "AUTH_TYPE", "REMOTE_IDENT");
    assertThat(environ.value("HTTP_AUTHORIZATION")).isEqualTo("Basic " + credentials);
    assertThat(environ.value("HTTP_REMOTE_USER")).isEqualTo("eve");
  }

  @Test
  @Holds(Point.SPOOFING)
  void headersThatPoseAsOthersAreDropped() throws IOException {
    EchoedEnviron environ =
        environ(
            get("/environ")
                .with(
                    "Proxy: http://evil.test",
                    "X_Twin: evil",
                    "X-Twin: good",
                    "Content_Length: 7",
                    "Script-Name: /evil",
                    "Path-Info: /evil"));
    assertThat(environ.keys()).doesNotContain("HTTP_PROXY");
    if (environ.keys().contains("CONTENT_LENGTH")) {
      assertThat(environ.value("CONTENT_LENGTH")).isEqualTo("0"); // the front's own
    }
    assertThat(environ.value("HTTP_X_TWIN")).isEqualTo("good");
    assertThat(environ.value("SCRIPT_NAME")).isEqualTo(mount());
    assertThat(environ.value("PATH_INFO")).isEqualTo("/environ");
  }

  @Test
  @Holds(Point.URL_SCHEME)
  void schemeIsTheConnections() throws IOException {
    EchoedEnviron environ =
        environ(get("/environ").with("X-Forwarded-Proto: https", "HTTPS: on", "X-Scheme: https"));
    assertThat(environ.value("wsgi.url_scheme")).isEqualTo("http");
    assertThat(environ.keys()).doesNotContain("HTTPS");
  }

  @Test
  @Holds(Point.FLAGS)
  void flagsAreTrueToTheDeployment() throws Exception {
    EchoedEnviron environ = environ(get("/environ"));
    assertThat(environ.type("wsgi.multithread")).isEqualTo("bool");
    Scale scale = server.scale();
    assertThat(environ.value("wsgi.multiprocess"))
        .isEqualTo(scale.workers() > 1 ? "True" : "False");
    assertThat(environ.value("wsgi.run_once")).isEqualTo("False");
    assertThat(environ.value("wsgi.multithread"))
        .isEqualTo(scale.threads() != 1 ? "True" : "False");
    if (scale.isOneAtATime()) {
      return;
    }
    Request meet = get("/meet/" + id());
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Callable<Response> asks = () -> ask(meet);
      Future<Response> first = other.submit(asks);
      assertThat(ask(meet).text()).isEqualTo("met");
      assertThat(first.get().text()).isEqualTo("met");
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  @Holds(Point.ISOLATION)
  void environsAreSeparate() throws IOException {
    try (HttpConnection connection = connect()) {
      assertThat(connection.ask(get("/mutate")).text()).isEqualTo("mutated");
      EchoedEnviron environ = new EchoedEnviron(connection.ask(get("/environ")));
      assertThat(environ.keys()).doesNotContain("fixture.left", "HTTP_X_LEFT");
      assertThat(environ.value("SCRIPT_NAME")).isEqualTo(mount());
      assertThat(environ.value("PATH_INFO")).isEqualTo("/environ");
    }
  }

  // ---------------------------------------------------------------- the head

  @Test
  @Holds(Point.LATE_START)
  void startResponseMayBeLate() throws IOException {
    Response response = ask(get("/late"));
    assertThat(response.status()).isEqualTo(201);
    assertThat(response.header("X-Late")).contains("yes");
    assertThat(response.text()).isEqualTo("late but in time");
  }

  @Test
  @Holds(Point.LATE_START)
  void headGoesWithTheFirstBlockThatIsNotEmpty() throws IOException {
    Response response = ask(get("/exc-info-after-empty"));
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.header("X-Head")).contains("second");
    assertThat(response.text()).isEqualTo("replaced");
  }

  @Test
  @Holds(Point.LATE_START)
  void headGoesWithTheFirstWrite() throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      Response response = connection.send(get("/write-gated/" + id)).next("GET");
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.take(6)).isEqualTo("first;");
      open(id);
      assertThat(response.rest().text()).isEqualTo("first;second;");
      assertThat(response.ending()).isEqualTo(Ending.WHOLE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-start", "no-start-empty"})
  @Holds(Point.LATE_START)
  void noStartResponseAtAll(String fixture) throws IOException {
    String id = id();
    Response response = ask(get("/" + fixture + "/" + id));
    assertThat(response.status()).isEqualTo(500);
    assertThat(response.text()).doesNotContain("a body without a head");
    running().awaitLog(id);
  }

  @Test
  @Holds(Point.EXC_INFO)
  void excInfoReplacesAHeadThatWasNotSent() throws IOException {
    Response response = ask(get("/exc-info-before"));
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.header("X-Head")).contains("second");
    assertThat(response.text()).isEqualTo("replaced");
    assertThat(response.ending()).isEqualTo(Ending.WHOLE);
  }

  @Test
  @Holds(Point.EXC_INFO)
  void excInfoIsRaisedAgainAfterTheHead() throws IOException {
    String id = id();
    Response response = ask(get("/exc-info-after/" + id));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).isEqualTo("first");
    assertThat(response.ending()).isEqualTo(Ending.BROKEN_OFF);
    running().awaitLog("same failure " + id);
  }

  @Test
  @Holds(Point.START_TWICE)
  void secondStartResponseIsAnError() throws IOException {
    Response response = ask(get("/twice"));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("X-Head")).contains("first");
    assertThat(response.text()).startsWith("refused: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hop-connection",
        "hop-keep-alive",
        "hop-proxy-authenticate",
        "hop-proxy-authorization",
        "hop-te",
        "hop-trailer",
        "hop-transfer-encoding",
        "hop-upgrade"
      })
  @Holds(Point.HOP_BY_HOP)
  void hopByHopHeaderIsRefused(String head) throws IOException {
    assertRefused(head);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status-bare",
        "status-short",
        "status-letters",
        "status-empty",
        "status-cr",
        "status-lf",
        "status-nul",
        "name-lf",
        "name-colon",
        "name-space",
        "name-empty",
        "value-crlf",
        "value-cr",
        "value-lf",
        "value-nul",
        "value-del",
        "length-letters",
        "length-negative"
      })
  @Holds(Point.CONTROL_CHARACTERS)
  void malformedHeadIsRefused(String head) throws IOException {
    assertRefused(head);
  }

  @ParameterizedTest
  @ValueSource(strings = {"status-wide", "name-wide", "value-wide"})
  @Holds(Point.STRINGS)
  void whatIsNoByteIsRefused(String head) throws IOException {
    assertRefused(head);
  }

  private void assertRefused(String head) throws IOException {
    Response response = ask(get("/bad-head?head=" + head));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("X-Refused")).contains("yes");
    assertThat(response.text()).startsWith("refused: ").hasSizeGreaterThan(20);
  }

  @Test
  @Holds(Point.REPEATED_HEADERS)
  void repeatedHeadersGoOutAsTheyAre() throws IOException {
    Response response = ask(get("/headers"));
    assertThat(response.headers("Set-Cookie")).containsExactly("a=1; Path=/", "b=2; Path=/");
    assertThat(response.headers("X-Twice")).containsExactly("one", "two");
    assertThat(response.header("X-Tab")).contains("a b");
    assertThat(response.header("X-Empty")).contains("");
    // Some containers take the space away, which changes nothing.
    assertThat(response.header("Content-Type").orElseThrow().replace(" ", ""))
        .isEqualTo("text/plain;charset=utf-8");
  }

  @Test
  @Holds(Point.EXC_INFO)
  void reasonPhrase() throws IOException {
    assertThat(ask(get("/exc-info-before")).reason()).isEqualTo("Replaced");
  }

  // ---------------------------------------------------------------- the body

  @Test
  @Holds(Point.WRITE)
  void writtenBytesComeFirst() throws IOException {
    Response response = ask(get("/write"));
    assertThat(response.text()).isEqualTo("one two three");
    assertThat(response.ending()).isEqualTo(Ending.WHOLE);
    assertThat(ask(get("/write-only")).text()).isEqualTo("all");
  }

  @ParameterizedTest
  @CsvSource({
    "to-its-end, 200, WHOLE",
    "fails-first, 500, WHOLE",
    "fails-later, 200, BROKEN_OFF",
    "exits-later, 200, BROKEN_OFF",
    "no-head, 500, WHOLE"
  })
  @Holds(Point.CLOSE)
  void bodyIsClosedOnce(String how, int status, Ending ending) throws IOException {
    String id = id();
    Response response = ask(get("/counted/" + id + "?how=" + how));
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.ending()).isEqualTo(ending);
    assertClosedOnce(id);
  }

  @Test
  @Holds(Point.CLOSE)
  void bodyThatIsNotAskedForIsClosedOnce() throws IOException {
    String head = id();
    ask(Request.of("HEAD", target("/counted/" + head + "?how=to-its-end")));
    assertClosedOnce(head);
    String empty = id();
    ask(get("/empty/" + empty));
    assertClosedOnce(empty);
    String tooShort = id();
    ask(get("/length-short/" + tooShort));
    assertClosedOnce(tooShort);
  }

  @Test
  @Holds(Point.CLOSE)
  void closeMayFail() throws IOException {
    String id = id();
    Response response = ask(get("/close-fails/" + id));
    assertThat(response.text()).isEqualTo("whole");
    assertThat(response.ending()).isEqualTo(Ending.WHOLE);
    running().awaitLog("close() failed on purpose");
  }

  @Test
  @Holds(Point.ONE_ELEMENT)
  void oneElementHasALength() throws IOException {
    Response response = ask(get("/hello"));
    assertThat(response.text()).isEqualTo("Hello");
    assertThat(response.ending()).isEqualTo(Ending.WHOLE);
    if (!server.hosted().isValidated()) {
      assertThat(response.header("Content-Length")).contains("5");
    }
  }

  @ParameterizedTest
  @CsvSource({"length, 0123456789", "length-long, 01234", "length-endless, 01201"})
  @Holds(Point.CONTENT_LENGTH)
  void tooManyBytesAreCut(String fixture, String expected) throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      Response response = connection.ask(get("/" + fixture + "/" + id));
      assertThat(response.framing()).isEqualTo(Framing.LENGTH);
      assertThat(response.text()).isEqualTo(expected);
      assertThat(response.ending()).isEqualTo(Ending.WHOLE);
      assertThat(connection.ask(get("/hello")).text()).isEqualTo("Hello");
    }
    if (fixture.equals("length-endless")) {
      assertClosedOnce(id);
    }
  }

  @Test
  @Holds(Point.CONTENT_LENGTH)
  void tooFewBytesBreakTheConnectionOff() throws IOException {
    String id = id();
    Response response = ask(get("/length-short/" + id));
    assertThat(response.ending()).isEqualTo(Ending.BROKEN_OFF);
    assertThat(response.text()).isEqualTo("0123456789");
    running().awaitLog(id);
  }

  @Test
  @Holds(Point.NO_DELAY)
  void eachBlockIsSentBeforeTheNextIsAskedFor() throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      Response response = connection.send(get("/stream/" + id + "?blocks=4")).next("GET");
      for (int i = 0; i < 4; i++) {
        assertThat(response.take(8)).isEqualTo("block " + i + ";");
        open(id);
      }
      assertThat(response.rest().ending()).isEqualTo(Ending.WHOLE);
    }
    assertClosedOnce(id);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  @Holds(Point.ITERATION)
  void anIterableIsBegunOnce(int blocks) throws IOException {
    String id = id();
    Response response = ask(get("/own-iterator/" + id + "?blocks=" + blocks));
    assertThat(response.text()).isEqualTo("block 0;block 1;block 2;".substring(0, 8 * blocks));
    assertThat(response.ending()).isEqualTo(Ending.WHOLE);
    assertClosedOnce(id, "blocks %d, begun 1".formatted(blocks));
  }

  @Test
  @Holds(Point.NO_DELAY)
  void streamsToHttp10() throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      Response response =
          connection.send(get("/stream/" + id + "?blocks=2").version("HTTP/1.0")).next("GET");
      assertThat(response.framing()).isEqualTo(Framing.CLOSE);
      assertThat(response.take(8)).isEqualTo("block 0;");
      open(id);
      assertThat(response.rest().text()).isEqualTo("block 0;block 1;");
    }
  }

  @Test
  @Holds(Point.NO_DELAY)
  void bigBody() throws IOException {
    Response response = ask(get("/big?size=5000000"));
    assertThat(response.ending()).isEqualTo(Ending.WHOLE);
    assertSame(response.bytes(), pattern(5_000_000, 0));
  }

  @Test
  @Holds(Point.EMPTY)
  void emptyIterableStillHasAHead() throws IOException {
    try (HttpConnection connection = connect()) {
      Response response = connection.ask(get("/empty"));
      assertThat(response.status()).isEqualTo(202);
      assertThat(response.header("X-Empty")).contains("yes");
      assertThat(response.text()).isEmpty();
      assertThat(response.ending()).isEqualTo(Ending.WHOLE);
      assertThat(connection.ask(get("/hello")).text()).isEqualTo("Hello");
    }
  }

  @Test
  @Holds(Point.EMPTY)
  void emptyBlocksSendNothing() throws IOException {
    Response response = ask(get("/empty-blocks"));
    assertThat(response.text()).isEqualTo("after empty");
    assertThat(response.ending()).isEqualTo(Ending.WHOLE);
  }

  @ParameterizedTest
  @CsvSource({"HEAD, 200, 5", "GET, 304, 5", "HEAD, 304, 5", "GET, 204,", "HEAD, 204,"})
  @Holds(Point.NO_BODY)
  void noBody(String method, int status, @Nullable String length) throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      Request request = Request.of(method, target("/status/" + id + "?code=" + status));
      // The next response begins right behind the head, or there was a body.
      connection.send(request).send(get("/hello"));
      Response response = connection.whole(method);
      assertThat(response.status()).isEqualTo(status);
      assertThat(response.header("X-Status")).contains(Integer.toString(status));
      assertThat(response.headers("Content-Length"))
          .isEqualTo(length == null ? List.of() : List.of(length));
      assertThat(response.headers("Transfer-Encoding")).isEmpty();
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
    assertClosedOnce(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"100", "103", "150"})
  @Holds(Point.NO_BODY)
  void interimStatusHasNoBodyAndNoLength(String status) throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      connection.send(get("/status/" + id + "?code=" + status).with("Connection: close"));
      Response response = connection.nextHead("GET");
      if (response.status() < 200) {
        assertThat(response.headers("Content-Length")).isEmpty();
        response = connection.nextOrEnd("GET");
      }
      // No response may end with an interim status (RFC 9110, 15.2): the client would wait for
      // ever.
      if (response != null) {
        assertThat(response.status()).isEqualTo(500);
        assertThat(response.rest().text()).doesNotContain("12345");
      }
      assertThat(connection.isClosedByServer()).isTrue();
    }
    assertClosedOnce(id);
  }

  @Test
  @Holds(Point.NOT_BYTES)
  void textInPlaceOfBytes() throws IOException {
    String id = id();
    Response response = ask(get("/text-block/" + id));
    assertThat(response.status()).isEqualTo(500);
    assertThat(response.text()).doesNotContain("text, not bytes");
    assertThat(logOf(id)).containsIgnoringCase("byte");

    String later = id();
    Response broken = ask(get("/text-block-second/" + later));
    assertThat(broken.text()).isEqualTo("bytes");
    assertThat(broken.ending()).isEqualTo(Ending.BROKEN_OFF);
    assertThat(logOf(later)).containsIgnoringCase("byte");
  }

  @Test
  @Holds(Point.NOT_BYTES)
  void nothingInPlaceOfABody() throws IOException {
    String id = id();
    assertThat(ask(get("/nothing/" + id)).status()).isEqualTo(500);
    running().awaitLog(id);
  }

  // ---------------------------------------------------------------- the input

  @ParameterizedTest
  @CsvSource({
    "read, one~two~three|end",
    "read(-1), one~two~three|end",
    "read(1000000), one~two~three|end",
    "read(0), |one~two~three|end",
    "readline, one~|two~|three|end",
    "readline(2), on|e~|tw|o~|th|re|e|end",
    "readline(1000000), one~|two~|three|end",
    "readlines, one~|two~|three|end",
    "readlines(1), one~|two~|three|end",
    "iteration, one~|two~|three|end"
  })
  @Holds(Point.INPUT)
  void input(String by, String expected) throws IOException {
    try (HttpConnection connection = connect()) {
      // The next request stands right behind the body: it is not to be read as a part of it.
      connection
          .send(Request.post(target("/input?by=" + by), "one\ntwo\nthree"))
          .send(get("/hello"));
      assertThat(connection.whole("POST").text()).isEqualTo(expected.replace('~', '\n'));
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "read, one~two~three|end",
    "read(0), |one~two~three|end",
    "readline, one~|two~|three|end",
    "readline(2), on|e~|tw|o~|th|re|e|end",
    "readlines, one~|two~|three|end",
    "iteration, one~|two~|three|end"
  })
  @Holds(Point.CHUNKED)
  void inputInChunks(String by, String expected) throws IOException {
    Request request = Request.chunked(target("/input?by=" + by), "one\ntw", "o\nthr", "ee");
    assertThat(ask(request).text()).isEqualTo(expected.replace('~', '\n'));
  }

  @Test
  @Holds(Point.INPUT)
  void inputInPieces() throws IOException {
    assertThat(ask(Request.post(target("/input?by=read(4)"), "0123456789")).text().replace("|", ""))
        .isEqualTo("0123456789end");
  }

  @Test
  @Holds(Point.INPUT)
  void noInput() throws IOException {
    assertThat(ask(get("/input?by=read(1000000)")).text()).isEqualTo("|end");
    assertThat(ask(Request.post(target("/input?by=readlines"), "")).text()).isEqualTo("end");
    assertThat(ask(get("/input?by=iteration")).text()).isEqualTo("end");
  }

  @Test
  @Holds(Point.INPUT)
  void bigUpload() throws IOException {
    String body = new String(pattern(8_000_000, 3), StandardCharsets.ISO_8859_1);
    assertThat(ask(Request.post(target("/upload"), body)).text())
        .isEqualTo("8000000 " + sha256(body));
  }

  @Test
  @Holds(Point.INPUT)
  void uploadThatComesInDribs() throws IOException {
    try (HttpConnection connection = connect()) {
      Request request = Request.post(target("/upload"), "");
      connection.send("POST " + target("/upl"));
      connection.send("oad HTTP/1.1\r\nHost: localhost\r\nContent-Le");
      connection.send("ngth: 6\r\n\r");
      connection.send("\na");
      connection.send("bcde");
      connection.send("f" + get("/hello").head());
      assertThat(connection.whole(request.method()).text()).isEqualTo("6 " + sha256("abcdef"));
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 100_000, 3_000_000})
  @Holds(Point.INPUT)
  void uploadThatNobodyReads(int size) throws IOException {
    String body = "GET /evil HTTP/1.1\r\n\r\n".repeat(size / 22 + 1).substring(0, size);
    try (HttpConnection connection = connect()) {
      Future<Boolean> sent = sendAside(connection, Request.post(target("/hello"), body));
      Response response = connection.whole("POST");
      assertThat(response.text()).isEqualTo("Hello");
      assertThat(response.ending()).isEqualTo(Ending.WHOLE);
      assertNextIsAnsweredOrClosed(connection, sent, response);
    }
  }

  /** What was not read of an upload is never taken for the next request. */
  private void assertNextIsAnsweredOrClosed(
      HttpConnection connection, Future<Boolean> sent, Response response) throws IOException {
    boolean open;
    try {
      open = sent.get() && response.header("Connection").filter("close"::equals).isEmpty();
    } catch (ExecutionException e) {
      open = false;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    if (!open) {
      assertThat(connection.isClosedByServer()).isTrue();
      return;
    }
    Response next;
    try {
      next = connection.ask(get("/late"));
    } catch (IOException e) {
      // closed in time: an answer that any client understands
      return;
    }
    assertThat(next.text()).isEqualTo("late but in time");
  }

  @Test
  @Holds(Point.CHUNKED)
  void chunkedUploadHasNoLength() throws IOException {
    EchoedEnviron environ = environ(Request.chunked(target("/environ"), "chunk"));
    assertThat(environ.keys()).doesNotContain("CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING");
  }

  @Test
  @Holds(Point.CHUNKED)
  void chunkedUpload() throws IOException {
    EchoedEnviron environ = environ(Request.chunked(target("/environ"), "chunk"));
    assertThat(environ.value("wsgi.input_terminated")).isEqualTo("True");
    assertThat(environ.keys()).doesNotContain("HTTP_TRANSFER_ENCODING");
    String part = "0123456789".repeat(2_000);
    assertThat(ask(Request.chunked(target("/upload"), part, "x", part)).text())
        .isEqualTo("40001 " + sha256(part + "x" + part));
  }

  @Test
  @Holds(Point.CHUNKED)
  void chunkExtensionsAndTrailersAreNoData() throws IOException {
    Request request =
        Request.of("POST", target("/upload"))
            .with("Transfer-Encoding: chunked")
            .body("3;name=value\r\nabc\r\n0\r\nX-Trailer: GET /evil HTTP/1.1\r\n\r\n");
    try (HttpConnection connection = connect()) {
      connection.send(request).send(get("/hello"));
      assertThat(connection.whole("POST").text()).isEqualTo("3 " + sha256("abc"));
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
  }

  @Test
  @Holds(Point.EXPECT)
  void continueIsSentOnTheFirstRead() throws IOException {
    try (HttpConnection connection = connect()) {
      Request request = Request.post(target("/upload"), "abc").with("Expect: 100-continue");
      connection.send(request.head());
      assertThat(connection.nextHead("POST").status()).isEqualTo(100);
      connection.send(request.body());
      Response response = connection.nextHead("POST").rest();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("3 " + sha256("abc"));
      assertThat(connection.ask(get("/hello")).text()).isEqualTo("Hello");
    }
  }

  @Test
  @Holds(Point.EXPECT)
  void continueIsNotSentWhereNobodyReads() throws IOException {
    try (HttpConnection connection = connect()) {
      Request request = Request.post(target("/hello"), "abc").with("Expect: 100-continue");
      connection.send(request.head());
      Response response = connection.nextHead("POST").rest();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("Hello");
    }
  }

  @Test
  @Holds(Point.EXPECT)
  void continueIsNeverSentAfterTheHead() throws IOException {
    try (HttpConnection connection = connect()) {
      Request request =
          Request.post(target("/read-after-head"), "abc").with("Expect: 100-continue");
      connection.send(request.head());
      Response response = connection.nextHead("POST");
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.take(5)).isEqualTo("head;");
      connection.send(request.body());
      assertThat(response.rest().text()).isEqualTo("head;abc");
      assertThat(response.ending()).isEqualTo(Ending.WHOLE);
    }
  }

  // ---------------------------------------------------------------- files

  @ParameterizedTest
  @CsvSource({
    "kind=file, 0, 1000",
    "kind=file&size=0, 0, 0",
    "kind=file&skip=100, 100, 900",
    "kind=file&skip=100&length=10, 100, 10",
    "kind=file&length=10, 0, 10",
    "kind=file&size=5000000, 0, 5000000",
    "kind=file&size=5000000&skip=7&length=4000000, 7, 4000000",
    "kind=file&size=300000, 0, 300000",
    "kind=bytes, 0, 1000",
    "kind=bytes&skip=100, 100, 900",
    "kind=bytes&length=10, 0, 10",
    "kind=object, 0, 1000",
    "kind=object&size=100000&skip=9, 9, 99991"
  })
  @Holds(Point.FILE_WRAPPER)
  void file(String query, int start, int size) throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      connection.send(get("/file/" + id + "?" + query)).send(get("/hello"));
      Response response = connection.whole("GET");
      assertThat(response.status()).isEqualTo(200);
      assertSame(response.bytes(), pattern(size, start));
      assertThat(response.ending()).isEqualTo(Ending.WHOLE);
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
    assertClosedOnce(id);
  }

  @ParameterizedTest
  @CsvSource({
    "size=1000, 1000",
    "size=5000000, 5000000",
    "size=5000000&length=4000000, 4000000",
  })
  @Holds(Point.FILE_WRAPPER)
  void fileByPath(String query, int size) throws IOException {
    try (HttpConnection connection = connect()) {
      connection
          .send(get("/file-by-path/" + id() + "?" + query))
          .send(get("/file-by-path/" + id() + "?" + query))
          .send(get("/hello"));
      for (int i = 0; i < 2; i++) {
        Response response = connection.whole("GET");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Length")).contains(String.valueOf(size));
        assertSame(response.bytes(), pattern(size, 0));
      }
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
  }

  @Test
  @Holds(Point.FILE_WRAPPER)
  void fileByPathForHead() throws IOException {
    try (HttpConnection connection = connect()) {
      connection
          .send(Request.of("HEAD", target("/file-by-path/" + id() + "?size=100000")))
          .send(get("/hello"));
      assertThat(connection.whole("HEAD").header("Content-Length")).contains("100000");
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
  }

  @Test
  @Holds(Point.FILE_WRAPPER)
  void fileBehindWrittenBytes() throws IOException {
    String id = id();
    Response response = ask(get("/file/" + id + "?kind=file&size=5&write=head;"));
    assertThat(response.text()).isEqualTo("head;\0\1\2\3\4");
    assertClosedOnce(id);
  }

  @Test
  @Holds(Point.FILE_WRAPPER)
  void fileShorterThanItsLength() throws IOException {
    String id = id();
    Response response = ask(get("/file/" + id + "?kind=file&size=100000&length=200000"));
    assertThat(response.ending()).isEqualTo(Ending.BROKEN_OFF);
    assertClosedOnce(id);
  }

  @Test
  @Holds(Point.FILE_WRAPPER)
  void fileForHead() throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      connection
          .send(Request.of("HEAD", target("/file/" + id + "?kind=file&length=1000")))
          .send(get("/hello"));
      assertThat(connection.whole("HEAD").header("Content-Length")).contains("1000");
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
    assertClosedOnce(id);
  }

  @Test
  @Holds(Point.FILE_WRAPPER)
  void fileForAClientThatLeaves() throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      Response response =
          connection.send(get("/file/" + id + "?kind=file&size=50000000")).next("GET");
      response.take(1000);
      connection.reset();
    }
    assertClosedOnce(id);
  }

  // ---------------------------------------------------------------- the end of things

  @ParameterizedTest
  @ValueSource(strings = {"endless", "write-endless"})
  @Holds(Point.CLIENT_GONE)
  void clientThatLeavesIsNoError(String fixture) throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      connection.send(get("/" + fixture + "/" + id)).next("GET").take(100_000);
      connection.reset();
    }
    assertClosedOnce(id);
    String log = logUntilNow();
    assertThat(log)
        .as("the log from the request on")
        .doesNotContain(fixture + "/" + id + "\": the application failed");
    assertThat(log.lines().filter(line -> line.contains(id) && line.contains("ERROR"))).isEmpty();
    assertThat(ask(get("/hello")).text()).isEqualTo("Hello");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail", "fail-started"})
  @Holds(Point.FAILURE)
  void failureBeforeTheHead(String fixture) throws IOException {
    String id = id();
    try (HttpConnection connection = connect()) {
      Response response = connection.ask(get("/" + fixture + "/" + id));
      assertThat(response.status()).isEqualTo(500);
      assertThat(response.text()).doesNotContain("secret", id, "Traceback", "at dev.wsgibridge");
      if (response.header("Connection").filter("close"::equalsIgnoreCase).isEmpty()) {
        assertThat(connection.ask(get("/hello")).text()).isEqualTo("Hello");
      }
    }
    String log = logOf(id);
    assertThat(log).contains("secret " + id);
    assertThat(log)
        .contains(server.hosted().isPython() ? "Traceback (most recent call last)" : "\tat ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail-mid", "fail-mid-length", "fail-written"})
  @Holds(Point.FAILURE)
  void failureAfterTheHead(String fixture) throws IOException {
    String id = id();
    Response response = ask(get("/" + fixture + "/" + id));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).isEqualTo("first");
    assertThat(response.ending()).isEqualTo(Ending.BROKEN_OFF);
    assertThat(logOf(id)).contains("secret " + id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit", "sys.exit", "interrupt", "recursion"})
  @Holds(Point.FATAL)
  void whatWouldEndAProcess(String kind) throws IOException {
    String id = id();
    // A deep stack takes an interpreted GraalPy seconds.
    int times = kind.equals("recursion") ? 1 : 3;
    for (int i = 0; i < times; i++) {
      Response response = ask(get("/fatal/" + id + "?kind=" + kind));
      assertThat(response.status()).isEqualTo(500);
      assertThat(response.text()).doesNotContain("enough");
    }
    assertThat(ask(get("/hello")).text()).isEqualTo("Hello");
    running().awaitLog(id);
  }

  @Test
  @Holds(Point.PIPELINED)
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    try (HttpConnection connection = connect()) {
      connection.send(
          get("/hello").head()
              + get("/late").head()
              + Request.post(target("/upload"), "abc").head()
              + "abc"
              + get("/write").head()
              + Request.of("HEAD", target("/hello")).head()
              + get("/empty").head()
              + get("/hello").head());
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
      assertThat(connection.whole("GET").text()).isEqualTo("late but in time");
      assertThat(connection.whole("POST").text()).isEqualTo("3 " + sha256("abc"));
      assertThat(connection.whole("GET").text()).isEqualTo("one two three");
      assertThat(connection.whole("HEAD").status()).isEqualTo(200);
      assertThat(connection.whole("GET").status()).isEqualTo(202);
      assertThat(connection.whole("GET").text()).isEqualTo("Hello");
    }
  }

  @Test
  @Holds(Point.ERRORS)
  void errorsReachTheLog() throws IOException {
    String id = id();
    ask(get("/errors/" + id));
    running().awaitLog("written " + id);
    running().awaitLog("lines " + id + ", caf\u00e9 " + id);
    running().awaitLog("printed " + id);
  }

  @Test
  @Holds(Point.ERRORS)
  void whatIsPrintedReachesTheLog() throws IOException {
    String id = id();
    ask(get("/prints/" + id));
    for (String by : List.of("stderr ", "logging ", "stdout ")) {
      running().awaitLog(by + id);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET @ HTTP/1.1",
        "GET @ HTTP/1.1~Host: a~Host: b",
        "POST @ HTTP/1.1~Host: a~Content-Length: 3~Content-Length: 4",
        "POST @ HTTP/1.1~Host: a~Content-Length: -3",
        "POST @ HTTP/1.1~Host: a~Content-Length: 3x",
        "GET @ HTTP/1.1~Host: a~X-Ctl: a\0b",
        "GET @ HTTP/1.1~Host: a~Bad Name: x",
        "GET @ HTTP/1.1~Host: a~No-Colon",
        "GET @ b HTTP/1.1~Host: a"
      })
  @Holds(Point.HTTP)
  void malformedRequestIsRefused(String request) throws IOException {
    try (HttpConnection connection = connect()) {
      connection.send(
          request.replace("@", target("/environ")).replace("~", "\r\n") + "\r\n\r\nabcd");
      assertThat(connection.next("GET").status()).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zz\r\nabc\r\n0\r\n\r\n", "3\r\nabcdef\r\n0\r\n\r\n", "-3\r\nabc\r\n"})
  @Holds(Point.HTTP)
  void malformedChunksAreRefused(String chunks) throws IOException {
    Request request =
        Request.of("POST", target("/upload")).with("Transfer-Encoding: chunked").body(chunks);
    try (HttpConnection connection = connect()) {
      connection.send(request);
      assertThat(connection.next("POST").status()).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 100", "Transfer-Encoding: chunked"})
  @Holds(Point.HTTP)
  void uploadThatBreaksOffIsNotWhole(String framing) throws IOException {
    Request request = Request.of("POST", target("/upload")).with(framing).body("5\r\nabcde\r\n");
    try (HttpConnection connection = connect()) {
      connection.send(request).halfClose();
      Response response;
      try {
        response = connection.whole("POST");
      } catch (IOException e) {
        // the connection ended: no answer is right, too
        return;
      }
      assertThat(response.status()).isEqualTo(400);
    }
  }

  // ---------------------------------------------------------------- the vocabulary

  final Server.Running running() {
    if (running == null) {
      throw new IllegalStateException("not started");
    }
    return running;
  }

  private String mount() {
    return running().mount();
  }

  private String target(String path) {
    return mount() + path;
  }

  private Request get(String path) {
    return Request.get(target(path));
  }

  private HttpConnection connect() throws IOException {
    return HttpConnection.open(running().address());
  }

  /** Asks on a connection of its own. */
  private Response ask(Request request) throws IOException {
    try (HttpConnection connection = connect()) {
      return connection.ask(request);
    }
  }

  private EchoedEnviron environ(Request request) throws IOException {
    return new EchoedEnviron(ask(request));
  }

  private static Future<Boolean> sendAside(HttpConnection connection, Request request) {
    ExecutorService sender = Executors.newSingleThreadExecutor();
    try {
      return sender.submit(
          () -> {
            connection.send(request);
            return true;
          });
    } finally {
      sender.shutdown();
    }
  }

  /** A name for a request that no other has. */
  private static String id() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  /** Opens the gate at which a fixture waits. */
  private void open(String id) throws IOException {
    if (server.scale().isOneAtATime()) {
      // By another request it would be opened behind the one that waits.
      Files.writeString(
          Servers.ledger().resolve(id),
          "open\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } else {
      ask(get("/open/" + id));
    }
  }

  private void assertClosedOnce(String id) throws IOException {
    assertClosedOnce(id, "");
  }

  private void assertClosedOnce(String id, String counts) throws IOException {
    if (!server.hasOneProcess()) {
      return; // The process that knows is gone, or is not the one that is asked.
    }
    for (int i = 0; i < 2; i++) {
      assertThat(ask(get("/closed/" + id)).text()).contains("closed 1, iterator 0,", counts);
    }
  }

  /** The whole log, with all in it that was logged before this call. */
  private String logUntilNow() throws IOException {
    String mark = id();
    ask(get("/errors/" + mark));
    running().awaitLog("printed " + mark);
    return running().log();
  }

  /** The log from the first mention of the request on. */
  private String logOf(String id) throws IOException {
    String log = logUntilNow();
    assertThat(log).contains(id);
    return log.substring(log.indexOf(id));
  }

  /** Much sooner done than AssertJ's: the connection is not to wait for it. */
  private static void assertSame(byte[] found, byte[] expected) {
    assertThat(Arrays.mismatch(found, expected)).as("the first byte that differs").isEqualTo(-1);
  }

  private static byte[] pattern(int size, int start) {
    byte[] pattern = new byte[size];
    for (int i = 0; i < size; i++) {
      pattern[i] = (byte) ((start + i) % 251);
    }
    return pattern;
  }

  private static String sha256(String latin1) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(latin1.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String decoded(String path) {
    return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.ISO_8859_1);
  }

  /** A percent sign without two hexadecimal digits stands for itself. */
  private static String decodedLeniently(String path) {
    return path.endsWith("%") ? path : decoded(path);
  }
}
