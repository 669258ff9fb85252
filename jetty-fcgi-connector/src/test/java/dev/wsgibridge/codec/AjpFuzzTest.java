package dev.wsgibridge.codec;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Random packets for AJP. */
class AjpFuzzTest extends CodecFuzz {

  @Override
  Codec codec(SplittableRandom random) {
    return new AjpCodec(
        new Limits(1 + random.nextInt(400), 1),
        random.nextInt(4) == 0 ? "secret" : null,
        Set.of("GREETING"),
        random.nextBoolean());
  }

  @Override
  List<byte[]> valid() {
    return AjpVectors.requests().map(AjpVectors.Request::sent).toList();
  }

  @Override
  byte[] random(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> AjpFront.packet(noise(random, random.nextInt(40)));
      case 1 -> AjpFront.body(noise(random, random.nextInt(40)));
      case 2 -> AjpFront.cping();
      case 3 ->
          AjpFront.post("/")
              .header(0xA008, Integer.toString(random.nextInt(-1, 60)))
              .attribute(12, random.nextBoolean() ? "secret" : "other")
              .packet();
      case 4 -> AjpFront.post("/").header("transfer-encoding", "chunked").packet();
      default ->
          AjpFront.forward(random.nextInt(256), "/" + "a".repeat(random.nextInt(200)))
              .header(0xA000 + random.nextInt(18), "b")
              .attribute(random.nextInt(14), "c")
              .packet();
    };
  }
}
