package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command says where it does not serve. */
@Timeout(60)
class MainTest {

  private static final String HELLO = "dev.wsgibridge.examples.Hello";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return run(Map.of(), arguments);
  }

  private int run(Map<String, String> environment, String... arguments) {
    StopSignal stop = new StopSignal();
    stop.raise(); // Whatever starts after all stops at once.
    return Main.run(
        new Sources(environment),
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
