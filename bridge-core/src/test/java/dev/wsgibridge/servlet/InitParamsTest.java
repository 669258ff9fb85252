package dev.wsgibridge.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Settings;
import jakarta.servlet.ServletException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitParamsTest {

  private static Settings read(Map<String, String> params) throws ServletException {
    return InitParams.read(params.keySet(), params::get, Set.of("prefix"));
  }

  @Test
  void theyAreOptions() throws Exception {
    Settings settings =
        read(
            Map.of(
                "application", " mysite.wsgi ",
                "python-path", "/WEB-INF/python, /srv/a\n/srv/b",
                "timeout", "120",
                "graceful-timeout", "500ms",
                "lint", "TRUE",
                "workers", "",
                "prefix", "/shop",
                "org.example.theirs", "x"));

    assertThat(settings.text(Option.APP)).isEqualTo("mysite.wsgi");
    assertThat(settings.texts(Option.PYTHON_PATH))
        .containsExactly("/WEB-INF/python", "/srv/a", "/srv/b");
    assertThat(settings.time(Option.TIMEOUT)).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.time(Option.GRACEFUL_TIMEOUT)).isEqualTo(Duration.ofMillis(500));
    assertThat(settings.flag(Option.LINT)).isTrue();
    assertThat(settings.given(Option.WORKERS)).isFalse();
    assertThat(settings.number(Option.BACKLOG)).isEqualTo(100);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "workers | many | init-param workers: found 'many', expected 0 or more",
        "lint | yes | init-param lint: found 'yes', expected true or false",
        "worker | 2 | init-param worker: there is none of that name; did you mean workers?",
        "app | a | init-param app: there is none of that name; did you mean application?",
        "static | / | init-param static: there is none of that name; see docs/options.md",
        "exit-on-hang | 1 | init-param exit-on-hang: there is none of that name, and the option exit-on-hang is not for servlet and filter",
      })
  void whatCantBeIsSaid(String name, String value, String message) {
    assertThatThrownBy(() -> read(Map.of(name, value)))
        .isInstanceOf(ServletException.class)
        .hasMessage(message);
  }
}
