package dev.wsgibridge.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Names of params that were made a String of before: fronts send the same ones with each request.
 *
 * <p>Thread-safe, shared by all connections, bounded. Where two names meet in one place, or two
 * threads, a name is made anew, never wrong: its bytes are compared.
 */
final class Names {

  private static final int LONGEST = 64;

  /** Names differ at their ends: REMOTE_ADDR, SERVER_ADDR, SERVER_NAME. */
  private static final int HASHED = 8;

  private static final class Name {

    final byte[] bytes;
    final String text;

    Name(byte[] bytes) {
      this.bytes = bytes;
      this.text = new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  private static final @Nullable Name[] KNOWN = new Name[512];

  private Names() {}

  /** The name that these bytes are, as ISO-8859-1. */
  static String of(byte[] bytes, int from, int length) {
    if (length > LONGEST) {
      return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }
    int end = from + length;
    int hash = length;
    for (int i = Math.max(from, end - HASHED); i < end; i++) {
      hash = 31 * hash + bytes[i];
    }
    int slot = (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (KNOWN.length - 1);
    Name known = KNOWN[slot];
    if (known == null || !Arrays.equals(known.bytes, 0, known.bytes.length, bytes, from, end)) {
      known = new Name(Arrays.copyOfRange(bytes, from, end));
      KNOWN[slot] = known;
    }
    return known.text;
  }
}
