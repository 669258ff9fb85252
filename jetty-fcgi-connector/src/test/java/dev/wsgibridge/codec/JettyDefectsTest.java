package dev.wsgibridge.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.Codec.AfterEnd;
import dev.wsgibridge.codec.Codec.Ending;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Jetty's own FastCGI server ({@code jetty-fcgi-server} 12.1.10) gets wrong, byte for byte.
 */
class JettyDefectsTest {

  private static final String BEGIN = "01 01 0001 0008 00 00  0001 01 0000000000";
  private static final String END_PARAMS = "01 04 0001 0000 00 00";
  private static final String END_STDIN = "01 05 0001 0000 00 00";

  private final Codec codec = new FastCgiCodec(Limits.DEFAULT);
  private final Output output = new Output();

  /** It cuts the value to 7,232 bytes, and reads its rest as further params. */
  @Test
  void aParamOf40000BytesIsWhole() throws Exception {
    CgiParams params = params("01 04 0001 9c4a 00 00  01 80 00 9c 40 'A' 'x'*40000  01 01 'Bb'");
    assertThat(params.size()).isEqualTo(2);
    assertThat(params.last("A")).isEqualTo("x".repeat(40_000));
    assertThat(params.last("B")).isEqualTo("b");
  }

  /** It stalls. */
  @Test
  void aParamMayBeSplitOverTwoRecords() throws Exception {
    assertThat(
            params("01 04 0001 0008 00 00  0c 03 'QUERY_'", "01 04 0001 0009 00 00  'STRINGa=b'")
                .last("QUERY_STRING"))
        .isEqualTo("a=b");
  }

  /** To it this is UTF-8, and U+FFFD. */
  @Test
  void aByteAboveAsciiStaysItself() throws Exception {
    assertThat(params("01 04 0001 0004 00 00  01 01 'A' e9").last("A")).isEqualTo("\u00e9");
  }

  /** It never closes the connection, for which nginx waits. */
  @Test
  void withoutKeepConnTheConnectionIsClosed() throws Exception {
    hear("01 01 0001 0008 00 00  0001 00 0000000000", END_PARAMS, END_STDIN);
    assertThat(codec.end(1, Ending.COMPLETE, output)).isEqualTo(AfterEnd.CLOSE);
  }

  /** It needs DOCUMENT_URI, which Apache doesn't send. */
  @Test
  void thePathIsThatOfRequestUri() throws Exception {
    assertThat(params("01 04 0001 0011 00 00  0b 04 'REQUEST_URI/a?b'").target()).isEqualTo("/a?b");
  }

  /** It hangs at the first, begins the query at the second, and answers the others with 400. */
  @ParameterizedTest
  @ValueSource(strings = {"/%25", "/%3F", "/%20", "/%C3%A9", "/a%2Fb//c;p=1?q=%20&r"})
  void anEscapedPathStaysAsItIs(String path) throws Exception {
    byte[] pair = FastCgiFront.pairs("REQUEST_URI", path);
    String record = "01 04 0001 %04x 00 00 ".formatted(pair.length);
    assertThat(params(record + Octets.text(pair)).target()).isEqualTo(path);
  }

  @Test
  void getValuesIsAnswered() throws Exception {
    assertThat(hear("01 09 0000 000f 00 00  0d 00 'FCGI_MAX_REQS'")).isEmpty();
    assertThat(answered()).isEqualTo(Octets.of("01 0a 0000 0012 00 00  0d 03 'FCGI_MAX_REQS256'"));
  }

  @Test
  void anUnknownTypeIsAnswered() throws Exception {
    assertThat(hear("01 0c 0000 0000 00 00")).isEmpty();
    assertThat(answered()).isEqualTo(Octets.of("01 0b 0000 0008 00 00  0c 00*7"));
  }

  @Test
  void anAuthorizerIsServed() throws Exception {
    assertThat(hear("01 01 0001 0008 00 00  0002 01 0000000000", END_PARAMS))
        .hasSize(2)
        .last()
        .isEqualTo(new Event.End(1));
  }

  @Test
  void anUnknownRoleIsAnswered() throws Exception {
    assertThat(hear("01 01 0001 0008 00 00  0004 01 0000000000")).hasSize(1);
    codec.end(1, Ending.COMPLETE, output);
    assertThat(answered()).isEqualTo(Octets.of("01 03 0001 0008 00 00  00000000 03 000000"));
  }

  @Test
  void anAbortIsTold() throws Exception {
    assertThat(hear(BEGIN, END_PARAMS, "01 02 0001 0000 00 00")).contains(new Event.Abort(1));
  }

  /** To it any HTTPS is on. */
  @Test
  void httpsMayBeOff() throws Exception {
    assertThat(params("01 04 0001 000a 00 00  05 03 'HTTPSoff'").isSecure()).isFalse();
  }

  @Test
  void typeLengthAndAddressArrive() throws Exception {
    CgiParams params =
        params(
            "01 04 0001 003d 00 00  0c 08 'CONTENT_TYPEtext/csv'  0e 01 'CONTENT_LENGTH0'",
            "0b 09 'REMOTE_ADDR192.0.2.1'");
    assertThat(params.last("CONTENT_TYPE")).isEqualTo("text/csv");
    assertThat(params.contentLength()).isZero();
    assertThat(params.last("REMOTE_ADDR")).isEqualTo("192.0.2.1");
  }

  /** Its are UTF-8. */
  @Test
  void responseHeadersAreLatin1() throws Exception {
    hear(BEGIN, END_PARAMS, END_STDIN);
    codec.head(1, 200, "OK", List.of(new Header("X", "\u00e9")), output);
    assertThat(answered())
        .isEqualTo(Octets.of("01 06 0001 0018 00 00  'Status: 200 OK' 0d0a 'X: ' e9 0d0a 0d0a"));
  }

  @Test
  void requestsMayBeMultiplexed() throws Exception {
    assertThat(
            hear(
                BEGIN,
                "01 01 0002 0008 00 00  0001 01 0000000000",
                END_PARAMS,
                "01 04 0002 0000 00 00",
                "01 05 0002 0000 00 00",
                END_STDIN))
        .extracting(event -> event.getClass().getSimpleName() + event.id())
        .containsExactly("Request1", "Request2", "End2", "End1");
    codec.end(2, Ending.COMPLETE, output);
    codec.end(1, Ending.COMPLETE, output);
    assertThat(answered())
        .isEqualTo(
            Octets.of(
                "01 06 0002 0000 00 00  01 03 0002 0008 00 00  00*8",
                "01 06 0001 0000 00 00  01 03 0001 0008 00 00  00*8"));
  }

  private CgiParams params(String... records) throws ProtocolException {
    List<String> all = new ArrayList<>(List.of(records));
    all.add(0, BEGIN);
    all.add(END_PARAMS);
    List<Event> events = hear(all.toArray(String[]::new));
    assertThat(events.get(0)).isInstanceOf(Event.Request.class);
    return ((Event.Request) events.get(0)).params();
  }

  private List<Event> hear(String... octets) throws ProtocolException {
    ByteBuffer input = ByteBuffer.wrap(Octets.of(octets));
    List<Event> events = new ArrayList<>();
    for (Event event = codec.decode(input, output);
        event != null;
        event = codec.decode(input, output)) {
      events.add(event);
    }
    return events;
  }

  private byte[] answered() {
    return Octets.of(output);
  }
}
