package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.CgiParams.Split;
import dev.wsgibridge.jetty.ClientLimits;
import dev.wsgibridge.jetty.GatewayOptions.Ajp;
import dev.wsgibridge.jetty.WsgiServer;
import dev.wsgibridge.launcher.FrontArguments.HeaderMap;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.OptionException;
import dev.wsgibridge.options.Origin;
import dev.wsgibridge.options.Setting;
import dev.wsgibridge.options.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

class CommandLineOptionsTest {

  private static Settings settings(String... arguments) {
    ParseResult parsed = new CommandLine(Arguments.spec()).parseArgs(arguments);
    return Settings.of(CommandLineOptions.read(parsed, null));
  }

  @Test
  void defaultsAreThoseOfTheServer() {
    Settings nothing = settings();
    ClientLimits limits = ClientLimits.DEFAULT;

    assertThat(nothing.number(Option.BACKLOG)).isEqualTo(ThreadPlan.WAITING);
    assertThat(nothing.time(Option.GRACEFUL_TIMEOUT))
        .isEqualTo(WsgiServer.Options.GRACEFUL_TIMEOUT);
    assertThat(nothing.time(Option.GRACEFUL_IDLE)).isEqualTo(WsgiServer.Options.GRACEFUL_IDLE);
    assertThat(nothing.number(Option.AJP_PACKET_SIZE)).isEqualTo(Ajp.DEFAULT.packetBytes());
    assertThat(nothing.number(Option.MAX_RESPONSE_HEAD)).isEqualTo(limits.responseHeadBytes());
    assertThat(nothing.time(Option.REQUEST_HEAD_TIMEOUT)).isEqualTo(limits.headTimeout());
    assertThat(nothing.number(Option.MIN_REQUEST_RATE)).isEqualTo(limits.minRequestRate());
    assertThat(nothing.number(Option.MIN_RESPONSE_RATE)).isEqualTo(limits.minResponseRate());
  }

  @Test
  void wordsAreThoseOfTheServer() {
    assertThat(Option.SPLIT.words()).isEqualTo(words(Split.values()));
    assertThat(Option.HEADER_MAP.words()).isEqualTo(words(HeaderMap.values()));
  }

  private static List<String> words(Enum<?>... values) {
    return Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
  }

  @Test
  void shortFormsAreGunicorns() {
    Settings settings = settings("-b", "0.0.0.0:8000", "-b", "[::1]:80", "-w4", "-t", "5");

    assertThat(settings.texts(Option.BIND))
        .containsExactly("http://0.0.0.0:8000", "http://[::1]:80");
    assertThat(settings.number(Option.WORKERS)).isEqualTo(4);
    assertThat(settings.time(Option.TIMEOUT)).hasSeconds(5);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:8000, http://127.0.0.1:8000",
    "localhost:0, http://localhost:0",
    ":8000, http://0.0.0.0:8000",
    "unix:/run/a.sock, http+unix:///run/a.sock",
    "unix:///run/a.sock, http+unix:///run/a.sock",
    "fd://0, http+fd:0",
    "fcgi://127.0.0.1:9000, fcgi://127.0.0.1:9000",
  })
  void anAddressIsWrittenAsForGunicorn(String written, String url) {
    assertThat(settings("-b", written).texts(Option.BIND)).containsExactly(url);
  }

  @ParameterizedTest
  @ValueSource(strings = {"8000", "localhost", "unix:a.sock", "fd://3", "a:b", "::1:80"})
  void whatIsNoAddressIsRefused(String written) {
    assertThatThrownBy(() -> settings("-b", written))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(
            "found '%s', expected HOST:PORT, such as 127.0.0.1:8000, or unix:/PATH"
                .formatted(written));
  }

  @Test
  void aFlagCanBeTurnedOff() {
    assertThat(settings("--no-lint").given(Option.LINT)).isTrue();
    assertThat(settings("--no-lint").flag(Option.LINT)).isFalse();
    assertThatThrownBy(() -> settings("--lint", "--no-lint"))
        .hasMessage("found --lint and --no-lint, expected one of them");
  }

  @Test
  void settingsCanBeWrittenAgain() {
    String[] words = {
      "--bind=http://a:1",
      "--bind=http://b:2",
      "--lint",
      "--graceful-timeout=90s",
      "--graceful-idle=250ms",
      "--no-remote-user"
    };
    Settings settings = settings(words);

    assertThat(
            Arrays.stream(Option.values())
                .flatMap(option -> settings.find(option).stream())
                .map(CommandLineOptions::written)
                .flatMap(List::stream))
        .containsExactly(words);
  }

  @Test
  void aScriptsWishesAreChecked() {
    assertThatThrownBy(() -> CommandLineOptions.ofScript(List.of("--threads=none")))
        .isInstanceOf(OptionException.class)
        .hasMessage("--threads: found 'none', expected 1 or more");
    assertThatThrownBy(() -> CommandLineOptions.ofScript(List.of("--nosuch=1")))
        .isInstanceOf(OptionException.class);
    assertThat(CommandLineOptions.ofScript(List.of("--bind=a", "--bind=b")))
        .containsExactly(
            new Setting(
                Option.BIND, List.of("a", "b"), new Origin(Origin.Source.SCRIPT, "--bind")));
  }

  /** {@code ./run} looks for the application's name, and has to tell it from an option's value. */
  @Test
  void theScriptKnowsWhichOptionsHaveAValue() throws Exception {
    Matcher listed =
        Pattern.compile("(?s)# Options with a value\\.\\n\\s*(.*?)\\) shift ;;")
            .matcher(Files.readString(Path.of("..", "run")));
    assertThat(listed.find()).as("the list in ./run").isTrue();
    Set<String> known = new TreeSet<>(List.of(listed.group(1).split("[\\s|\\\\]+")));
    // It asks for the values of these.
    known.addAll(List.of("--python", "--mount", "--config", "-c"));

    Set<String> expected = new TreeSet<>();
    for (CommandSpec spec :
        List.of(Arguments.spec(), new Cgi().spec(), new Check().spec(), new War().spec())) {
      for (OptionSpec option : spec.options()) {
        if (option.arity().max() > 0) {
          expected.addAll(List.of(option.names()));
        }
      }
    }
    assertThat(known).isEqualTo(expected);
  }
}
