package dev.wsgibridge;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

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

  /** Percent-encodes what can't stand in a path by itself (RFC 3986, 3.3), and percent signs. */
  static String encode(String path) {
    StringBuilder encoded = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c > ' ' && c < 0x7F && "\"#%<>?[\\]^`{|}".indexOf(c) < 0) {
        encoded.append(c);
      } else {
        encoded.append("%%%02X".formatted((int) c));
      }
    }
    return encoded.toString();
  }

  /** A request target in any of its forms (RFC 9112, 3.2) from its path on; null where none is. */
  static @Nullable String ofTarget(String target) {
    if (target.startsWith("/") || target.equals("*")) {
      return target;
    }
    int authority = target.indexOf("://");
    if (authority <= 0) {
      return null;
    }
    for (int i = authority + 3; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '/') {
        return target.substring(i);
      }
      if (c == '?') {
        return "/" + target.substring(i);
      }
    }
    return "/";
  }

  /** A Host header without its port. */
  static String hostOf(String host) {
    int colon = colon(host);
    return colon < 0 ? host : host.substring(0, colon);
  }

  /** The port of a Host header, empty where it has none. */
  static String portOf(String host) {
    int colon = colon(host);
    return colon < 0 ? "" : host.substring(colon + 1);
  }

  /** Where the port begins; -1 where there is none. */
  private static int colon(String host) {
    return host.endsWith("]") ? -1 : host.lastIndexOf(':');
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

  /** Whether a segment of a decoded path is {@code .} or {@code ..} (RFC 3986, 3.3). */
  static boolean hasDotSegment(String decoded) {
    for (int at = decoded.indexOf("/."); at >= 0; at = decoded.indexOf("/.", at + 1)) {
      int end = at + (decoded.startsWith("..", at + 1) ? 3 : 2);
      if (end == decoded.length() || decoded.charAt(end) == '/') {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a servlet container has walked through a raw path: to it {@code ..;p} is {@code ..},
   * too.
   */
  static boolean isWalkedByContainers(String path) {
    String dots = path.contains("%") ? path.replace("%2e", ".").replace("%2E", ".") : path;
    for (int at = dots.indexOf("/."); at >= 0; at = dots.indexOf("/.", at + 1)) {
      int end = at + (dots.startsWith("..", at + 1) ? 3 : 2);
      if (end == dots.length() || dots.charAt(end) == '/' || dots.charAt(end) == ';') {
        return true;
      }
    }
    return false;
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
