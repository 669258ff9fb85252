package dev.wsgibridge.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;

/** The front's side of SCGI: what it sends. What comes back is read by {@link CgiAnswer#ofCgi}. */
public final class ScgiFront {

  private ScgiFront() {}

  /** A whole request; CONTENT_LENGTH and SCGI are added in front of the headers. */
  public static byte[] request(String body, String... namesAndValues) {
    byte[] content = body.getBytes(ISO_8859_1);
    return CodecFuzz.join(
        netstring(
            CodecFuzz.join(
                headers("CONTENT_LENGTH", String.valueOf(content.length), "SCGI", "1"),
                headers(namesAndValues))),
        content);
  }

  /** Headers, each with its value, in this order. */
  public static byte[] headers(String... namesAndValues) {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    for (String text : namesAndValues) {
      headers.writeBytes(text.getBytes(ISO_8859_1));
      headers.write(0);
    }
    return headers.toByteArray();
  }

  /** The length, a colon, the bytes, a comma. */
  public static byte[] netstring(byte[] bytes) {
    byte[] length = (bytes.length + ":").getBytes(ISO_8859_1);
    return CodecFuzz.join(CodecFuzz.join(length, bytes), new byte[] {','});
  }
}
