package dev.wsgibridge;

import static dev.wsgibridge.FuzzSeeds.seed;

import dev.wsgibridge.CgiParams.Split;
import dev.wsgibridge.CgiParams.Trust;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * For a coverage-guided fuzzer: any params of a front become an environ that PEP 3333 allows, with
 * the path that the client asked for; or the request is refused.
 *
 * <p>Byte 0 chooses whom to trust and where the application stands; the rest are names and values,
 * with NUL between them. A name of one control character stands for one of {@link #NAMES}; one that
 * begins with a dash is a header's.
 */
public final class EnvironFuzzTarget {

  private static final Split[] SPLITS = Split.values();
  private static final String[] MOUNTS = {"", "/app", "/a b", "/caf\u00e9"};

  private static final String[] NAMES = {
    "HTTP_HOST",
    "REQUEST_METHOD",
    "REQUEST_URI",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "HTTPS",
    "SERVER_NAME",
    "SERVER_PORT",
    "REMOTE_USER",
    "AUTH_TYPE",
    "HTTP_COOKIE",
    "HTTP_PROXY",
    "DOCUMENT_URI",
    "REQUEST_SCHEME"
  };

  private static final List<String> NEVER =
      List.of("HTTP_PROXY", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH");

  private EnvironFuzzTarget() {}

  /** Requests as fronts send them. */
  public static List<byte[]> seeds() {
    return List.of(
        seed(0, "\1\0GET\0\2\0/a/%2e%41%zz?q=1\0HTTP_HOST\0host:8080\0"),
        seed(0, "\1\0GET\0\2\0/a/%2E./b\0"),
        seed(8, "\1\0POST\0\2\0http://h/app//x;p/y\0\6\0004\0\7\0text/plain\0"),
        seed(8, "\1\0GET\0\2\0/%61pp\0\10\0on\0"),
        seed(16, "\1\0GET\0\2\0/a%20b/c\0\13\0me\0\14\0Basic\0\15\0a=1\0\15\0b=2\0"),
        seed(28, "\1\0GET\0\2\0/caf%c3%a9/\0\13\0me\0"),
        seed(1, "\1\0GET\0\2\0/s/i?q\0\3\0/s\0\4\0/i\0"),
        seed(
            2,
            "\1\0GET\0\3\0/s\0\4\0/i j\0\5\0q\0-Accept-Language\0de\0-Proxy\0x\0-\u00ff\u00b5\u00df-x\0v\0"),
        seed(0, "\1\0OPTIONS\0\2\0*\0\17\0/d\0\20\0https\0\11\0n\0\12\00080\0"));
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    int choices = data[0];
    Trust trust = new Trust(SPLITS[(choices & 3) % SPLITS.length], (choices & 4) != 0);
    CgiParams params = params(data).trusting(trust);
    long contentLength;
    Environ.Builder builder;
    try {
      contentLength = params.contentLength();
      builder = Environ.request(params);
    } catch (IllegalArgumentException refused) {
      check(isLogLine(String.valueOf(refused.getMessage())), "a refusal of one line");
      return;
    }
    if (!builder.mount(MOUNTS[choices >> 3 & 3]) || builder.hasDotSegment()) {
      return; // 404, or 400
    }
    Environ environ =
        builder
            .streams(InputStream.nullInputStream(), new PrintWriter(Writer.nullWriter()))
            .build();
    check(environ.contentLength() == contentLength, "the same length of the body");
    for (Map.Entry<String, Object> entry : environ.entrySet()) {
      check(isLatin1(entry.getKey()), "a key of bytes");
      check(!(entry.getValue() instanceof String text) || isLatin1(text), "a value of bytes");
    }
    for (String never : NEVER) {
      check(!environ.containsKey(never), never + " to be left out");
    }
    check(trust.remoteUser() || !environ.containsKey("REMOTE_USER"), "no user whom nobody knows");
    check(params.serverPort() > 0 && params.serverPort() <= 0xFFFF, "a server's port");
    check(!params.serverName().contains("\0"), "a server's name");
    for (String segment : environ.pathInfo().split("/", -1)) {
      check(!segment.equals(".") && !segment.equals(".."), "no dot segment");
    }
    checkPath(environ, params.target(), trust.split());
  }

  private static void checkPath(Environ environ, String target, Split split) {
    String found = environ.scriptName() + environ.pathInfo();
    check(environ.pathInfo().isEmpty() || environ.pathInfo().startsWith("/"), "an absolute path");
    check(!found.isEmpty(), "a path");
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    check(
        environ.queryString().equals(question < 0 ? "" : target.substring(question + 1)),
        "the target's query");
    String decoded = decoded(path);
    check(RequestPath.decode(RequestPath.encode(decoded)).equals(decoded), "the way back");
    // Within the mount, params and repeated slashes don't count.
    if (split == Split.MOUNT
        && path.startsWith("/")
        && path.indexOf(';') < 0
        && !path.contains("//")) {
      check(found.equals(decoded), "the target's path");
    }
  }

  private static String decoded(String path) {
    StringBuilder decoded = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      int high = path.charAt(i) == '%' ? digit(path, i + 1) : -1;
      int low = high < 0 ? -1 : digit(path, i + 2);
      decoded.append(low < 0 ? path.charAt(i) : (char) (16 * high + low));
      i += low < 0 ? 0 : 2;
    }
    return decoded.toString();
  }

  private static int digit(String path, int at) {
    return at < path.length()
        ? "0123456789abcdef".indexOf(Character.toLowerCase(path.charAt(at)))
        : -1;
  }

  private static CgiParams params(byte[] data) {
    CgiParams.Builder params = CgiParams.builder(data);
    int at = 1;
    while (at < data.length) {
      int end = end(data, at);
      String name = new String(data, at, end - at, StandardCharsets.ISO_8859_1);
      int from = Math.min(end + 1, data.length);
      int to = end(data, from);
      if (name.length() == 1 && name.charAt(0) < NAMES.length) {
        params.add(NAMES[name.charAt(0)], from, to - from);
      } else if (name.length() > 1 && name.charAt(0) == '-') {
        params.header(
            name.substring(1), new String(data, from, to - from, StandardCharsets.ISO_8859_1));
      } else {
        params.add(name, from, to - from);
      }
      at = to + 1;
    }
    return params.build();
  }

  private static int end(byte[] data, int from) {
    int end = from;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return end;
  }

  private static boolean isLogLine(String message) {
    // Two quotes of 80 characters, each an escape at the worst.
    return message.length() < 1200 && message.chars().allMatch(c -> c >= ' ');
  }

  private static boolean isLatin1(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xFF) {
        return false;
      }
    }
    return true;
  }

  private static void check(boolean found, String expected) {
    if (!found) {
      throw new AssertionError("expected " + expected);
    }
  }
}
