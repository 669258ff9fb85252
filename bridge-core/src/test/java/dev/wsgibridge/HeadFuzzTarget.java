package dev.wsgibridge;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * For a coverage-guided fuzzer: any status and headers of an application are a head without a
 * control character in it, or a broken rule.
 *
 * <p>The status, and the names and values, are UTF-8 with a byte 0xFF between them.
 */
public final class HeadFuzzTarget {

  private static final byte[] BODY_LENGTHS = {-1, 0, 5};

  private HeadFuzzTarget() {}

  /** Heads as applications make them, and as they should not. */
  public static List<byte[]> seeds() {
    return List.of(
        seed("200 OK", "Content-Type", "text/plain", "Content-Length", "5"),
        seed("404 Not Found", "Set-Cookie", "a=1", "Set-Cookie", "b=2", "X-Caf\u00e9", "\u00e9"),
        seed("304 Not Modified", "ETag", "\"a\""),
        seed("204 ", "content-length", "0"),
        seed("200 OK\r\nX: y", "X", "a\r\nSet-Cookie: b", "Connection", "close"),
        seed("200 OK", "Content-Length", "5", "content-length", "5"),
        seed("999", "X y", "\u0100", "Transfer-Encoding", "chunked"));
  }

  private static byte[] seed(String... texts) {
    byte[][] parts = new byte[2 * texts.length - 1][];
    for (int i = 0; i < texts.length; i++) {
      parts[2 * i] = texts[i].getBytes(StandardCharsets.UTF_8);
      if (i > 0) {
        parts[2 * i - 1] = new byte[] {-1};
      }
    }
    return FuzzSeeds.join(parts);
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    List<String> texts = texts(data);
    List<Header> headers = new ArrayList<>();
    for (int i = 1; i + 1 < texts.size(); i += 2) {
      headers.add(new Header(texts.get(i), texts.get(i + 1)));
    }
    Head head;
    try {
      head = Head.of(texts.get(0), headers);
    } catch (RuleBrokenException broken) {
      check(isText(String.valueOf(broken.getMessage()), 0xFFFF), "a message of one line");
      return;
    }
    check(head.status() >= 100 && head.status() <= 999, "a status");
    check(texts.get(0).equals(head.status() + " " + head.reason()), "the status that was given");
    check(isText(head.reason(), 0xFF), "a reason of one line");
    check(head.headers().equals(headers), "the headers that were given");
    int lengths = 0;
    for (Header header : headers) {
      check(isToken(header.name()), "a token for a name");
      check(isText(header.value(), 0xFF), "a value of one line");
      if (header.name().equalsIgnoreCase("content-length")) {
        lengths++;
        check(Long.parseLong(header.value()) == head.contentLength(), "the length that was given");
      }
    }
    check(lengths <= 1 && lengths == (head.contentLength() < 0 ? 0 : 1), "one length at most");
    for (byte length : BODY_LENGTHS) {
      checkSent(head, head.withLength(length));
    }
  }

  private static void checkSent(Head given, Head sent) {
    long lengths =
        sent.headers().stream().filter(h -> h.name().equalsIgnoreCase("content-length")).count();
    check(lengths == (sent.contentLength() < 0 ? 0 : 1), "one length at most");
    check(sent.status() == given.status(), "the same status");
    check(sent.status() != 204 || lengths == 0, "no length where there is no body");
  }

  private static List<String> texts(byte[] data) {
    List<String> texts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= data.length; i++) {
      if (i == data.length || data[i] == -1) {
        texts.add(new String(data, from, i - from, StandardCharsets.UTF_8));
        from = i + 1;
      }
    }
    return texts;
  }

  private static boolean isText(String text, int last) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == 0x7F || c > last) {
        return false;
      }
    }
    return true;
  }

  private static boolean isToken(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c <= ' ' || c >= 0x7F || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private static void check(boolean found, String expected) {
    if (!found) {
      throw new AssertionError("expected " + expected);
    }
  }
}
