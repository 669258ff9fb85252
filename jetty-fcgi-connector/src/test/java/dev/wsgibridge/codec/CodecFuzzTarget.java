package dev.wsgibridge.codec;

import static dev.wsgibridge.FuzzSeeds.join;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
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

  private static final String[] PARAMS = {
    "REQUEST_METHOD", "POST", "REQUEST_URI", "/a", "CONTENT_LENGTH", "4"
  };

  private CodecFuzzTarget() {}

  /** Requests as fronts send them: whole, broken off, two of them, and with junk behind. */
  public static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (int protocol = 0; protocol < 4; protocol++) {
      byte[] request = request(protocol);
      for (int choice = 0; choice < 8; choice++) {
        byte[] choices = {(byte) protocol, 0, (byte) choice};
        seeds.add(join(choices, request));
        seeds.add(join(choices, Arrays.copyOf(request, request.length / 2)));
        seeds.add(join(choices, request, request));
        seeds.add(join(choices, request, new byte[] {-1, -1, -1}));
      }
    }
    return seeds;
  }

  private static byte[] request(int protocol) {
    return switch (protocol) {
      case 0 ->
          new FastCgiFront().request(1, 1, "body", PARAMS).getValues("FCGI_MAX_CONNS").bytes();
      case 1 -> ScgiFront.request("body", PARAMS[0], PARAMS[1], PARAMS[2], PARAMS[3]);
      case 2 -> UwsgiFront.request("body", PARAMS);
      default -> join(AjpFront.post("/a").header(0xA008, "4").packet(), AjpFront.body("body"));
    };
  }

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
