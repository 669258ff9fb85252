package dev.wsgibridge.cgibin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wsgibridge.FuzzSeeds;
import dev.wsgibridge.Head;
import dev.wsgibridge.Header;
import dev.wsgibridge.RuleBrokenException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * For a coverage-guided fuzzer: whatever a CGI program prints is a head that an application may
 * give, or is refused; and it ends at the same byte however it comes.
 *
 * <p>Byte 0 says where the first part ends; the rest is printed.
 */
public final class ProgramHeadFuzzTarget {

  private static final Set<String> ONCE = Set.of("content-type", "location");
  private static final Set<String> NEVER = Set.of("status", "connection", "te", "upgrade");

  private ProgramHeadFuzzTarget() {}

  /** Heads as programs print them. */
  public static List<byte[]> seeds() {
    return List.of(
        FuzzSeeds.seed(5, "Content-Type: text/plain\r\nX-A: b\r\n\r\nbody"),
        FuzzSeeds.seed(30, "Status: 404 Not Found\nContent-type:text/html\nTE: x\n\nbody"),
        FuzzSeeds.seed(0, "Location: /a\nLocation: /b\nStatus: 200\nStatus: 302\n\n"),
        FuzzSeeds.seed(1, "\r\nbody"),
        FuzzSeeds.seed(1, "HTTP/1.1 200 OK\n\n"),
        FuzzSeeds.seed(9, "A: b\n c\n\r\n"),
        FuzzSeeds.seed(2, "Content-Length: 4\rX: \u00e9\n\nbody"));
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    byte[] printed = Arrays.copyOfRange(data, 1, data.length);
    int end = ProgramHead.end(printed, 0);
    checkEnd(printed, end);
    int first = Math.min(data[0] & 0xFF, printed.length);
    int endOfFirst = ProgramHead.end(Arrays.copyOf(printed, first), 0);
    check(
        end == (endOfFirst < 0 ? ProgramHead.end(printed, first) : endOfFirst),
        "the same end in two parts");
    if (end < 0) {
      return;
    }
    try {
      ProgramHead head = ProgramHead.of(printed, end);
      check(head, Head.of(head.status(), head.typedHeaders()));
    } catch (CgiException | RuleBrokenException refused) {
      check(String.valueOf(refused.getMessage()).chars().allMatch(c -> c >= ' '), "one line");
    }
  }

  private static void checkEnd(byte[] printed, int end) {
    String text = "\n" + new String(printed, 0, end < 0 ? printed.length : end, ISO_8859_1);
    int empty = text.indexOf("\n\n");
    int emptyToo = text.indexOf("\n\r\n");
    int expected =
        Math.min(
            empty < 0 ? Integer.MAX_VALUE : empty + 1,
            emptyToo < 0 ? Integer.MAX_VALUE : emptyToo + 2);
    check(end == (expected == Integer.MAX_VALUE ? -1 : expected), "an end behind the empty line");
  }

  private static void check(ProgramHead head, Head lawful) {
    check(lawful.status() >= 200, "a final status");
    Set<String> seen = new HashSet<>();
    for (Header header : lawful.headers()) {
      String name = header.name().toLowerCase(Locale.ROOT);
      check(!NEVER.contains(name), "no " + name);
      check(seen.add(name) || !ONCE.contains(name), "one " + name);
    }
    check(
        seen.contains("content-type") || lawful.status() == 204 || lawful.status() == 304,
        "a Content-Type");
    check(head.headers().size() <= lawful.headers().size(), "the program's headers");
  }

  private static void check(boolean found, String expected) {
    if (!found) {
      throw new AssertionError("expected " + expected);
    }
  }
}
