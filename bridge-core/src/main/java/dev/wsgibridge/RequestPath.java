package dev.wsgibridge;

import java.nio.charset.StandardCharsets;

/** The path of a request target, byte for byte: each character is one byte (ISO-8859-1). */
final class RequestPath {

  private RequestPath() {}

  /** Percent-decodes once. A percent sign without two hexadecimal digits stands for itself. */
  static String decode(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    byte[] bytes = new byte[path.length()];
    int length = 0;
    for (int i = 0; i < path.length(); i = next(path, i)) {
      bytes[length++] = (byte) byteAt(path, i);
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  /**
   * Where the rest of {@code path} begins below {@code mount}, or -1 where it lies elsewhere.
   *
   * <p>As servlet containers match: within the mount repeated slashes count as one, and a segment's
   * {@code ;params} don't count. Nothing below the mount is touched.
   *
   * @param path raw
   * @param mount decoded; empty, or with a slash before and none behind
   */
  static int below(String path, String mount) {
    int at = 0;
    for (int i = 0; i < mount.length(); i++) {
      char expected = mount.charAt(i);
      if (expected == '/') {
        at = skipParams(path, at);
      }
      if (at >= path.length() || byteAt(path, at) != expected) {
        return -1;
      }
      at = next(path, at);
      while (expected == '/' && at < path.length() && path.charAt(at) == '/') {
        at++;
      }
    }
    if (!mount.isEmpty()) {
      at = skipParams(path, at);
    }
    return at == path.length() || path.charAt(at) == '/' || mount.isEmpty() ? at : -1;
  }

  private static int skipParams(String path, int at) {
    if (at >= path.length() || path.charAt(at) != ';') {
      return at;
    }
    int slash = path.indexOf('/', at);
    return slash < 0 ? path.length() : slash;
  }

  private static int next(String path, int at) {
    return isEscape(path, at) ? at + 3 : at + 1;
  }

  private static int byteAt(String path, int at) {
    return isEscape(path, at) ? Integer.parseInt(path, at + 1, at + 3, 16) : path.charAt(at);
  }

  private static boolean isEscape(String path, int at) {
    return path.charAt(at) == '%'
        && at + 2 < path.length()
        && Character.digit(path.charAt(at + 1), 16) >= 0
        && Character.digit(path.charAt(at + 2), 16) >= 0;
  }
}
