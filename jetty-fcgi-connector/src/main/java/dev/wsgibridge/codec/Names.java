package dev.wsgibridge.codec;

import java.nio.charset.StandardCharsets;

/**
 * Names of params that were made a String of before: fronts send the same ones with each request.
 *
 * <p>Thread-safe, shared by all connections, bounded. Where two threads meet, a name is made twice,
 * never wrong: a String is immutable, and its bytes are compared.
 */
final class Names {

  private static final int LONGEST = 64;

  private static final String[] KNOWN = new String[512];

  private Names() {}

  /** The name that these bytes are, as ISO-8859-1. */
  static String of(byte[] bytes, int from, int length) {
    if (length > LONGEST) {
      return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }
    int hash = 0;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + bytes[from + i];
    }
    int slot = (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (KNOWN.length - 1);
    String name = KNOWN[slot];
    if (name == null || !is(name, bytes, from, length)) {
      name = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
      KNOWN[slot] = name;
    }
    return name;
  }

  private static boolean is(String name, byte[] bytes, int from, int length) {
    if (name.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name.charAt(i) != (bytes[from + i] & 0xFF)) {
        return false;
      }
    }
    return true;
  }
}
