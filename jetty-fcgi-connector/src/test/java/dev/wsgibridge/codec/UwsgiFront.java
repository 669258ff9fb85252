package dev.wsgibridge.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;

/**
 * The front's side of uwsgi: what it sends. What comes back is read by {@link CgiAnswer#ofHttp}.
 */
public final class UwsgiFront {

  private UwsgiFront() {}

  /** A whole request. A body needs its CONTENT_LENGTH among the vars. */
  public static byte[] request(String body, String... keysAndValues) {
    return CodecFuzz.join(packet(0, vars(keysAndValues), 0), body.getBytes(ISO_8859_1));
  }

  /** A packet of any kind. */
  public static byte[] packet(int modifier1, byte[] data, int modifier2) {
    byte[] header = {
      (byte) modifier1, (byte) data.length, (byte) (data.length >>> 8), (byte) modifier2
    };
    return CodecFuzz.join(header, data);
  }

  /** Vars, each with its value, in this order. */
  public static byte[] vars(String... keysAndValues) {
    ByteArrayOutputStream vars = new ByteArrayOutputStream();
    for (String text : keysAndValues) {
      vars.write(text.length());
      vars.write(text.length() >>> 8);
      vars.writeBytes(text.getBytes(ISO_8859_1));
    }
    return vars.toByteArray();
  }
}
