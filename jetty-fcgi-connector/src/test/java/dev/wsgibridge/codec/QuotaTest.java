package dev.wsgibridge.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QuotaTest {

  private static final Limits LIMITS = new Limits(1000, 100);

  @Test
  void isTakenUpToItsEnd() {
    Quota quota = Quota.of(10);

    assertThat(quota.take(9)).isTrue();
    assertThat(quota.take(2)).isFalse();
    assertThat(quota.take(1)).isTrue();
    assertThat(quota.take(1)).isFalse();
    quota.give(4);
    assertThat(quota.take(4)).isTrue();
  }

  @Test
  void ofAConnectionIsPartOfAll() {
    Quota all = Quota.of(10_000);
    Quota one = all.forConnection(LIMITS);
    Quota other = all.forConnection(LIMITS);

    assertThat(one.take(8001)).isFalse();
    assertThat(one.take(8000)).isTrue();
    assertThat(other.take(2001)).isFalse();
    assertThat(other.take(2000)).isTrue();
    one.close();
    one.give(5);
    assertThat(one.take(1)).isFalse();
    assertThat(all.held()).isEqualTo(2000);
    assertThat(other.take(6000)).isTrue();
  }

  enum Protocol {
    FCGI,
    SCGI,
    UWSGI,
    AJP;

    Codec codec(Quota quota) {
      return switch (this) {
        case FCGI -> new FastCgiCodec(LIMITS, quota);
        case SCGI -> new ScgiCodec(LIMITS, quota);
        case UWSGI -> new UwsgiCodec(LIMITS, quota);
        case AJP -> new AjpCodec(LIMITS, quota, null, Set.of(), false, AjpCodec.PACKET_BYTES);
      };
    }

    byte[] request() {
      String[] params = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/", "CONTENT_LENGTH", "0"};
      return switch (this) {
        case FCGI -> new FastCgiFront().request(1, 1, "", params).bytes();
        case SCGI -> ScgiFront.request("", params);
        case UWSGI -> UwsgiFront.request("", params);
        case AJP -> AjpFront.get("/").packet();
      };
    }
  }

  private static List<Event> hear(Codec codec, byte[] bytes) throws ProtocolException {
    List<Event> events = new ArrayList<>();
    ByteBuffer input = ByteBuffer.wrap(bytes);
    Output output = new Output();
    for (Event event = codec.decode(input, output);
        event != null;
        event = codec.decode(input, output)) {
      events.add(event);
    }
    return events;
  }

  @ParameterizedTest
  @EnumSource
  void requestHoldsItUntilItsAnswerEnds(Protocol protocol) throws Exception {
    Quota quota = Quota.of(1000);
    Codec codec = protocol.codec(quota);

    assertThat(hear(codec, protocol.request()).get(0)).isInstanceOf(Event.Request.class);
    assertThat(quota.held()).isGreaterThan(20);

    codec.end(1, Codec.Ending.COMPLETE, new Output());
    assertThat(quota.held()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void requestBeyondItGets503(Protocol protocol) throws Exception {
    Codec codec = protocol.codec(Quota.of(20));

    assertThat(hear(codec, protocol.request()))
        .singleElement()
        .isInstanceOfSatisfying(
            Event.Refused.class, refused -> assertThat(refused.status()).isEqualTo(503));
  }
}
