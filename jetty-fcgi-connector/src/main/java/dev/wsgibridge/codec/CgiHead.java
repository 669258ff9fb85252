package dev.wsgibridge.codec;

import dev.wsgibridge.Header;
import java.util.List;

/**
 * The head of a CGI response (RFC 3875, 6.2 and 6.3): {@code Status: 200 OK}, the header fields, an
 * empty line.
 */
public final class CgiHead {

  private CgiHead() {}

  /** Puts a head whose first line is {@code Status: 200 OK}. */
  public static void put(int status, String reason, List<Header> headers, Output output) {
    output.putLatin1("Status: ");
    putRest(status, reason, headers, output);
  }

  /** Puts the code, the reason, the fields and the empty line, after a line's beginning. */
  static void putRest(int status, String reason, List<Header> headers, Output output) {
    putNumber(status, output);
    output.put(' ');
    putClean(reason, output);
    output.putShort('\r' << 8 | '\n');
    for (int i = 0; i < headers.size(); i++) {
      Header header = headers.get(i);
      // In CGI this is the status, not a header.
      if (header.name().equalsIgnoreCase("Status")) {
        continue;
      }
      putClean(header.name(), output);
      output.putShort(':' << 8 | ' ');
      putClean(header.value(), output);
      output.putShort('\r' << 8 | '\n');
    }
    output.putShort('\r' << 8 | '\n');
  }

  private static void putNumber(int status, Output output) {
    output.put('0' + status / 100 % 10);
    output.put('0' + status / 10 % 10);
    output.put('0' + status % 10);
  }

  /** What would end a line or the head becomes a space. */
  private static void putClean(String text, Output output) {
    int from = output.position();
    output.putLatin1(text);
    output.blank(from);
  }
}
