package dev.wsgibridge.codec;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bytes as a test writes them down: {@code 01 04 0001 'text' 00*8} is hexadecimal digits, text in
 * quotes (ISO-8859-1), and what is to be repeated.
 */
public final class Octets {

  private static final Pattern PART =
      Pattern.compile("\\s*(?:'(?<text>[^']*)'|(?<hex>(?:\\p{XDigit}{2})+))(?:\\*(?<times>\\d+))?");

  private Octets() {}

  /** The bytes that the parts stand for, one after the other. */
  public static byte[] of(String... parts) {
    String all = String.join(" ", parts).strip();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Matcher part = PART.matcher(all);
    int at = 0;
    while (at < all.length()) {
      part.region(at, all.length());
      if (!part.lookingAt()) {
        throw new IllegalArgumentException("no octets: " + all.substring(at));
      }
      String text = part.group("text");
      byte[] block =
          text == null
              ? HexFormat.of().parseHex(part.group("hex"))
              : text.getBytes(StandardCharsets.ISO_8859_1);
      int times = part.group("times") == null ? 1 : Integer.parseInt(part.group("times"));
      for (int i = 0; i < times; i++) {
        bytes.writeBytes(block);
      }
      at = part.end();
    }
    return bytes.toByteArray();
  }

  /** All that is to be sent. */
  public static byte[] of(Output output) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (ByteBuffer buffer : output.buffers()) {
      bytes.writeBytes(of(buffer));
    }
    return bytes.toByteArray();
  }

  /** The rest of a buffer, which stays as it is. */
  public static byte[] of(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** For a message: what is printable as text, the rest in hexadecimal digits. */
  public static String text(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    boolean quoted = false;
    for (byte octet : bytes) {
      boolean printable = octet >= ' ' && octet < 0x7F && octet != '\'';
      if (printable != quoted) {
        text.append(quoted ? "'" : "").append(!text.isEmpty() ? " " : "");
        text.append(printable ? "'" : "");
        quoted = printable;
      } else if (!printable && !text.isEmpty()) {
        text.append(' ');
      }
      text.append(printable ? String.valueOf((char) octet) : HexFormat.of().toHexDigits(octet));
    }
    return text.append(quoted ? "'" : "").toString();
  }
}
