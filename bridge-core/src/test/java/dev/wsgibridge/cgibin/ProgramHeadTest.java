package dev.wsgibridge.cgibin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProgramHeadTest {

  private static ProgramHead read(String text) throws CgiException {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return ProgramHead.of(bytes, ProgramHead.end(bytes, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n"})
  void document(String end) throws Exception {
    String head =
        String.join(
            end,
            "Content-Type: text/html",
            "Status: 404 Not Found",
            "Set-Cookie:a=1",
            "set-cookie:  b=\u00e9 ",
            "",
            "");

    ProgramHead read = read(head + "body\n\n");

    assertThat(read.status()).isEqualTo("404 Not Found");
    assertThat(read.typedHeaders())
        .containsExactly(
            Header.of("Content-Type", "text/html"),
            Header.of("Set-Cookie", "a=1"),
            Header.of("set-cookie", "b=\u00e9"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"A: b\n\n", "A: b\r\n\r\n", "A: b\r\n\n", "A: b\n\r\n", "\n", "\r\n"})
  void endsAtTheSamePlaceWhereverItIsSplit(String head) {
    byte[] bytes = (head + "x\n\n").getBytes(ISO_8859_1);
    for (int split = 0; split < head.length(); split++) {
      byte[] part = (head + "x\n\n").substring(0, split).getBytes(ISO_8859_1);
      assertThat(ProgramHead.end(part, 0)).as("up to %d", split).isEqualTo(-1);
      assertThat(ProgramHead.end(bytes, split)).as("from %d", split).isEqualTo(head.length());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Content-Type: text/plain, 200 OK",
    "Status: 404, '404 '",
    "Location: https://example.org/, 302 Found",
    "Location: /elsewhere, 302 Found",
  })
  void impliedStatus(String line, String status) throws Exception {
    assertThat(read(line + "\n\n").status()).isEqualTo(status);
  }

  @Test
  void redirectKeepsItsStatus() throws Exception {
    assertThat(read("Location: /x\nStatus: 301 Moved\n\n").status()).isEqualTo("301 Moved");
  }

  @Test
  void contentTypeMayBeMissing() throws Exception {
    assertThat(read("Status: 404 Not Found\n\n").typedHeaders())
        .containsExactly(Header.of("Content-Type", "text/plain"));
    assertThat(read("Status: 304 Not Modified\n\n").typedHeaders()).isEmpty();
    assertThat(read("Status: 301 Moved\nLocation: /x\n\n").typedHeaders())
        .containsExactly(Header.of("Location", "/x"), Header.of("Content-Type", "text/plain"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "X: y\n\n"})
  void headThatTellsNothingIs200(String head) throws Exception {
    assertThat(read(head).status()).isEqualTo("200 OK");
  }

  @Test
  void lastOfTwoCounts() throws Exception {
    ProgramHead head =
        read(
            """
            Status: 200 OK
            Content-Type: a/b
            Set-Cookie: a=1
            status: 404 Not Found
            content-type: c/d
            Set-Cookie: b=2

            """);

    assertThat(head.status()).isEqualTo("404 Not Found");
    assertThat(head.typedHeaders())
        .containsExactly(
            Header.of("Set-Cookie", "a=1"),
            Header.of("content-type", "c/d"),
            Header.of("Set-Cookie", "b=2"));
  }

  @Test
  void connectionIsTheServers() throws Exception {
    ProgramHead head =
        read("Content-Type: a/b\nConnection: close\nKeep-Alive: 5\nProxy-Connection: x\n\n");

    assertThat(head.typedHeaders()).containsExactly(Header.of("Content-Type", "a/b"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'<html>\n\n' | \"<html>\"",
        "': x\n\n' | \": x\"",
        "'Content-Type: a\n b\n\n' | \" b\"",
        "'Status: OK\n\n' | Status: \"OK\"",
        "'Status: 100 Continue\n\n' | Status: \"100 Continue\"",
        "'HTTP/1.1 200 OK\nContent-Type: a\n\n' | (NPH, RFC 3875, 5) are not supported",
      })
  void malformed(String head, String message) {
    assertThatThrownBy(() -> read(head))
        .isInstanceOfSatisfying(
            CgiException.class, e -> assertThat(e.status()).isEqualTo("502 Bad Gateway"))
        .hasMessageContaining(message);
  }
}
