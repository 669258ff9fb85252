package dev.wsgibridge.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.options.Origin.Source;
import java.io.File;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VariablesTest {

  private static final Settings NOTHING = Settings.of(List.of());

  private static Settings read(Map<String, String> environment) {
    return Settings.of(Variables.read(environment, List.of(Option.values())));
  }

  @Test
  void eachOptionHasOne() {
    Settings settings =
        read(
            Map.of(
                "WSGI_BRIDGE_APP", "shop.py",
                "WSGI_BRIDGE_WORKERS", "4",
                "WSGI_BRIDGE_TIMEOUT", "2m",
                "WSGI_BRIDGE_LINT", "1",
                "WSGI_BRIDGE_AJP_SECRET", "",
                "WORKERS", "9"));

    assertThat(settings.text(Option.APP)).isEqualTo("shop.py");
    assertThat(settings.number(Option.WORKERS)).isEqualTo(4);
    assertThat(settings.time(Option.TIMEOUT)).hasMinutes(2);
    assertThat(settings.flag(Option.LINT)).isTrue();
    assertThat(settings.given(Option.AJP_SECRET)).isFalse();
    assertThat(settings.find(Option.WORKERS).orElseThrow().origin())
        .isEqualTo(new Origin(Source.ENVIRONMENT, "WSGI_BRIDGE_WORKERS"));
  }

  @Test
  void onlyWhatIsAskedForIsRead() {
    Map<String, String> environment =
        Map.of("WSGI_BRIDGE_WORKERS", "many", "WSGI_BRIDGE_THREADS", "2");
    assertThat(Variables.read(environment, List.of(Option.THREADS))).hasSize(1);
  }

  @Test
  void listsAreSeparated() {
    Settings settings =
        read(
            Map.of(
                "WSGI_BRIDGE_BIND", "http://a:1, fcgi://b:2",
                "WSGI_BRIDGE_MOUNT", "/a=a:make(x=1,y=2), /b=b.py",
                "WSGI_BRIDGE_PYTHON_PATH", "src" + File.pathSeparator + "lib,old"));

    assertThat(settings.texts(Option.BIND)).containsExactly("http://a:1", "fcgi://b:2");
    assertThat(settings.texts(Option.MOUNT)).containsExactly("/a=a:make(x=1,y=2)", "/b=b.py");
    assertThat(settings.texts(Option.PYTHON_PATH)).containsExactly("src", "lib,old");
  }

  @Test
  void aWrongValueIsSaid() {
    assertThatThrownBy(() -> read(Map.of("WSGI_BRIDGE_RELOAD_ON_RSS", "1G")))
        .isInstanceOf(OptionException.class)
        .hasMessage("WSGI_BRIDGE_RELOAD_ON_RSS: found '1G', expected 0 or more, in MB");
  }

  @Test
  void platformsReplaceDefaults() {
    Map<String, String> environment = Map.of("PORT", "5000", "WEB_CONCURRENCY", "3");
    Settings settings = NOTHING.over(Variables.ofPlatform(environment, NOTHING));

    assertThat(settings.texts(Option.BIND)).containsExactly("http://0.0.0.0:5000");
    assertThat(settings.number(Option.WORKERS)).isEqualTo(3);
    assertThat(settings.given(Option.BIND)).isFalse();

    Settings stronger = read(Map.of("WSGI_BRIDGE_BIND", "http://a:1", "WSGI_BRIDGE_WORKERS", "0"));
    assertThat(Variables.ofPlatform(environment, stronger)).isEmpty();
    assertThat(Variables.ofPlatform(Map.of("PORT", ""), NOTHING)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"tcp://10.0.0.1:80", "65536", "-1", "http"})
  void aPortIsANumber(String port) {
    assertThatThrownBy(() -> Variables.ofPlatform(Map.of("PORT", port), NOTHING))
        .isInstanceOf(OptionException.class)
        .hasMessage("PORT: found '%s', expected a port, 0 to 65535".formatted(port));
  }

  @Test
  void aWrongNameIsSaid() {
    assertThat(
            Variables.unknown(
                Map.of(
                    "WSGI_BRIDGE_WORKRES", "4",
                    "WSGI_BRIDGE_COLOUR", "red",
                    "WSGI_BRIDGE_WORKERS", "4",
                    "OTHER", "x")))
        .containsExactly(
            "WSGI_BRIDGE_COLOUR: there is no such option",
            "WSGI_BRIDGE_WORKRES: there is no such option; did you mean WSGI_BRIDGE_WORKERS?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "WSGI_BRIDGE_PYTHON_PROBE",
        "WSGI_BRIDGE_GRAALPY_JIT",
        "WSGI_BRIDGE_PORT",
        "WSGI_BRIDGE_PORT_8080_TCP_ADDR",
        "WSGI_BRIDGE_SERVICE_HOST",
        "WSGI_BRIDGE_CANARY_SERVICE_PORT_HTTP",
      })
  void whatIsSomebodyElsesIsLeftAlone(String name) {
    assertThat(Variables.unknown(Map.of(name, "x"))).isEmpty();
  }
}
