package dev.wsgibridge.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Header;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CgiHeadTest {

  private final Output output = new Output();

  private String put(int status, String reason, Header... headers) {
    CgiHead.put(status, reason, List.of(headers), output);
    return Octets.text(Octets.of(output));
  }

  @Test
  void statusThenHeadersInTheirOrder() {
    assertThat(
            put(
                200,
                "OK",
                new Header("Set-Cookie", "a=1"),
                new Header("X", "y"),
                new Header("Set-Cookie", "b=2")))
        .isEqualTo(
            "'Status: 200 OK' 0d 0a 'Set-Cookie: a=1' 0d 0a 'X: y' 0d 0a 'Set-Cookie: b=2' 0d 0a 0d 0a");
  }

  /** RFC 3875, 6.3.3: the space behind the code stays. */
  @ParameterizedTest
  @CsvSource({"101", "204", "599", "999"})
  void aReasonMayBeEmpty(int status) {
    assertThat(put(status, "")).isEqualTo("'Status: %d ' 0d 0a 0d 0a".formatted(status));
  }

  @Test
  void theStatusIsNoHeader() {
    assertThat(put(200, "OK", new Header("Status", "404 Not Found"), new Header("sTATUS", "500")))
        .isEqualTo("'Status: 200 OK' 0d 0a 0d 0a");
  }

  @Test
  void nothingEndsALineBeforeItsEnd() {
    StringBuilder controls = new StringBuilder("a");
    for (char c = 0; c < ' '; c++) {
      controls.append(c);
    }
    controls.append('\u007f').append('b');

    assertThat(put(200, controls.toString(), new Header("X\r\nY", controls.toString())))
        .isEqualTo(
            "'Status: 200 a%1$s' 09 '%2$sb' 0d 0a 'X  Y: a%1$s' 09 '%2$sb' 0d 0a 0d 0a"
                .formatted(" ".repeat(9), " ".repeat(23)));
  }

  @Test
  void charactersAreBytes() {
    assertThat(put(200, "\u00e9", new Header("X", "\u00ff\u0080\u20ac")))
        .isEqualTo("'Status: 200 ' e9 0d 0a 'X: ' ff 80 '?' 0d 0a 0d 0a");
  }

  @Test
  void aHeadMayBeLong() {
    Header[] headers = new Header[1000];
    for (int i = 0; i < headers.length; i++) {
      headers[i] = new Header("X-" + i, "v".repeat(1000));
    }
    CgiHead.put(200, "OK", List.of(headers), output);

    CgiAnswer answer = CgiAnswer.ofCgi(Octets.of(output));
    assertThat(answer.headers()).containsExactly(headers);
    assertThat(answer.body()).isEmpty();
  }
}
