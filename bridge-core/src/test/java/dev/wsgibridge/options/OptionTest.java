package dev.wsgibridge.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OptionTest {

  @ParameterizedTest
  @EnumSource
  void aRowIsWhole(Option option) {
    assertThat(option.key()).matches("[a-z]+(-[a-z]+)*");
    assertThat(option.variable())
        .isEqualTo("WSGI_BRIDGE_" + option.key().toUpperCase(Locale.ROOT).replace('-', '_'));
    assertThat(option.help()).isNotBlank().doesNotEndWith(".").doesNotContain("%", "\n");
    assertThat(option.readers()).isNotEmpty();
    assertThat(option.readers().contains(Reader.CONTAINER)).isEqualTo(option.initParam() != null);
    assertThat(option.label().isEmpty()).isEqualTo(option.type() == OptionType.FLAG);
    assertThat(option.words().isEmpty()).isEqualTo(option.type() != OptionType.WORD);
    assertThat(Names.option(option.key())).contains(option);
  }

  @ParameterizedTest
  @EnumSource
  void aDefaultIsAValueThatTheOptionMayHave(Option option) {
    if (option.fallback() != null) {
      assertThat(Option.written(option.read(option.fallback()))).isEqualTo(option.fallback());
      assertThat(option.notGiven().isEmpty()).isEqualTo(option.type() == OptionType.FLAG);
    }
    if (option.fallbackInContainer() != null) {
      assertThat(option.read(option.fallbackInContainer())).isNotNull();
    }
  }

  @Test
  void namesAreThereOnce() {
    assertThat(Arrays.stream(Option.values()).map(Option::key)).doesNotHaveDuplicates();
    assertThat(
            Arrays.stream(Option.values()).map(Option::shortName).filter(name -> !name.isEmpty()))
        .doesNotHaveDuplicates();
    assertThat(Arrays.stream(Option.values()).flatMap(option -> option.gunicorn().stream()))
        .doesNotHaveDuplicates();
    assertThat(Arrays.stream(Option.values()).flatMap(option -> option.uwsgi().stream()))
        .doesNotHaveDuplicates();
  }

  @Test
  void defaultsAreThoseOfTheApi() {
    Settings nothing = Settings.of(List.of());
    assertThat(nothing.time(Option.TIMEOUT)).isEqualTo(Workers.TIMEOUT);
    assertThat(nothing.time(Option.GRACEFUL_TIMEOUT)).isEqualTo(LoadOptions.GRACEFUL_TIMEOUT);
    assertThat(nothing.text(Option.PYTHON)).isEqualTo(LoadOptions.AUTO);
    assertThat(Settings.inContainer(List.of()).number(Option.BACKLOG))
        .isEqualTo(LoadOptions.BACKLOG);
  }

  @ParameterizedTest
  @CsvSource({"30s, PT30S", "30, PT30S", "0, PT0S", "500ms, PT0.5S", "2m, PT2M", "1h, PT1H"})
  void timesHaveUnits(String text, Duration time) {
    assertThat(Option.TIMEOUT.read(text)).isEqualTo(time);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TIMEOUT | soon | found 'soon', expected a time such as 30s, 500ms or 2m",
        "TIMEOUT | -1 | found '-1', expected a time such as 30s, 500ms or 2m",
        "TIMEOUT | 1.5s | found '1.5s', expected a time such as 30s, 500ms or 2m",
        "THREADS | 0 | found '0', expected 1 or more",
        "THREADS | 2147483648 | found '2147483648', expected 1 or more",
        "THREADS | x | found 'x', expected 1 or more",
        "RELOAD_ON_RSS | 1G | found '1G', expected 0 or more, in MB",
        "MAX_RESPONSE_HEAD | 1023 | found '1023', expected 1024 or more, in bytes",
        "AJP_PACKET_SIZE | 8191 | found '8191', expected 8192 to 65536, in bytes",
        "AJP_PACKET_SIZE | 65537 | found '65537', expected 8192 to 65536, in bytes",
        "LINT | yes | found 'yes', expected true or false",
        "HEADER_MAP | keep | found 'keep', expected one of drop, dangerous",
      })
  void whatIsNoValueIsSaid(Option option, String text, String message) {
    assertThatThrownBy(() -> option.read(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource({
    "AJP_PACKET_SIZE, 8192, 8192",
    "AJP_PACKET_SIZE, 65536, 65536",
    "MAX_RESPONSE_HEAD, 1024, 1024",
    "WORKERS, 0, 0",
    "LINT, TRUE, true",
    "LINT, 0, false",
    "SPLIT, script, script",
  })
  void whatIsAValueIsRead(Option option, String text, String value) {
    assertThat(option.read(text)).hasToString(value);
  }

  @ParameterizedTest
  @CsvSource({
    "workres, WORKERS",
    "WORKRES, WORKERS",
    "max_requests, MAX_REQUESTS",
    "--gracefull-timeout, GRACEFUL_TIMEOUT",
    "processes, WORKERS",
    "harakiri, TIMEOUT",
    "pp, PYTHON_PATH",
    "wsgi_app, APP",
    "bnd, BIND",
  })
  void aWrongNameHasANearestOne(String name, Option meant) {
    assertThat(Names.nearest(name)).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({"worker-class", "daemon", "x", "''"})
  void notEveryNameIsNearToOne(String name) {
    assertThat(Names.nearest(name)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"kitten, sitting, 3", "'', abc, 3", "abc, abc, 0", "abc, acb, 2"})
  void distanceCountsLetters(String one, String other, int distance) {
    assertThat(Names.distance(one, other)).isEqualTo(distance);
    assertThat(Names.distance(other, one)).isEqualTo(distance);
  }
}
