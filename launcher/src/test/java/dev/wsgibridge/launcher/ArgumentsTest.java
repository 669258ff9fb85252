package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ArgumentsTest {

  private static Arguments parse(String... arguments) {
    return Arguments.of(new CommandLine(Arguments.spec()).parseArgs(arguments));
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
                0,
                Duration.ofSeconds(30),
                "auto",
                List.of(),
                List.of()));
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
                "--threads=3",
                "--graceful-timeout=5s",
                "--python=/usr/bin/python3",
                "--python-path=src",
                "--python-path=lib",
                "--classpath=a.jar:b.jar"))
        .isEqualTo(
            new Arguments(
                "mysite.wsgi:application",
                List.of("http://127.0.0.1:0", "http://[::1]:0"),
                List.of("/a=a.py", "/b=b:make(x=1)"),
                "/shop",
                true,
                3,
                Duration.ofSeconds(5),
                "/usr/bin/python3",
                List.of(Path.of("src"), Path.of("lib")),
                List.of("a.jar:b.jar")));
  }

  @ParameterizedTest
  @CsvSource({"30s, PT30S", "30, PT30S", "0, PT0S", "500ms, PT0.5S", "2m, PT2M", "1h, PT1H"})
  void timesHaveUnits(String text, Duration duration) {
    assertThat(parse("--graceful-timeout", text).gracefulTimeout()).isEqualTo(duration);
  }
}
