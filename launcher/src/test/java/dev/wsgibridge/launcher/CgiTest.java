package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code wsgi-bridge cgi} as a web server starts it: a process with a bare environment. */
@Timeout(120)
class CgiTest {

  private static final Header TEXT = Header.of("Content-Type", "text/plain; charset=utf-8");

  /** Says what it was given. */
  public static final class Fixture implements Application {

    @Override
    public Body call(Environ environ, StartResponse startResponse) throws IOException {
      switch (environ.pathInfo()) {
        case "/broken" -> {
          startResponse.start("200 OK", TEXT).write("part".getBytes(UTF_8));
          throw new IllegalStateException("on purpose");
        }
        case "/prints" -> {
          System.out.println("printed");
          environ.errors().println("told \u00e9");
        }
        default -> {}
      }
      String body = new String(environ.input().readAllBytes(), ISO_8859_1);
      startResponse.start("200 OK", TEXT);
      return Body.of(
          "%s|%s|%s|%s|%s"
              .formatted(
                  environ.scriptName(),
                  environ.pathInfo(),
                  environ.get(Environ.REMOTE_USER),
                  environ.get("CUSTOM"),
                  body));
    }
  }

  @TempDir private Path folder;
  private @Nullable Process process;

  /** How a process has ended. */
  private record Ended(int status, String out, String err) {

    /** What stands behind the head. */
    String body() {
      return out.substring(out.indexOf("\r\n\r\n") + 4);
    }
  }

  @AfterEach
  void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private Ended cgi(Map<String, String> environment, String body, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.add("cgi");
    command.addAll(List.of(arguments));
    return run(command, environment, body);
  }

  private Ended run(List<String> command, Map<String, String> environment, String body)
      throws Exception {
    Path err = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process started = builder.start();
    process = started;
    try (OutputStream in = started.getOutputStream()) {
      in.write(body.getBytes(ISO_8859_1));
    } catch (IOException e) {
      assertThat(e).as("it need not read all").hasMessageContaining("pipe");
    }
    String out = new String(started.getInputStream().readAllBytes(), ISO_8859_1);
    return new Ended(started.waitFor(), out, Files.readString(err));
  }

  private static String fixture() {
    return Fixture.class.getName();
  }

  @Test
  void answersAndEnds() throws Exception {
    Ended ended =
        cgi(
            Map.of(
                "REQUEST_METHOD", "POST",
                "SCRIPT_NAME", "/cgi-bin/app",
                "PATH_INFO", "/a/b",
                "REQUEST_URI", "/cgi-bin/app/a%2Fb",
                "REMOTE_USER", "mallory",
                "CUSTOM", "1",
                "CONTENT_LENGTH", "4"),
            "bodyMORE",
            fixture(),
            "--lint");

    assertThat(ended)
        .isEqualTo(
            new Ended(
                0,
                "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 29\r\n\r\n"
                    + "/cgi-bin/app|/a/b|null|1|body",
                ""));
  }

  @Test
  void believesTheServerWhereAsked() throws Exception {
    Map<String, String> request =
        Map.of("REQUEST_METHOD", "GET", "REQUEST_URI", "/shop/x", "REMOTE_USER", "alice");

    assertThat(cgi(request, "", fixture(), "--remote-user", "--script-name", "/shop").body())
        .isEqualTo("/shop|/x|alice|null|");
  }

  @Test
  void nothingButTheResponseGoesToItsOutput() throws Exception {
    Ended ended = cgi(Map.of("REQUEST_METHOD", "GET", "REQUEST_URI", "/prints"), "", fixture());

    assertThat(ended.body()).isEqualTo("|/prints|null|null|");
    assertThat(ended.err()).isEqualTo("printed\ntold \u00e9\n");
  }

  @Test
  void whatIsBrokenOffEndsWith1() throws Exception {
    Ended ended = cgi(Map.of("REQUEST_METHOD", "GET", "REQUEST_URI", "/broken"), "", fixture());

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.body()).isEqualTo("part");
    assertThat(ended.err()).contains("on purpose");
  }

  @Test
  void aBodyThatStopsShortIsABadRequest() throws Exception {
    Ended ended =
        cgi(
            Map.of("REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", "5"),
            "body",
            fixture());

    assertThat(ended.status()).isZero();
    assertThat(ended.out()).startsWith("Status: 400 Bad Request\r\n");
    assertThat(ended.err())
        .contains("found 4 bytes, expected a CONTENT_LENGTH of 5")
        .doesNotContain("\tat ");
  }

  @Test
  void whatIsNoRequestIsABadOne() throws Exception {
    Ended ended = cgi(Map.of("REQUEST_METHOD", "GET", "REQUEST_URI", "x"), "", fixture());

    assertThat(ended)
        .isEqualTo(
            new Ended(
                1,
                "Status: 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 12\r\n\r\nBad Request\n",
                "wsgi-bridge cgi: CGI: REQUEST_URI: found \"x\", expected a path such as /index\n"));
  }

  @Test
  void byHandItSaysHow() throws Exception {
    assertThat(cgi(Map.of(), "", "hello.py"))
        .isEqualTo(
            new Ended(
                1,
                "",
                "wsgi-bridge cgi: found no REQUEST_METHOD in the environment, expected a web server to set it; by hand: REQUEST_METHOD=GET REQUEST_URI=/ wsgi-bridge cgi hello.py\n"));
  }

  @Test
  void whatCantBeLoadedIsAnsweredToo() throws Exception {
    Ended ended = cgi(Map.of("REQUEST_METHOD", "GET", "REQUEST_URI", "/"), "", "java.lang.String");

    assertThat(ended)
        .isEqualTo(
            new Ended(
                1,
                "Status: 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 22\r\n\r\nInternal Server Error\n",
                "wsgi-bridge cgi: class java.lang.String is no application: it should implement dev.wsgibridge.Application\n"));
  }

  /** The server has lost its interest. */
  @Test
  void sigtermEndsIt() throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "cgi",
            Waiting.class.getName());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err").toFile());
    builder.environment().putAll(Map.of("REQUEST_METHOD", "GET", "REQUEST_URI", "/"));
    Process started = builder.start();
    process = started;
    assertThat(started.getInputStream().read()).isEqualTo('S');

    assertThat(started.toHandle().destroy()).isTrue();

    assertThat(started.waitFor()).isEqualTo(143);
  }

  /** Never ends its response. */
  public static final class Waiting implements Application {

    @Override
    public Body call(Environ environ, StartResponse startResponse) throws Exception {
      startResponse.start("200 OK", TEXT).write("part".getBytes(UTF_8));
      new CountDownLatch(1).await();
      return Body.empty();
    }
  }
}
