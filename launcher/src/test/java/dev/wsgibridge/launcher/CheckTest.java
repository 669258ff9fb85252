package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code wsgi-bridge check}, with the Python that {@code --python auto} finds. */
@Timeout(120)
class CheckTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path folder;

  private int check(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "check";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Main.run(
        new Sources(Map.of(), folder),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8),
        new StopSignal(),
        all);
  }

  @Test
  void theFileMayNameTheApplication() throws Exception {
    Files.writeString(
        folder.resolve("wsgi-bridge.toml"), "app = 'dev.wsgibridge.examples.Hello'\n");
    assertThat(check()).as(err.toString(UTF_8)).isZero();
    assertThat(out.toString(UTF_8)).contains("dev.wsgibridge.examples.Hello");

    Files.delete(folder.resolve("wsgi-bridge.toml"));
    assertThat(check()).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .startsWith("wsgi-bridge check: Missing required parameter: 'APP'");
  }

  private String file(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  @Test
  void allIsWell() throws Exception {
    Files.createDirectory(folder.resolve("site"));
    file("site/bottle.py", "__version__ = '0.99'\n");
    String application =
        file(
            "well.py",
            """
            import bottle

            def application(environ, start_response):
                text = environ["REQUEST_METHOD"] + " " + environ["PATH_INFO"]
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [text.encode("latin-1")]
            """);

    // In a process of its own: another test's bottle is the real one.
    String packages = folder.resolve("site").toString();
    assertThat(check(application, "--workers", "1", "--python-path", packages, "--path", "/x"))
        .as("%s%s", out, err)
        .isZero();

    assertThat(out.toString(UTF_8).lines())
        .anyMatch(line -> line.matches("application +" + application))
        .anyMatch(line -> line.matches("runs on +(CPython|GraalPy) .*"))
        .anyMatch(line -> line.matches("GET /x +200 OK, text/plain, 6 bytes in .* ms"))
        .anyMatch(
            line -> line.matches("GET /x/no-such-caf%C3%A9/a%2Fb +200 OK, text/plain, 24 bytes .*"))
        .anyMatch(line -> line.matches("HEAD /x +200 OK, text/plain, 0 bytes .*"))
        .anyMatch(line -> line.matches("POST /x, a form +200 OK, text/plain, 7 bytes .*"))
        .anyMatch(line -> line.matches("frameworks +bottle .*"))
        .anyMatch(line -> line.matches("native modules +none .*"))
        .last()
        .asString()
        .matches("result +no request failed, and no rule was broken");
  }

  @Test
  void rulesBrokenInPython() throws Exception {
    String application =
        file(
            "broken.py",
            """
            def application(environ, start_response):
                if environ["REQUEST_METHOD"] == "HEAD":
                    start_response("200 OK", [])
                    return []
                start_response("200 OK", [("Content-Type", "text/plain")])
                return fails()

            def fails():
                yield b"good"
                yield "text"
            """);

    assertThat(check(application)).isOne();

    assertThat(out.toString(UTF_8))
        .contains("File \"%s\", line 10, in fails".formatted(application))
        .contains("found 'text' (str), expected bytes; encode it")
        .contains("CONTENT_TYPE_MISSING: found none with 200")
        .contains("the application: %s, line 1\n".formatted(application))
        .contains("6 of 6 requests failed");
  }

  @Test
  void rulesBrokenInJava() {
    assertThat(check(Broken.class.getName())).isOne();

    assertThat(out.toString(UTF_8))
        .contains("HEADER_HOP_BY_HOP: found header Connection")
        .contains("the application: CheckTest.java, line ");
  }

  /** Begins its response with what is the server's. */
  public static final class Broken implements Application {

    /** To be loaded by its name. */
    public Broken() {}

    @Override
    public Body call(Environ environ, StartResponse startResponse) {
      startResponse.start("200 OK", Header.of("Connection", "close"));
      return Body.empty();
    }
  }

  @Test
  void whatCantBeImported() throws Exception {
    assertThat(check(file("shop.py", "import no_such_thing\n"))).isOne();
    assertThat(err.toString(UTF_8))
        .contains("shop.py can't be loaded: no module 'no_such_thing' in ")
        .contains(" -m pip install no_such_thing, or add its folder with --python-path DIR");
  }

  @Test
  void whatHangs() {
    assertThat(check(Hanging.class.getName(), "--timeout", "1ms")).isOne();
    assertThat(out.toString(UTF_8))
        .contains("no answer, or no end of it, for 1 s")
        .endsWith("the application hangs; the other requests were not sent\n");
  }

  /** Never answers. */
  public static final class Hanging implements Application {

    /** To be loaded by its name. */
    public Hanging() {}

    @Override
    public Body call(Environ environ, StartResponse startResponse) throws Exception {
      new CountDownLatch(1).await();
      return Body.empty();
    }
  }

  @Test
  void pathThatIsNone() {
    assertThat(check("dev.wsgibridge.examples.Hello", "--path", "x")).isOne();
    assertThat(err.toString(UTF_8))
        .isEqualToNormalizingNewlines(
            "wsgi-bridge check: --path: found 'x', expected a path such as /admin/\n");
  }
}
