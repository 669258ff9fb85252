package dev.wsgibridge.codec;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * For a coverage-guided fuzzer: any bytes to any codec, in parts, its answers in flight meanwhile.
 *
 * <p>Byte 0 chooses the protocol, bytes 1 and 2 the parts and the answers; the rest is sent.
 */
public final class CodecFuzzTarget {

  private static final int CHOICES = 3;
  private static final Limits LIMITS = new Limits(1000, 4);

  private CodecFuzzTarget() {}

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < CHOICES) {
      return;
    }
    Quota quota = Quota.of(4000);
    Quota ofConnection = quota.forConnection(LIMITS);
    SplittableRandom random = new SplittableRandom(data[1] << 8 | data[2]);
    new CodecFuzz.Connection(codec(data[0] & 3, ofConnection), random, new HashMap<>())
        .feed(Arrays.copyOfRange(data, CHOICES, data.length));
    ofConnection.close();
    if (quota.held() != 0) {
      throw new AssertionError("the quota is short of %d bytes".formatted(quota.held()));
    }
  }

  private static Codec codec(int protocol, Quota quota) {
    return switch (protocol) {
      case 0 -> new FastCgiCodec(LIMITS, quota);
      case 1 -> new ScgiCodec(LIMITS, quota);
      case 2 -> new UwsgiCodec(LIMITS, quota);
      default -> new AjpCodec(LIMITS, quota, null, Set.of("A"), true, AjpCodec.PACKET_BYTES);
    };
  }
}
