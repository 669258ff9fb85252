package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Environ;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironTextTest {

  private static Environ environ(Map<String, Object> extra) {
    Environ.Builder builder =
        Environ.request("GET", "/a%00b%0A%C4%80", "HTTP/1.1")
            .server("localhost", 80)
            .streams(InputStream.nullInputStream(), new PrintWriter(new StringWriter()));
    builder.mount("");
    extra.forEach(builder::put);
    return builder.build();
  }

  private static Map<String, String> entries(EnvironText text) {
    String[] parts = text.text().split("\u0100", -1);
    assertThat(parts.length).isEven();
    Map<String, String> entries = new HashMap<>();
    for (int i = 0; i < parts.length; i += 2) {
      entries.put(parts[i], parts[i + 1]);
    }
    return entries;
  }

  @Test
  void holdsEveryStringAndNothingElse() throws Exception {
    Environ environ = environ(Map.of("EMPTY", "", "dev.example.bean", new Object()));
    Map<String, String> strings = new HashMap<>();
    environ.forEach(
        (key, value) -> {
          if (value instanceof String string) {
            strings.put(key, string);
          }
        });
    assertThat(entries(EnvironText.of(environ))).isEqualTo(strings).containsEntry("EMPTY", "");
    assertThat(entries(EnvironText.of(environ))).containsEntry("PATH_INFO", "/a\0b\n\u00c4\u0080");
  }

  @Test
  void flagsFollowTheEnviron() throws Exception {
    assertThat(EnvironText.of(environ(Map.of())).flags()).isZero();
    assertThat(EnvironText.of(environ(Map.of(Environ.WSGI_MULTIPROCESS, true))).flags())
        .isEqualTo(EnvironText.MULTIPROCESS);
    assertThat(EnvironText.of(environ(Map.of(Environ.WSGI_RUN_ONCE, true))).flags())
        .isEqualTo(EnvironText.RUN_ONCE);
    assertThat(EnvironText.of(environ(Map.of(Environ.CONTENT_LENGTH, "0"))).flags())
        .isEqualTo(EnvironText.NO_INPUT);
  }

  @Test
  void objectsAreWhatIsNeitherTextNorPep3333s() {
    Object bean = new Object();
    assertThat(EnvironText.objects(environ(Map.of("dev.example.bean", bean, "TEXT", "x"))))
        .containsExactly(Map.entry("dev.example.bean", bean));
  }

  @Test
  void textThatIsNoNativeStringIsRefused() {
    assertThatThrownBy(() -> EnvironText.of(environ(Map.of("x.name", "\u0100"))))
        .hasMessage(
            "environ x.name: found U+0100, expected U+0000 to U+00FF; put text in as bytes, each a character");
    assertThatThrownBy(() -> EnvironText.of(environ(Map.of("x.\ud83d\ude00", "y"))))
        .hasMessageStartingWith("environ key: found U+1F600, expected U+0000 to U+00FF");
  }

  @Test
  void isBoundedInBytes() throws Exception {
    int rest = EnvironText.of(environ(Map.of("x.large", ""))).text().getBytes(UTF_8).length;
    int most = EnvironText.MAX_BYTES - rest;
    for (String letter : List.of("x", "\u00e4")) {
      int width = letter.getBytes(UTF_8).length;
      String below = letter.repeat(most / width) + "x".repeat(most % width);
      assertThat(EnvironText.of(environ(Map.of("x.large", below))).text().getBytes(UTF_8).length)
          .isEqualTo(EnvironText.MAX_BYTES);
      assertThatThrownBy(() -> EnvironText.of(environ(Map.of("x.large", below + "x"))))
          .isInstanceOf(UnansweredException.class)
          .hasMessage(
              "environ: found names and values of 983041 bytes in UTF-8, expected 983040 at most");
    }
  }
}
