package dev.wsgibridge.python;

import dev.wsgibridge.Environ;
import java.util.HashMap;
import java.util.Map;

/**
 * An environ as it crosses to Python: text, and what Python makes by itself.
 *
 * @param text keys and values in turn, separated by U+0100, which native strings can't hold
 * @param flags what wsgi_host.py's serve() makes {@code wsgi.*} keys of
 */
record EnvironText(String text, int flags) {

  /**
   * What Python takes, by whatever carrier: of {@link #text} in UTF-8. A frame holds it, with what
   * else a call consists of.
   */
  static final int MAX_BYTES = Wire.MAX_FRAME - (1 << 16);

  static final int MULTITHREAD = 1;
  static final int MULTIPROCESS = 2;
  static final int RUN_ONCE = 4;
  static final int NO_INPUT = 8;

  private static final char SEPARATOR = '\u0100';

  /**
   * Writes the strings of an environ.
   *
   * @throws IllegalArgumentException one of them isn't a native string
   * @throws UnansweredException they are more than {@link #MAX_BYTES}
   */
  static EnvironText of(Environ environ) throws UnansweredException {
    StringBuilder text = new StringBuilder(2048);
    int twoBytes = 0; // how many of its characters take two in UTF-8; no others take more
    for (Map.Entry<String, Object> entry : environ.entrySet()) {
      if (entry.getValue() instanceof String value) {
        twoBytes += checkNative(entry.getKey(), "key") + checkNative(value, entry.getKey());
        if (!text.isEmpty()) {
          text.append(SEPARATOR);
          twoBytes++;
        }
        text.append(entry.getKey()).append(SEPARATOR).append(value);
        twoBytes++;
      }
    }
    if (text.length() + twoBytes > MAX_BYTES) {
      throw new UnansweredException(
          UnansweredException.Status.TOO_LARGE,
          "environ: found names and values of %d bytes in UTF-8, expected %d at most"
              .formatted(text.length() + twoBytes, MAX_BYTES));
    }
    int flags = 0;
    if (Boolean.TRUE.equals(environ.get(Environ.WSGI_MULTIPROCESS))) {
      flags |= MULTIPROCESS;
    }
    if (Boolean.TRUE.equals(environ.get(Environ.WSGI_RUN_ONCE))) {
      flags |= RUN_ONCE;
    }
    if ("0".equals(environ.get(Environ.CONTENT_LENGTH))) {
      flags |= NO_INPUT;
    }
    return new EnvironText(text.toString(), flags);
  }

  /** The same, and other interpreters run the application besides. */
  EnvironText withMultiprocess() {
    return new EnvironText(text, flags | MULTIPROCESS);
  }

  /** The entries which are neither text nor PEP 3333's own. */
  static Map<String, Object> objects(Environ environ) {
    Map<String, Object> objects = new HashMap<>();
    for (Map.Entry<String, Object> entry : environ.entrySet()) {
      if (!(entry.getValue() instanceof String) && !entry.getKey().startsWith("wsgi.")) {
        objects.put(entry.getKey(), entry.getValue());
      }
    }
    return objects;
  }

  /** How many of the characters take two bytes in UTF-8. */
  private static int checkNative(String text, String what) {
    int twoBytes = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7F) {
        twoBytes++;
      }
      if (text.charAt(i) > 0xFF) {
        throw new IllegalArgumentException(
            "environ %s: found U+%04X, expected U+0000 to U+00FF; put text in as bytes, each a character"
                .formatted(what, text.codePointAt(i)));
      }
    }
    return twoBytes;
  }
}
