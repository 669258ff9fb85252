package dev.wsgibridge.codec;

import java.util.List;
import java.util.SplittableRandom;

/** Random packets for uwsgi. */
class UwsgiFuzzTest extends CodecFuzz {

  @Override
  Codec codec(SplittableRandom random) {
    return new UwsgiCodec(new Limits(1 + random.nextInt(400), 1));
  }

  @Override
  List<byte[]> valid() {
    return UwsgiVectors.requests().map(RequestVector::octets).toList();
  }

  @Override
  byte[] random(SplittableRandom random) {
    int modifier1 = random.nextInt(8) == 0 ? random.nextInt(256) : 0;
    return switch (random.nextInt(3)) {
      case 0 -> UwsgiFront.packet(modifier1, noise(random, random.nextInt(40)), random.nextInt());
      case 1 ->
          UwsgiFront.packet(
              modifier1, UwsgiFront.vars("CONTENT_LENGTH", "" + random.nextInt(-1, 30)), 0);
      default ->
          UwsgiFront.request("b".repeat(random.nextInt(30)), "a".repeat(random.nextInt(200)), "");
    };
  }
}
