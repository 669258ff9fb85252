package dev.wsgibridge.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Header;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScgiCodecTest {

  private static final byte[] REQUEST = ScgiFront.request("body", "REQUEST_METHOD", "POST");

  private final ScgiCodec codec = new ScgiCodec(Limits.DEFAULT);
  private final Output output = new Output();

  @ParameterizedTest
  @MethodSource("dev.wsgibridge.codec.ScgiVectors#requests")
  void isHeardAtEverySplit(RequestVector vector) {
    Heard.assertEvents(
        () -> new ScgiCodec(ScgiVectors.LIMITS),
        vector.octets(),
        vector.events().toArray(String[]::new));
    assertThat(Heard.of(new ScgiCodec(ScgiVectors.LIMITS), vector.octets()).answered()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("dev.wsgibridge.codec.ScgiVectors#requests")
  void isWrittenByAFront(RequestVector vector) {
    assertThat(Octets.text(vector.front())).isEqualTo(Octets.text(vector.octets()));
  }

  @Test
  void isAnsweredAsCgi() {
    Heard.of(codec, REQUEST);

    codec.demand(1, output);
    codec.errors(1, "to no one", output);
    codec.head(1, 404, "Not Found", List.of(new Header("X-A", "b")), output);
    codec.content(1, ByteBuffer.wrap(Octets.of("'no'")), output);
    assertThat(codec.end(1, Codec.Ending.COMPLETE, output)).isEqualTo(Codec.AfterEnd.CLOSE);

    byte[] octets = Octets.of("'Status: 404 Not Found' 0D0A 'X-A: b' 0D0A 0D0A 'no'");
    assertThat(Octets.text(Octets.of(output))).isEqualTo(Octets.text(octets));
    assertThat(CgiAnswer.ofCgi(octets))
        .isEqualTo(new CgiAnswer(404, "Not Found", List.of(new Header("X-A", "b")), "no"));
  }

  @Test
  void whatIsBrokenOffEndsInAReset() {
    Heard.of(codec, REQUEST);
    codec.head(1, 200, "OK", List.of(), output);

    assertThat(codec.end(1, Codec.Ending.BROKEN_OFF, output)).isEqualTo(Codec.AfterEnd.BREAK_OFF);
  }

  @Test
  void whatComesAfterTheAnswerIsDropped() throws Exception {
    Heard.of(codec, Arrays.copyOf(REQUEST, REQUEST.length - 2));
    codec.head(1, 200, "OK", List.of(), output);
    codec.end(1, Codec.Ending.COMPLETE, output);

    assertThat(Heard.of(codec, Octets.of("'dy'")).events()).isEmpty();
    assertThat(Heard.of(codec, REQUEST).events()).isEmpty();
    codec.inputEnded();
  }

  /** Below, at and above the limit of all headers together. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1})
  void headersAreLimited(int beyond) {
    byte[] headers =
        ScgiFront.headers("CONTENT_LENGTH", "0", "SCGI", "1", "X", "x".repeat(1000 + beyond));
    Limits limits = new Limits(headers.length - beyond, 1);

    assertThat(Heard.of(new ScgiCodec(limits), ScgiFront.netstring(headers)).events().get(0))
        .startsWith(beyond > 0 ? "Refused 1, 431: " : "Request 1, 0: ");
  }

  /** Two billion bytes: the announcement alone must not cost them. */
  @Test
  void announcedHeadersTakeNoMemory() {
    ScgiCodec patient = new ScgiCodec(new Limits(Integer.MAX_VALUE, 1));

    assertThat(Heard.of(patient, Octets.of("'2147483647:CONTENT_LENGTH' 00")).events()).isEmpty();
  }

  static Stream<byte[]> parts() {
    return Stream.iterate(1, i -> i + 1)
        .limit(REQUEST.length - 1)
        .map(i -> Arrays.copyOf(REQUEST, i));
  }

  @ParameterizedTest
  @MethodSource("parts")
  void endsInTheMiddle(byte[] part) {
    Heard.of(codec, part);

    assertThatThrownBy(codec::inputEnded)
        .isInstanceOf(ProtocolException.class)
        .hasMessageStartingWith("SCGI: the connection ended ");
  }

  /** A front may end its side, and wait for the answer. */
  @Test
  void endsAfterTheRequest() {
    assertThatCode(codec::inputEnded).doesNotThrowAnyException();
    Heard.of(codec, REQUEST);
    assertThatCode(codec::inputEnded).doesNotThrowAnyException();
    codec.head(1, 200, "OK", List.of(), output);
    assertThat(codec.end(1, Codec.Ending.COMPLETE, output)).isEqualTo(Codec.AfterEnd.CLOSE);
  }
}
