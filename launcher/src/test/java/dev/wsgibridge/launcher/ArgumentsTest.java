package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.CgiParams.Split;
import dev.wsgibridge.CgiParams.Trust;
import dev.wsgibridge.Workers;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.ClientLimits;
import dev.wsgibridge.jetty.GatewayOptions;
import dev.wsgibridge.launcher.FrontArguments.HeaderMap;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Settings;
import dev.wsgibridge.options.Variables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ArgumentsTest {

  private static final FrontArguments FRONT_DEFAULTS =
      new FrontArguments(
          null, false, List.of(), null, null, false, HeaderMap.DROP, null, List.of(), 8192);

  private static Settings settings(String... arguments) {
    CommandLine.ParseResult parsed = new CommandLine(Arguments.spec()).parseArgs(arguments);
    return Settings.of(
        CommandLineOptions.read(parsed, parsed.matchedPositionalValue(0, (String) null)));
  }

  private static Arguments parse(String... arguments) {
    return Arguments.of(settings(arguments));
  }

  @Test
  void defaults() {
    assertThat(parse())
        .isEqualTo(
            new Arguments(
                null,
                List.of("http://127.0.0.1:8080"),
                List.of(),
                "",
                false,
                Workers.DEFAULT,
                0,
                512,
                0,
                Duration.ofSeconds(30),
                Duration.ofMillis(100),
                "auto",
                List.of(),
                List.of(),
                ClientLimits.DEFAULT,
                FRONT_DEFAULTS));
  }

  @Test
  void eachOption() {
    assertThat(
            parse(
                "--bind=http://127.0.0.1:0",
                "--bind",
                "http://[::1]:0",
                "mysite.wsgi:application",
                "--mount=/a=a.py",
                "--mount",
                "/b=b:make(x=1)",
                "--script-name=/shop",
                "--lint",
                "--workers=4",
                "--timeout=2m",
                "--max-requests=1000",
                "--max-requests-jitter=50",
                "--reload-on-rss=256",
                "--preload",
                "--reload",
                "--threads=3",
                "--backlog=64",
                "--post-buffering=4096",
                "--graceful-timeout=5s",
                "--graceful-idle=250ms",
                "--python=/usr/bin/python3",
                "--python-path=src",
                "--python-path=lib",
                "--classpath=a.jar:b.jar",
                "--max-response-head=8192",
                "--request-head-timeout=5s",
                "--min-request-rate=0",
                "--min-response-rate=100"))
        .isEqualTo(
            new Arguments(
                "mysite.wsgi:application",
                List.of("http://127.0.0.1:0", "http://[::1]:0"),
                List.of("/a=a.py", "/b=b:make(x=1)"),
                "/shop",
                true,
                new Workers(4, Duration.ofMinutes(2), 1000, 50, 256L << 20, true, true),
                3,
                64,
                4096,
                Duration.ofSeconds(5),
                Duration.ofMillis(250),
                "/usr/bin/python3",
                List.of(Path.of("src"), Path.of("lib")),
                List.of("a.jar:b.jar"),
                new ClientLimits(8192, Duration.ofSeconds(5), 0, 100, Duration.ofSeconds(20)),
                FRONT_DEFAULTS));
  }

  @ParameterizedTest
  @CsvSource({"30s, PT30S", "30, PT30S", "0, PT0S", "500ms, PT0.5S", "2m, PT2M", "1h, PT1H"})
  void timesHaveUnits(String text, Duration duration) {
    assertThat(parse("--graceful-timeout", text).gracefulTimeout()).isEqualTo(duration);
  }

  @Test
  void eachOptionOfTheFront() {
    assertThat(
            parse(
                    "--split=front",
                    "--remote-user",
                    "--allow-from=10.0.0.1",
                    "--bind=fcgi+unix:///run/app.sock",
                    "--allow-from",
                    "10.1.0.0/16",
                    "--chmod-socket=600",
                    "app.py",
                    "--chown-socket=www-data:www-data",
                    "--errors-to-front",
                    "--header-map=dangerous",
                    "--ajp-secret=hush",
                    "--lint",
                    "--ajp-attribute=A",
                    "--ajp-attribute=B",
                    "--ajp-packet-size=65536")
                .front())
        .isEqualTo(
            new FrontArguments(
                Split.FRONT,
                true,
                List.of("10.0.0.1", "10.1.0.0/16"),
                "600",
                "www-data:www-data",
                true,
                HeaderMap.DANGEROUS,
                "hush",
                List.of("A", "B"),
                65_536));
  }

  @Test
  void furtherOptionsFillTheGaps() {
    Settings given = settings("app", "--allow-from=::1", "--lint");

    assertThat(
            Arguments.of(
                given.over(
                    CommandLineOptions.ofScript(
                        List.of(
                            "--bind=fcgi+fd:0", "--allow-from=10.0.0.1", "--script-name=/shop")))))
        .isEqualTo(
            parse("app", "--allow-from=::1", "--lint", "--bind=fcgi+fd:0", "--script-name=/shop"));
  }

  @Test
  void theSecretIsNotShown() {
    assertThat(parse("--ajp-secret=hush").toString()).doesNotContain("hush");
  }

  private static GatewayOptions gateway(
      Map<String, String> environment, String bind, String... arguments) throws RefusedException {
    Arguments parsed =
        Arguments.of(
            settings(arguments).over(Variables.read(environment, List.of(Option.values()))));
    return parsed.front().gateway(List.of(Bind.parse(bind)), parsed.scriptName(), environment);
  }

  @ParameterizedTest
  @CsvSource({
    "fcgi://127.0.0.1:0,, MOUNT",
    "fcgi+unix:///app.sock,, MOUNT",
    "fcgi+fd:0,, SCRIPT",
    "uwsgi+fd:0,, SCRIPT",
    "fcgi+fd:0, --script-name=/shop, MOUNT",
    "fcgi+fd:0, --split=mount, MOUNT",
    "fcgi+fd:0, --split=front, FRONT",
    "scgi://127.0.0.1:0, --split=script, SCRIPT",
  })
  void whereThePathComesFrom(String bind, String argument, Split split) throws Exception {
    String[] arguments = argument == null ? new String[0] : new String[] {argument};

    assertThat(gateway(Map.of(), bind, arguments).trust()).isEqualTo(new Trust(split, false));
  }

  @Test
  void theFastCgiVariableNamesWhoMayConnect() throws Exception {
    Map<String, String> environment = Map.of("FCGI_WEB_SERVER_ADDRS", "10.0.0.1, 10.0.0.2,");

    assertThat(gateway(environment, "fcgi://[::]:0").allow())
        .containsExactly("10.0.0.1", "10.0.0.2");
    assertThat(gateway(environment, "scgi://[::]:0").allow()).isEmpty();
    assertThat(gateway(environment, "fcgi://[::]:0", "--allow-from=::1").allow())
        .containsExactly("::1");
  }

  @Test
  void theVariableWithWhoMayConnectIsChecked() {
    assertThatThrownBy(
            () -> gateway(Map.of("FCGI_WEB_SERVER_ADDRS", "localhost"), "fcgi://127.0.0.1:0"))
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith("FCGI_WEB_SERVER_ADDRS: allow-from: found 'localhost'");
  }

  @Test
  void theSecretMayBeInAVariable() throws Exception {
    Map<String, String> environment = Map.of("WSGI_BRIDGE_AJP_SECRET", "hush");

    assertThat(gateway(environment, "ajp://[::1]:0").ajp().secret()).isEqualTo("hush");
    assertThat(gateway(environment, "ajp://[::1]:0", "--ajp-secret=nicer").ajp().secret())
        .isEqualTo("nicer");
    assertThat(gateway(Map.of("WSGI_BRIDGE_AJP_SECRET", ""), "ajp://[::1]:0").ajp().secret())
        .isNull();
  }
}
