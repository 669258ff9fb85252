package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command says where it does not serve. */
@Timeout(60)
class MainTest {

  private static final String HELLO = "dev.wsgibridge.examples.Hello";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path folder;

  private int run(String... arguments) {
    return run(Map.of(), arguments);
  }

  private int run(Map<String, String> environment, String... arguments) {
    StopSignal stop = new StopSignal();
    stop.raise(); // Whatever starts after all stops at once.
    return Main.run(
        new Sources(environment, folder),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8),
        stop,
        arguments);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--nosuch | Unknown option: '--nosuch'",
        "a.py b.py | Unmatched argument at index 1: 'b.py'",
        "--bind | Missing required parameter for option '--bind' (URL)",
        "--threads 0 | Invalid value for option '--threads': found '0', expected 1 or more",
        "--threads x | Invalid value for option '--threads': found 'x', expected 1 or more",
        "--split middle | Invalid value for option '--split': found 'middle', expected one of mount, script, front",
        "--header-map keep | Invalid value for option '--header-map': found 'keep', expected one of drop, dangerous",
        "hello.py cgi hello.py | found APP before cgi, expected it behind",
        "--lint cgi hello.py | found --lint before cgi, expected it behind",
        "--graceful-timeout soon | Invalid value for option '--graceful-timeout': found 'soon', expected a time such as 30s, 500ms or 2m",
      })
  void wrongUsageExitsWith2(String arguments, String message) {
    assertThat(run(arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .isEqualToNormalizingNewlines(
            "wsgi-bridge: %s\nwsgi-bridge --help shows how it is used\n".formatted(message));
    assertThat(out.toString(UTF_8)).isEmpty();
  }

  @Test
  void aTypoIsGuessed() {
    assertThat(run("--pyton=graalpy")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--pyton", "--python");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HELLO --bind 127.0.0.1:8080 | --bind: '127.0.0.1:8080': it has no scheme; expected http://HOST:PORT, such as http://127.0.0.1:8080 (port 0 picks a free one), http+unix:///PATH, or http+fd:0",
        "HELLO --bind https://127.0.0.1:0 | --bind: 'https://127.0.0.1:0': found the scheme https, expected one of http, fcgi, scgi, uwsgi, ajp",
        "HELLO --bind fcgi+fd:0 --bind scgi+fd:0 | --bind: found fd 0 more than once, expected one; there is only one socket on it",
        "HELLO --bind ajp://0.0.0.0:0 | can't listen at ajp://0.0.0.0:0: AJP needs a secret at an address that other machines reach; give one with --ajp-secret or in the variable WSGI_BRIDGE_AJP_SECRET, and to the front too, or listen at 127.0.0.1",
        "HELLO --ajp-secret= | --ajp-secret: found an empty one, expected a secret",
        "HELLO --allow-from localhost | --allow-from: found 'localhost', expected an address such as 10.0.0.1 or 10.0.0.0/8, where the bits behind the prefix are 0",
        "HELLO --chmod-socket 999 | --chmod-socket: found '999', expected three octal digits, such as 660",
        "HELLO --chown-socket : | --chown-socket: found ':', expected USER, USER:GROUP or :GROUP, such as www-data:www-data",
        "HELLO --split front --script-name /a | --split: found front and --script-name, expected one of them: with front the prefix is the front's SCRIPT_NAME",
        "--mount /hello | --mount: found '/hello', expected /PREFIX=APP, such as /shop=shop.py",
        "--mount /hello= | --mount: found '/hello=', expected /PREFIX=APP, such as /shop=shop.py",
        "--mount hello=HELLO | --mount: found 'hello', expected a path that begins with a slash, such as /shop",
        "--mount /a=HELLO --mount /a/=HELLO | --mount: found two applications at /a, expected one; give each a prefix of its own",
        "HELLO --mount /=HELLO | --mount: found an application at /, where HELLO stands already; give it a prefix of its own",
        "HELLO --script-name shop | --script-name: found 'shop', expected a path that begins with a slash, such as /shop",
        "java.lang.String --bind http://127.0.0.1:0 | class java.lang.String is no application: it should implement dev.wsgibridge.Application",
      })
  void whatCantBeServedExitsWith1(String arguments, String message) {
    assertThat(run(arguments.replace("HELLO", HELLO).split(" "))).isEqualTo(1);
    assertThat(err.toString(UTF_8))
        .isEqualToNormalizingNewlines(
            "wsgi-bridge: %s\n".formatted(message.replace("HELLO", HELLO)));
    assertThat(out.toString(UTF_8)).isEmpty();
  }

  @Test
  void aPortInUseIsSaid() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(run(HELLO, "--bind", "http://127.0.0.1:" + taken.getLocalPort())).isEqualTo(1);
    }
    assertThat(err.toString(UTF_8)).contains("the port is in use").doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cgi | Missing required parameter: 'APP'",
        "cgi hello.py --threads 2 | Unknown options: '--threads', '2'",
        "cgi hello.py --split here | Invalid value for option '--split': found 'here', expected one of mount, script, front",
      })
  void subcommandsNameThemselves(String arguments, String message) {
    assertThat(run(arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString(UTF_8)).startsWith("wsgi-bridge cgi: " + message + "\n");
    assertThat(out.toString(UTF_8)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--processes=4 | --processes is called --workers here",
        "--harakiri 30 | --harakiri is called --timeout here",
        "--wsgi-file a.py | --wsgi-file is called APP here",
        "--worker-class gevent | Possible solutions: --workers",
      })
  void whatOthersCallItIsKnown(String arguments, String message) {
    assertThat(run(arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString(UTF_8)).endsWith("\n" + message + System.lineSeparator());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "WSGI_BRIDGE_THREADS | none | 2 | WSGI_BRIDGE_THREADS: found 'none', expected 1 or more",
        "PORT | here | 2 | PORT: found 'here', expected a port, 0 to 65535",
        "WSGI_BRIDGE_BIND | https://a:1 | 1 | WSGI_BRIDGE_BIND: 'https://a:1': found the scheme https, expected one of http, fcgi, scgi, uwsgi, ajp",
        "WSGI_BRIDGE_ALLOW_FROM | x | 1 | WSGI_BRIDGE_ALLOW_FROM: found 'x', expected an address such as 10.0.0.1 or 10.0.0.0/8, where the bits behind the prefix are 0",
        "WSGI_BRIDGE_RELOAD | true | 1 | WSGI_BRIDGE_RELOAD: found no Python application to which it could apply, expected one; leave it out",
        "WSGI_BRIDGE_WORKERS | 4 | 1 | WSGI_BRIDGE_WORKERS: found no Python application to which it could apply, expected one; leave it out",
        "WSGI_BRIDGE_MAX_REQUESTS_JITTER | 4 | 1 | WSGI_BRIDGE_MAX_REQUESTS_JITTER: found no Python application to which it could apply, expected one; leave it out",
      })
  void whatIsWrongWithAVariableIsSaid(String name, String value, int status, String message) {
    assertThat(run(Map.of(name, value), HELLO)).isEqualTo(status);
    assertThat(err.toString(UTF_8))
        .isEqualToNormalizingNewlines("wsgi-bridge: %s\n".formatted(message));
  }

  @Test
  void variablesAreOptions() {
    Map<String, String> environment =
        Map.of(
            "WSGI_BRIDGE_APP", HELLO,
            "WSGI_BRIDGE_BIND", "http://127.0.0.1:0",
            "WSGI_BRIDGE_WORKERS", "0",
            "WSGI_BRIDGE_RELOAD", "false",
            "PORT", "none");
    assertThat(run(environment)).as(err.toString(UTF_8)).isZero();
  }

  @Test
  void aPlatformsWorkersAreNoDemand() {
    assertThat(run(Map.of("PORT", "0", "WEB_CONCURRENCY", "2"), HELLO)).isZero();
  }

  private void write(String name, String text) throws Exception {
    Files.writeString(folder.resolve(name), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "workres = 4 | workres: there is no such option; did you mean workers?",
        "max_requests = 4 | max_requests: there is no such option; did you mean max-requests?",
        "processes = 4 | processes: there is no such option; did you mean workers?",
        "colour = 4 | colour: there is no such option; docs/options.md lists them",
        "config = 'a' | config: there is no such option; docs/options.md lists them",
        "[workers] | workers: found a table, expected a number, 0 or more, without quotes",
        "workers = '4' | workers: found the text \"4\", expected a number, 0 or more, without quotes",
        "workers = -4 | workers: found '-4', expected 0 or more",
        "workers = 1.5 | workers: found the number 1.5, expected a number, 0 or more, without quotes",
        "reload-on-rss = true | reload-on-rss: found true, expected a number, 0 or more, in MB, without quotes",
        "lint = 1 | lint: found the number 1, expected true or false, without quotes",
        "timeout = 'soon' | timeout: found 'soon', expected a time such as 30s, 500ms or 2m",
        "timeout = 07:32:00 | timeout: found a date or a time of day, expected a time such as \"30s\", \"500ms\" or \"2m\", or a number of seconds",
        "bind = [1] | bind: found a list, expected a text in quotes, or a list of such",
        "app = ['a'] | app: found a list, expected a text in quotes",
        "header-map = true | header-map: found true, expected one of \"drop\", \"dangerous\"",
        "ajp-secret = 4711 | ajp-secret: found something else, expected a text in quotes",
      })
  void whatIsWrongInTheFileIsSaid(String line, String message) throws Exception {
    write("wsgi-bridge.toml", "# mine\n" + line + "\n");
    assertThat(run(HELLO)).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .isEqualToNormalizingNewlines("wsgi-bridge: wsgi-bridge.toml:2: %s\n".formatted(message));
  }

  @Test
  void allMistakesOfAFileAreSaid() throws Exception {
    write("my.toml", "workres = 4\n\nthreads = 0\n");
    assertThat(run("-c", "my.toml", HELLO)).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .isEqualToNormalizingNewlines(
            """
            wsgi-bridge: my.toml:1: workres: there is no such option; did you mean workers?
            my.toml:3: threads: found '0', expected 1 or more
            """);
  }

  @Test
  void whatIsNoTomlIsSaid() throws Exception {
    write("wsgi-bridge.toml", "lint = true\nworkers 4\n");
    assertThat(run(HELLO)).isEqualTo(2);
    assertThat(err.toString(UTF_8)).startsWith("wsgi-bridge: wsgi-bridge.toml:2: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none.toml | none.toml: found no such file, expected a file of options in TOML",
        "gunicorn.conf.py | gunicorn.conf.py: found a Python file, expected one in TOML,",
        ". | .: found a folder, expected a file of options in TOML",
      })
  void aFileThatIsNamedIsThere(String name, String message) {
    assertThat(run("--config", name, HELLO)).isEqualTo(2);
    assertThat(err.toString(UTF_8)).startsWith("wsgi-bridge: " + message);
  }

  @Test
  void theFileIsWeakerThanAVariable() throws Exception {
    write("wsgi-bridge.toml", "app = 'no.such.App'\nbind = 'http://127.0.0.1:0'\nthreads = 2\n");
    assertThat(run(Map.of("WSGI_BRIDGE_APP", HELLO))).as(err.toString(UTF_8)).isZero();
  }

  @Test
  void theFileNamesItsLineLater() throws Exception {
    write("wsgi-bridge.toml", "\nbind = 'https://a:1'\n");
    assertThat(run(HELLO)).isOne();
    assertThat(err.toString(UTF_8))
        .startsWith("wsgi-bridge: wsgi-bridge.toml:2: bind: 'https://a:1': found the scheme");
  }

  @Test
  void configTellsWhatIsInForceAndWhy() throws Exception {
    write(
        "wsgi-bridge.toml",
        """
        mount = ["/a=a.py", "/b=b.py"]
        workers = 2
        threads = 3
        python-path = 'a "b" \\c'
        """);
    Map<String, String> environment =
        Map.of(
            "WSGI_BRIDGE_WORKERS", "4",
            "WSGI_BRIDGE_AJP_SECRET", "hush",
            "PORT", "5000",
            "WEB_CONCURRENCY", "9");
    assertThat(run(environment, "config", "shop.py", "-t", "90", "--no-lint")).isZero();

    assertThat(out.toString(UTF_8).lines().map(line -> line.replaceAll(" +# ", "  # ")))
        .contains(
            "app = \"shop.py\"  # command line",
            "bind = [\"http://0.0.0.0:5000\"]  # PORT",
            "# mount is left out: [\"/a=a.py\", \"/b=b.py\"] of wsgi-bridge.toml:1, since a stronger source names an application",
            "lint = false  # command line",
            "threads = 3  # wsgi-bridge.toml:3",
            "timeout = \"90s\"  # command line",
            "workers = 4  # WSGI_BRIDGE_WORKERS; overrides 2 of wsgi-bridge.toml:2",
            "# graceful-timeout = \"30s\"  # default",
            "python-path = [\"a \\\"b\\\" \\\\c\"]  # wsgi-bridge.toml:4",
            "# ajp-secret = ***  # WSGI_BRIDGE_AJP_SECRET",
            "# allow-from is not given: anyone; for fcgi the variable FCGI_WEB_SERVER_ADDRS, separated by commas");
    assertThat(out.toString(UTF_8)).doesNotContain("hush");
    assertThat(err.toString(UTF_8)).isEmpty();
  }

  @Test
  void whatConfigPrintsIsAFileAgain() throws Exception {
    String[] arguments = {"config", HELLO, "-w", "2", "--bind", "http://127.0.0.1:0", "--lint"};
    assertThat(run(arguments)).isZero();
    String first = out.toString(UTF_8);
    write("wsgi-bridge.toml", first);
    out.reset();
    assertThat(run("config")).as(err.toString(UTF_8)).isZero();

    assertThat(withoutComments(out.toString(UTF_8)))
        .isEqualTo(withoutComments(first))
        .contains("workers = 2", "lint = true")
        .doesNotContain("timeout = \"30s\"");
  }

  private static List<String> withoutComments(String toml) {
    return toml.lines().map(line -> line.replaceFirst(" *#.*", "")).toList();
  }

  @Test
  void aProgramHasATimeAndNoWorkers() {
    assertThat(run("cgi:nowhere.cgi", "--preload")).isOne();
    assertThat(err.toString(UTF_8)).contains("--preload: found no Python application");
    err.reset();
    run("cgi:nowhere.cgi", "--timeout=5s", "--bind=http://127.0.0.1:0");
    assertThat(err.toString(UTF_8)).doesNotContain("--timeout");
  }

  @Test
  void jitterAloneIsRefused() {
    assertThat(run("a.py", "--max-requests-jitter", "5")).isOne();
    assertThat(err.toString(UTF_8))
        .contains("--max-requests-jitter: found it without --max-requests, to which it adds");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--workers=2", "--timeout=30s", "--max-requests=9", "--preload", "--reload"})
  void whatIsForPythonIsRefusedWhereThereIsNone(String option) {
    assertThat(run("dev.wsgibridge.examples.Hello", option, "--bind=http://127.0.0.1:0")).isOne();
    assertThat(err.toString(UTF_8))
        .contains(option.replaceFirst("=.*", "") + ": found no Python application");
  }

  @Test
  void subcommandsHaveTheirOwnHelp() {
    assertThat(run("cgi", "--help")).isZero();
    assertThat(out.toString(UTF_8))
        .contains("Usage: wsgi-bridge cgi [OPTIONS] APP", "--split", "--remote-user", "--lint")
        .contains("--script-name", "--python", "--python-path", "--classpath", "exec ")
        .doesNotContain("--bind");
  }

  @Test
  void helpTeachesByExamples() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(UTF_8))
        .contains("Examples:", "wsgi-bridge mysite.wsgi:application --python-path src")
        .contains("--bind", "--mount", "--script-name", "--lint", "--threads")
        .contains("--graceful-timeout", "--python", "--python-path", "--classpath")
        .contains("Behind a front web server:", "--split", "--remote-user", "--allow-from")
        .contains("--chmod-socket", "--chown-socket", "--errors-to-front", "--header-map")
        .contains("--ajp-secret", "--ajp-attribute");
    assertThat(err.toString(UTF_8)).isEmpty();
  }

  /** What is laid out by hand has to fit, else picocli breaks it at the margin. */
  @Test
  void helpFitsEightyColumns() {
    assertThat(run("--help")).isZero();
    List<String> lines = out.toString(UTF_8).lines().toList();

    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    assertThat(lines)
        .containsAll(List.of(Arguments.spec().usageMessage().description()))
        .anySatisfy(line -> assertThat(line).endsWith("Default: http://127.0.0.1:8080"));
  }

  @Test
  void versionNamesWhatRuns() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString(UTF_8)).contains("WSGI Bridge", "Jetty 12", "Java ");
  }
}
