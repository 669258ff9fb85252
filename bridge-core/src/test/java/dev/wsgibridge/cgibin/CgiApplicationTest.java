package dev.wsgibridge.cgibin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.RequestBodyException;
import dev.wsgibridge.Workers;
import dev.wsgibridge.await.Await;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.Request;
import dev.wsgibridge.testing.TestClient;
import dev.wsgibridge.validate.Validator;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real programs: /bin/sh is everywhere that CGI is. */
@Timeout(60)
class CgiApplicationTest {

  private static final LoadOptions OPTIONS =
      LoadOptions.defaults(CgiApplicationTest.class.getClassLoader());
  private static final String HEAD = "printf 'Content-Type: text/plain\\n\\n'";

  @TempDir private Path folder;

  private Path program(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static TestClient client(Path place, LoadOptions options) throws LoadException {
    Application application = Applications.load("cgi:" + place, options);
    return TestClient.of(new Validator().wrap(application));
  }

  /** A program of these lines. */
  private TestClient client(String... lines) throws Exception {
    return client(program("program.cgi", lines), OPTIONS);
  }

  private static LoadOptions timeout(Duration timeout) {
    return OPTIONS.withWorkers(new Workers(0, timeout, 0, 0, 0, false, false));
  }

  private static Map<String, String> variables(Answer answer) {
    return answer
        .text()
        .lines()
        .map(line -> line.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  @Test
  void environment() throws Exception {
    Request request =
        client(HEAD, "env -u PWD -u _ -u SHLVL -u OLDPWD")
            .request("POST", "/a%20b/caf%C3%A9?x=1&y=%20")
            .mount("/shop")
            .header("X-Requested-With", "test")
            .header("Proxy", "http://evil.example/")
            .header("Authorization", "Basic c2VjcmV0")
            .environ("REMOTE_USER", "ada")
            .environ("SECRET_OF_THE_FRONT", "hidden")
            .body("hello");

    Map<String, String> variables = variables(request.send());

    assertThat(variables)
        .containsEntry("REQUEST_METHOD", "POST")
        .containsEntry("SCRIPT_NAME", "/shop")
        .containsEntry("PATH_INFO", "/a b/caf\u00e9")
        .containsEntry("QUERY_STRING", "x=1&y=%20")
        .containsEntry("REQUEST_URI", "/shop/a%20b/caf%C3%A9?x=1&y=%20")
        .containsEntry("CONTENT_LENGTH", "5")
        .containsEntry("CONTENT_TYPE", "text/plain; charset=utf-8")
        .containsEntry("GATEWAY_INTERFACE", "CGI/1.1")
        .containsEntry("SERVER_PROTOCOL", "HTTP/1.1")
        .containsEntry("SERVER_NAME", "localhost")
        .containsEntry("SERVER_PORT", "80")
        .containsEntry("REMOTE_ADDR", "127.0.0.1")
        .containsEntry("REMOTE_USER", "ada")
        .containsEntry("HTTP_HOST", "localhost")
        .containsEntry("HTTP_X_REQUESTED_WITH", "test")
        .containsEntry("SCRIPT_FILENAME", folder.resolve("program.cgi").toString())
        .containsEntry("PATH", System.getenv("PATH"));
    assertThat(variables.keySet())
        .as("neither the client's password nor what is the server's")
        .isSubsetOf(
            "REQUEST_METHOD SCRIPT_NAME PATH_INFO QUERY_STRING REQUEST_URI CONTENT_LENGTH CONTENT_TYPE GATEWAY_INTERFACE SERVER_PROTOCOL SERVER_NAME SERVER_PORT SERVER_SOFTWARE REMOTE_ADDR REMOTE_USER HTTP_HOST HTTP_X_REQUESTED_WITH SCRIPT_FILENAME PATH LANG LC_ALL LC_CTYPE TZ"
                .split(" "));
  }

  @Test
  void bytesThatAreNoTextInAPath() throws Exception {
    assertThat(client(HEAD).get("/%ff").status()).isEqualTo(400);
    assertThat(client(HEAD).get("/%00").status()).isEqualTo(400);
  }

  @Test
  void itsOwnNameIsTheOnlyArgument() throws Exception {
    assertThat(client(HEAD, "printf '%s|%s|' \"$0\" $#; pwd").get("/?a+b").text())
        .isEqualTo("%s|0|%s\n".formatted(folder.resolve("program.cgi"), folder.toRealPath()));
  }

  @Test
  void headIsItsOwn() throws Exception {
    Answer answer =
        client(
                "printf 'Status: 404 No such shop\\r\\nContent-Type: text/html\\r\\n'",
                "printf 'Set-Cookie: a=1\\r\\nSet-Cookie: b=2\\r\\n\\r\\ngone'")
            .get("/");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.reason()).isEqualTo("No such shop");
    assertThat(answer.headers("Set-Cookie")).containsExactly("a=1", "b=2");
    assertThat(answer.text()).isEqualTo("gone");
    assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://example.org/next", "/shop/next"})
  void redirects(String location) throws Exception {
    Answer answer = client("printf 'Location: %s\\n\\n'".formatted(location)).get("/");

    assertThat(answer.status()).isEqualTo(302);
    assertThat(answer.header("Location")).isEqualTo(location);
  }

  @Test
  void largeBodiesPassBothWaysAtOnce() throws Exception {
    byte[] body = new byte[5_000_000];
    new Random(1).nextBytes(body);

    Answer answer = client(HEAD, "exec cat").request("POST", "/").body(body).send();

    assertThat(answer.body()).isEqualTo(body);
    assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
  }

  @Test
  void bodyThatNobodyReads() throws Exception {
    byte[] body = new byte[5_000_000];
    assertThat(client(HEAD, "echo done").request("PUT", "/").body(body).send().text())
        .isEqualTo("done\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 3_000_000})
  void bodyOfUntoldLength(int length) throws Exception {
    byte[] body = new byte[length];
    Arrays.fill(body, (byte) 'x');

    Answer answer =
        client(HEAD, "echo \"$CONTENT_LENGTH\"; cat")
            .request("POST", "/")
            .environ("wsgi.input", new ByteArrayInputStream(body))
            .send();

    assertThat(answer.text())
        .isEqualTo((length == 0 ? "" : length) + "\n" + new String(body, UTF_8));
  }

  @ParameterizedTest
  @CsvSource({"9, memory", "10, memory", "11, file", "99, file", "100, file", "101, none"})
  void untoldLengthIsHeldUpToItsLimits(int length, String where) throws Exception {
    InputStream body = new ByteArrayInputStream(new byte[length]);
    if (where.equals("none")) {
      assertThatThrownBy(() -> HeldBody.of(body, 10, 100))
          .isInstanceOfSatisfying(
              CgiException.class, e -> assertThat(e.status()).isEqualTo("413 Content Too Large"));
    } else {
      try (HeldBody held = HeldBody.of(body, 10, 100)) {
        assertThat(held.length()).isEqualTo(length);
        assertThat(held.stream().readAllBytes()).hasSize(length);
        assertThat(held.stream() instanceof ByteArrayInputStream).isEqualTo(where.equals("memory"));
      }
    }
  }

  @Test
  void bodyThatBreaksOff() throws Exception {
    InputStream part = new ByteArrayInputStream("part".getBytes(UTF_8));
    InputStream broken =
        new FilterInputStream(part) {
          @Override
          public int read(byte[] block, int offset, int length) throws IOException {
            int read = super.read(block, offset, length);
            if (read < 0) {
              throw new RequestBodyException(new IOException("reset"));
            }
            return read;
          }
        };

    Answer answer =
        client("cat >/dev/null", HEAD, "echo whole")
            .request("POST", "/")
            .header("Content-Length", "10")
            .environ("wsgi.input", broken)
            .send();

    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void standardErrorIsWsgiErrors() throws Exception {
    Answer answer =
        client("echo one >&2; echo 'tw\u00f6' >&2; printf three >&2", HEAD, "echo body").get("/");

    assertThat(answer.errors()).isEqualTo("one\ntw\u00f6\nthree\n");
    assertThat(answer.text()).isEqualTo("body\n");
  }

  @Test
  void standardErrorIsBounded() throws Exception {
    Answer answer =
        client("head -c 1000000 /dev/zero | tr '\\0' x >&2", HEAD, "echo body").get("/");

    assertThat(answer.text()).isEqualTo("body\n");
    assertThat(answer.errors())
        .hasSizeBetween(ErrorLines.MAX_BYTES, ErrorLines.MAX_BYTES + 200)
        .endsWith("… and more: a request may say 65536 bytes here\n");
  }

  @ParameterizedTest
  @CsvSource({
    "exit 3",
    "echo '<html>'; echo",
    "printf 'Content-Type: text/plain\\nTransfer-Encoding: chunked\\n\\n'",
    "printf 'Content-Type: text/plain\\nX: %s\\n\\n' \"$(head -c 70000 /dev/zero | tr '\\0' x)\"",
    "printf 'HTTP/1.1 200 OK\\nContent-Type: text/plain\\n\\n'",
    "kill -9 $$",
  })
  void badGateway(String line) throws Exception {
    Answer answer = client(line).get("/");

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.text()).isEqualTo("Bad Gateway\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "echo; echo body | 200",
        "printf 'Status: 301 Moved\\nLocation: /x\\n\\nbody\\n' | 301",
        "printf 'Content-Type: a/b\\nStatus: 200 OK\\nStatus: 404 Gone\\n\\nbody\\n' | 404",
        "printf 'Content-Type: a/b\\nConnection: close\\n\\nbody\\n' | 200",
      })
  void whatApacheServesIsServed(String line, int status) throws Exception {
    Answer answer = client(line).get("/");

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).isEqualTo("body\n");
    assertThat(answer.header("Connection")).isNull();
  }

  @Test
  void programThatCantBeStarted() throws Exception {
    Path program = program("gone.cgi");
    Files.writeString(program, "#!/no/such/interpreter\n");
    assertThat(client(program, OPTIONS).get("/").status()).isEqualTo(502);
  }

  @Test
  void headUpToItsLimit() throws Exception {
    int fill = ProgramHead.MAX_BYTES - "Content-Type: text/plain\nX: \n\n".length();
    String program =
        "printf 'Content-Type: text/plain\\nX: %%s\\n\\n' \"$(head -c %d /dev/zero | tr '\\0' x)\"";

    assertThat(client(program.formatted(fill)).get("/").status()).isEqualTo(200);
    assertThat(client(program.formatted(fill + 1)).get("/").status()).isEqualTo(502);
  }

  @Test
  void programThatIsKilledHalfWay() throws Exception {
    Answer answer = client(HEAD, "echo begun; kill -9 $$").get("/");

    assertThat(answer.text()).isEqualTo("begun\n");
    assertThat(answer.outcome()).isEqualTo(Outcome.BROKEN_OFF);
  }

  @Test
  void silenceBeforeTheHeadIsAGatewayTimeout() throws Exception {
    // The child holds the output open: the whole tree has to go.
    Path program = program("hangs.cgi", "sleep 300 & echo $! >child; wait");

    Answer answer = client(program, timeout(Duration.ofMillis(300))).get("/");

    assertThat(answer.status()).isEqualTo(504);
    assertEnded(folder.resolve("child"));
  }

  @Test
  void silenceAfterTheHeadBreaksOff() throws Exception {
    Path program =
        program(
            "hangs.cgi",
            "trap '' TERM",
            HEAD,
            "echo begun; echo $$ >self; while :; do sleep 300; done");

    Answer answer = client(program, timeout(Duration.ofMillis(300))).get("/");

    assertThat(answer.text()).isEqualTo("begun\n");
    assertThat(answer.outcome()).isEqualTo(Outcome.BROKEN_OFF);
    assertEnded(folder.resolve("self"));
  }

  @Test
  void childrenThatLostTheirParentAreEndedToo() throws Exception {
    // The shell in between has ended, and the program after it; the child holds the output open.
    Path program = program("orphan.cgi", "(sleep 300 & echo $! >child)");

    Answer answer = client(program, timeout(Duration.ofMillis(300))).get("/");

    assertThat(answer.status()).isEqualTo(504);
    assertEnded(folder.resolve("child"));
  }

  @Test
  void childrenThatLostTheirParentAreEndedAfterTheResponse() throws Exception {
    Path program = program("orphan.cgi", HEAD, "(sleep 300 >/dev/null & echo $! >child)");

    assertThat(client(program, OPTIONS).get("/").outcome()).isEqualTo(Outcome.COMPLETE);
    assertEnded(folder.resolve("child"));
  }

  @Test
  void aJobThatLetsGoOfTheProgramGoesOn() throws Exception {
    Path program =
        program("job.cgi", HEAD, "{ read line; echo $line; } >done 2>/dev/null <gate & echo begun");
    assertThat(new ProcessBuilder("mkfifo", folder.resolve("gate").toString()).start().waitFor())
        .isZero();

    assertThat(client(program, OPTIONS).get("/").text()).isEqualTo("begun\n");
    Files.writeString(folder.resolve("gate"), "went on\n");
    Await.until("the job", () -> Files.readString(folder.resolve("done")).equals("went on\n"));
  }

  private static void assertEnded(Path pidFile) throws Exception {
    long pid = Long.parseLong(Files.readString(pidFile).strip());
    Await.until(
        "the end of process " + pid,
        () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void clientThatLeavesEndsTheProgram() throws Exception {
    Answer answer =
        client("echo $$ >self", HEAD, "while :; do echo tick; done")
            .request("GET", "/")
            .leaveAfter(10)
            .send();

    assertThat(answer.outcome()).isEqualTo(Outcome.CLIENT_GONE);
    assertEnded(folder.resolve("self"));
  }

  @Test
  void noMoreAtOnceThanAllowed() throws Exception {
    Path program =
        program(
            "one.cgi",
            HEAD,
            "echo begun; [ \"$QUERY_STRING\" ] || { : >running; read line <gate; }");
    assertThat(new ProcessBuilder("mkfifo", folder.resolve("gate").toString()).start().waitFor())
        .isZero();
    LoadOptions one =
        new LoadOptions(
            "auto",
            List.of(),
            new Workers(Workers.AUTO, Duration.ZERO, 0, 0, 0, false, false), // who waits, waits
            1,
            0,
            OPTIONS.classLoader());
    TestClient client = client(program, one);

    CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> client.get("/"));
    Await.until("the program's file", () -> Files.exists(folder.resolve("running")));
    Answer second = client.get("/?second");
    Files.writeString(folder.resolve("gate"), "go\n");

    assertThat(second.status()).isEqualTo(503);
    assertThat(second.header("Retry-After")).isEqualTo("1");
    assertThat(first.join().text()).isEqualTo("begun\n");
    assertThat(client.get("/?third").text()).isEqualTo("begun\n");
  }

  @ParameterizedTest
  @CsvSource({
    "/old.cgi, 200, /bin/old.cgi||",
    "/old.cgi/, 200, /bin/old.cgi|/|",
    "/old.cgi/a/b%2Fc//d, 200, /bin/old.cgi|/a/b/c//d|",
    "/deep/er/new.cgi/x, 200, /bin/deep/er/new.cgi|/x|",
    "/, 404,",
    "/deep, 404,",
    "/none.cgi, 404,",
    "/.hidden.cgi, 404,",
    "/deep/../old.cgi, 404,",
    "/deep/%2e%2e/old.cgi, 404,",
    "/..%2fbin%2fold.cgi, 404,",
    "//old.cgi, 404,",
    "/old.cgi%00, 404,",
    "/%ff, 404,",
    "/data.txt, 403,",
    "/text.cgi, 403,",
    "/outside.cgi, 403,",
    "/linked.cgi/x, 200, /bin/linked.cgi|/x|",
  })
  void folderOfPrograms(String target, int status, String text) throws Exception {
    String echo = "echo \"$SCRIPT_NAME|$PATH_INFO|\"";
    Path outside = program("outside.cgi", HEAD, echo);
    Path bin = folder.resolve("bin");
    Path old = program("bin/old.cgi", HEAD, echo);
    program("bin/deep/er/new.cgi", HEAD, echo);
    program("bin/.hidden.cgi", HEAD, echo);
    Files.writeString(bin.resolve("data.txt"), "data");
    Files.writeString(program("bin/text.cgi"), "not for a shell to guess");
    Files.createSymbolicLink(bin.resolve("outside.cgi"), outside);
    Files.createSymbolicLink(bin.resolve("linked.cgi"), old);

    Answer answer = client(bin, OPTIONS).request("GET", target).mount("/bin").send();

    assertThat(answer.status()).isEqualTo(status);
    if (text != null) {
      assertThat(answer.text()).isEqualTo(text + "\n");
    }
  }

  @Test
  void whatIsNoProgram() throws Exception {
    Path text = Files.writeString(folder.resolve("text.cgi"), "#!/bin/sh\n");
    assertThatThrownBy(() -> client(text, OPTIONS))
        .isInstanceOf(LoadException.class)
        .hasMessage(
            "cgi:%s: found a file that may not be executed, expected a CGI program; chmod +x it"
                .formatted(text));
    assertThatThrownBy(() -> client(folder.resolve("none"), OPTIONS))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining("found no such file, expected a CGI program, or a folder of them");
    Path noInterpreter = Files.write(program("plain.cgi"), "echo".getBytes(UTF_8));
    assertThatThrownBy(() -> client(noInterpreter, OPTIONS))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining("found a text without #! in its first line");
  }
}
