package dev.wsgibridge.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.SplittableRandom;

/** Random netstrings for SCGI. */
class ScgiFuzzTest extends CodecFuzz {

  @Override
  Codec codec(SplittableRandom random) {
    return new ScgiCodec(new Limits(1 + random.nextInt(400), 1));
  }

  @Override
  List<byte[]> valid() {
    return ScgiVectors.requests().map(RequestVector::octets).toList();
  }

  @Override
  byte[] random(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> (random.nextInt() + ":").getBytes(ISO_8859_1);
      case 1 -> ScgiFront.netstring(noise(random, random.nextInt(40)));
      case 2 ->
          ScgiFront.netstring(
              ScgiFront.headers("CONTENT_LENGTH", "" + random.nextInt(-1, 30), "SCGI", "1"));
      default ->
          ScgiFront.request("b".repeat(random.nextInt(30)), "a".repeat(random.nextInt(200)), "");
    };
  }
}
