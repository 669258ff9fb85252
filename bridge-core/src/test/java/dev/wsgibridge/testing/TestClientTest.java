package dev.wsgibridge.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import dev.wsgibridge.validate.Validator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestClientTest {

  private static final Header TEXT = Header.of("Content-Type", "text/plain; charset=utf-8");

  /** Answers with the values of some keys, a line each. */
  private static Application echo(String... keys) {
    return new Validator()
        .wrap(
            (environ, startResponse) -> {
              StringBuilder lines = new StringBuilder();
              for (String key : keys) {
                lines.append(environ.getOrDefault(key, "-")).append('\n');
              }
              lines.append(new String(environ.input().readAllBytes(), UTF_8));
              startResponse.start("200 OK", TEXT);
              return Body.of(lines.toString());
            });
  }

  @Test
  void getsAnAnswer() {
    Answer answer =
        TestClient.of(echo("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "HTTPS"))
            .get("/a%20b?x=1");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.reason()).isEqualTo("OK");
    assertThat(answer.header("content-TYPE")).isEqualTo("text/plain; charset=utf-8");
    assertThat(answer.header("X-None")).isNull();
    assertThat(answer.text()).isEqualTo("GET\n/a b\nx=1\nlocalhost\n-\n");
    assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(answer.failure()).isNull();
    assertThat(answer.errors()).isEmpty();
  }

  @Test
  void sendsHeaders() {
    Answer answer =
        TestClient.of(echo("HTTP_X_TEST", "HTTP_HOST", "CONTENT_TYPE"))
            .request("GET", "/")
            .header("X-Test", "a")
            .header("x-test", "b")
            .header("Host", "example.org")
            .send();

    assertThat(answer.text()).isEqualTo("a,b\nexample.org\n-\n");
  }

  @Test
  void sendsBytes() {
    Answer answer =
        TestClient.of(echo("CONTENT_TYPE", "CONTENT_LENGTH"))
            .request("PUT", "/")
            .body(new byte[] {'a', 'b'})
            .send();

    assertThat(answer.text()).isEqualTo("-\n2\nab");
  }

  @Test
  void sendsText() {
    TestClient client = TestClient.of(echo("CONTENT_TYPE", "CONTENT_LENGTH"));

    assertThat(client.request("POST", "/").body("\u00e9").send().text())
        .isEqualTo("text/plain; charset=utf-8\n2\n\u00e9");
    assertThat(
            client
                .request("POST", "/")
                .header("Content-Type", "application/json")
                .body("{}")
                .send()
                .text())
        .isEqualTo("application/json\n2\n{}");
  }

  @Test
  void sendsForms() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("name", "Ada & \u00c9ve");
    fields.put("a=b", "");

    Answer answer = TestClient.of(echo("CONTENT_TYPE")).request("POST", "/").form(fields).send();

    assertThat(answer.text())
        .isEqualTo("application/x-www-form-urlencoded\nname=Ada+%26+%C3%89ve&a%3Db=");
  }

  @Test
  void standsBelowAPrefix() {
    Answer answer =
        TestClient.of(echo("SCRIPT_NAME", "PATH_INFO", "REQUEST_URI"))
            .request("GET", "/x?y")
            .mount("/caf\u00e9 au lait/a")
            .send();

    assertThat(answer.body())
        .isEqualTo(
            "/caf\u00c3\u00a9 au lait/a\n/x\n/caf%C3%A9%20au%20lait/a/x?y\n".getBytes(UTF_8));
  }

  @Test
  void speaksHttps() {
    assertThat(
            TestClient.of(echo("wsgi.url_scheme", "HTTPS", "SERVER_PORT"))
                .request("GET", "/")
                .https()
                .send()
                .text())
        .isEqualTo("https\non\n443\n");
  }

  @Test
  void setsKeysOfTheEnviron() {
    assertThat(
            TestClient.of(echo("REMOTE_USER"))
                .request("GET", "/")
                .environ("REMOTE_USER", "ada")
                .send()
                .text())
        .isEqualTo("ada\n");
  }

  @Test
  void leavesARequestAsItWas() {
    TestClient client = TestClient.of(echo("HTTP_X_TEST", "REMOTE_USER", "SCRIPT_NAME", "HTTPS"));
    Request plain = client.request("POST", "/");

    Request other =
        plain.header("X-Test", "a").environ("REMOTE_USER", "b").mount("/c").https().body("d");

    assertThat(plain.send().text()).isEqualTo("-\n-\n\n-\n");
    assertThat(other.send().text()).isEqualTo("a\nb\n/c\non\nd");
  }

  @Test
  void keepsCookies() {
    List<String> setCookies = new ArrayList<>();
    TestClient client =
        TestClient.of(
            (environ, startResponse) -> {
              startResponse.start(
                  "200 OK", setCookies.stream().map(c -> Header.of("Set-Cookie", c)).toList());
              return Body.of(environ.getOrDefault("HTTP_COOKIE", "-").toString());
            });

    setCookies.addAll(List.of("a=1; Path=/; HttpOnly", "b=x=\"y z\"; Max-Age=60", "nonsense"));
    assertThat(client.get("/").text()).isEqualTo("-");
    setCookies.clear();
    assertThat(client.get("/").text()).isEqualTo("a=1; b=x=\"y z\"");
    assertThat(client.request("GET", "/").header("Cookie", "c=3").send().text())
        .isEqualTo("c=3; a=1; b=x=\"y z\"");
    setCookies.addAll(
        List.of("a=2; Expires=Wed, 01 Jan 3000 00:00:00 GMT", "b=; max-age=0", "d=4; Max-Age=x"));
    assertThat(client.get("/").status()).isEqualTo(200);
    assertThat(client.cookies()).isEqualTo(Map.of("a", "2", "d", "4"));
    setCookies.clear();
    setCookies.addAll(
        List.of("a=; expires=Thu, 01-Jan-1970 00:00:00 GMT", "d=5; Expires=nonsense"));
    assertThat(client.get("/").status()).isEqualTo(200);
    assertThat(client.cookies()).isEqualTo(Map.of("d", "5"));
    assertThat(TestClient.of(echo()).cookies()).isEmpty();
  }

  @Test
  void tellsBlocksApart() {
    Answer answer =
        TestClient.of(
                (environ, startResponse) -> {
                  StartResponse.Writer writer =
                      startResponse.start(
                          "200 OK",
                          Header.of("Content-Type", "text/plain; charset=\"ISO-8859-1\""));
                  writer.write("a".getBytes(ISO_8859_1));
                  return Body.of(
                      List.of("\u00e9".getBytes(ISO_8859_1), new byte[0], "c".getBytes(UTF_8)));
                })
            .get("/");

    assertThat(answer.blocks()).hasSize(3);
    assertThat(answer.text()).isEqualTo("a\u00e9c");
  }

  @Test
  void leavesWhenItHasEnough() {
    Answer answer =
        TestClient.of(
                (environ, startResponse) -> {
                  startResponse.start("200 OK", TEXT);
                  return Body.of(List.of("ab".getBytes(UTF_8), "cd".getBytes(UTF_8)));
                })
            .request("GET", "/")
            .leaveAfter(2)
            .send();

    assertThat(answer.outcome()).isEqualTo(Outcome.CLIENT_GONE);
    assertThat(answer.text()).isEqualTo("ab");
  }

  @Test
  void tellsWhatTheApplicationFailedWith() {
    Answer answer =
        TestClient.of(
                (environ, startResponse) -> {
                  environ.errors().println("oh dear");
                  throw new IllegalStateException("no luck");
                })
            .get("/");

    assertThat(answer.failure()).isInstanceOf(IllegalStateException.class).hasMessage("no luck");
    assertThat(answer.errors().strip()).isEqualTo("oh dear");
    assertThat(answer)
        .hasToString(
            "500 Internal Server Error | Content-Type: text/plain; charset=utf-8"
                + " | Content-Length: 22 | 22 bytes, COMPLETE, java.lang.IllegalStateException: no"
                + " luck");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "http://localhost/"})
  void refusesSuchATarget(String target) {
    TestClient client = TestClient.of(echo());

    assertThatThrownBy(() -> client.get(target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("target: found \"%s\", expected a path such as /shop?page=2".formatted(target));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "shop", "/shop/"})
  void refusesSuchAMount(String mount) {
    Request request = TestClient.of(echo()).request("GET", "/");

    assertThatThrownBy(() -> request.mount(mount))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "mount: found \"%s\", expected a path such as /shop, without a slash at its end"
                .formatted(mount));
  }
}
