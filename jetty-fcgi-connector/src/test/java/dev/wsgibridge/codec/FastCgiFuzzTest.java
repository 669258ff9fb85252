package dev.wsgibridge.codec;

import java.util.List;
import java.util.SplittableRandom;

/** Random records for FastCGI. */
class FastCgiFuzzTest extends CodecFuzz {

  @Override
  Codec codec(SplittableRandom random) {
    return new FastCgiCodec(new Limits(1 + random.nextInt(400), 1 + random.nextInt(3)));
  }

  @Override
  List<byte[]> valid() {
    return FastCgiVectors.requests().map(FastCgiVectors.Request::octets).toList();
  }

  @Override
  byte[] random(SplittableRandom random) {
    FastCgiFront front = new FastCgiFront();
    int id = random.nextInt(4);
    // A GET_VALUES and its kin have the id 0, others rather not.
    int type = random.nextInt(13);
    int padding = random.nextInt(4) == 0 ? random.nextInt(256) : 0;
    byte[] content =
        switch (random.nextInt(4)) {
          case 0 -> new byte[0];
          case 1 -> noise(random, random.nextInt(40));
          case 2 -> FastCgiFront.pairs("CONTENT_LENGTH", String.valueOf(random.nextInt(30)));
          default -> FastCgiFront.pairs("a".repeat(random.nextInt(200)), "b", "FCGI_MAX_REQS", "");
        };
    if (random.nextInt(4) == 0) {
      return front.begin(id, random.nextInt(4), random.nextInt(2)).bytes();
    }
    return front.record(type, id, content, padding).bytes();
  }
}
