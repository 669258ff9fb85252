package dev.wsgibridge.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.options.Origin.Source;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {

  private static final Settings NOTHING = Settings.of(List.of());

  private static Setting setting(Option option, Object value, Source source, String name) {
    return new Setting(option, value, new Origin(source, name));
  }

  private static Setting onCommandLine(Option option, Object value) {
    return setting(option, value, Source.COMMAND_LINE, option.flag());
  }

  private static Setting inEnvironment(Option option, Object value) {
    return setting(option, value, Source.ENVIRONMENT, option.variable());
  }

  @Test
  void theStrongerSourceWins() {
    Settings settings =
        Settings.of(List.of(onCommandLine(Option.WORKERS, 4)))
            .over(List.of(inEnvironment(Option.WORKERS, 2), inEnvironment(Option.THREADS, 3)));

    assertThat(settings.number(Option.WORKERS)).isEqualTo(4);
    assertThat(settings.number(Option.THREADS)).isEqualTo(3);
    assertThat(settings.name(Option.THREADS)).isEqualTo("WSGI_BRIDGE_THREADS");
    assertThat(settings.overridden(Option.WORKERS))
        .containsExactly(inEnvironment(Option.WORKERS, 2));
    assertThat(settings.overridden(Option.THREADS)).isEmpty();
  }

  @Test
  void aListComesFromOneSource() {
    Settings settings =
        Settings.of(List.of(onCommandLine(Option.ALLOW_FROM, List.of("::1"))))
            .over(List.of(inEnvironment(Option.ALLOW_FROM, List.of("10.0.0.1"))));

    assertThat(settings.texts(Option.ALLOW_FROM)).containsExactly("::1");
  }

  @Test
  void whoNamesAnApplicationNamesAllOfThem() {
    Settings settings =
        Settings.of(List.of(onCommandLine(Option.APP, "a.py")))
            .over(List.of(inEnvironment(Option.MOUNT, List.of("/b=b.py"))));

    assertThat(settings.texts(Option.MOUNT)).isEmpty();
    assertThat(settings.overridden(Option.MOUNT)).hasSize(1);

    settings =
        NOTHING.over(
            List.of(
                inEnvironment(Option.MOUNT, List.of("/b=b.py")), inEnvironment(Option.APP, "a")));
    assertThat(settings.text(Option.APP)).isEqualTo("a");
    assertThat(settings.texts(Option.MOUNT)).containsExactly("/b=b.py");
  }

  @Test
  void notGivenIsAState() {
    Settings same = Settings.of(List.of(onCommandLine(Option.TIMEOUT, Duration.ofSeconds(30))));

    assertThat(same.time(Option.TIMEOUT)).isEqualTo(NOTHING.time(Option.TIMEOUT));
    assertThat(same.given(Option.TIMEOUT)).isTrue();
    assertThat(NOTHING.given(Option.TIMEOUT)).isFalse();
    assertThat(NOTHING.number(Option.WORKERS, -1)).isEqualTo(-1);
    assertThat(NOTHING.text(Option.CHMOD_SOCKET)).isNull();
  }

  @Test
  void aFlagMayBeTurnedOff() {
    Settings settings =
        Settings.of(List.of(onCommandLine(Option.LINT, false)))
            .over(List.of(inEnvironment(Option.LINT, true)));

    assertThat(settings.flag(Option.LINT)).isFalse();
    assertThat(settings.given(Option.LINT)).isTrue();
  }

  @Test
  void messagesNameThePlace() {
    Settings settings =
        Settings.of(List.of(onCommandLine(Option.PYTHON, "nosuch")))
            .over(
                List.of(
                    inEnvironment(Option.BIND, List.of("x")),
                    inEnvironment(Option.PYTHON_PATH, List.of("y"))));

    assertThat(settings.located("--bind: 'x': it has no scheme"))
        .isEqualTo("WSGI_BRIDGE_BIND: 'x': it has no scheme");
    assertThat(settings.located("--python nosuch: found no such program"))
        .isEqualTo("--python nosuch: found no such program");
    assertThat(settings.located("--python-path: found nothing"))
        .isEqualTo("WSGI_BRIDGE_PYTHON_PATH: found nothing");
    assertThat(settings.located("something else")).isEqualTo("something else");
  }

  @Test
  void aValueIsReadWithItsPlace() {
    Origin origin = new Origin(Source.INIT_PARAM, "init-param timeout");
    assertThatThrownBy(() -> Setting.read(Option.TIMEOUT, "soon", origin))
        .isInstanceOf(OptionException.class)
        .hasMessage("init-param timeout: found 'soon', expected a time such as 30s, 500ms or 2m");
    assertThatThrownBy(() -> new Setting(Option.TIMEOUT, 30, origin))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aSecretIsNotShown() {
    assertThat(onCommandLine(Option.AJP_SECRET, "hush").toString()).doesNotContain("hush");
  }
}
