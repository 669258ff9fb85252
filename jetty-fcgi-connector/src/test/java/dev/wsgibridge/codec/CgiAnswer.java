package dev.wsgibridge.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wsgibridge.Header;
import java.util.ArrayList;
import java.util.List;

/**
 * A response as a front reads it, ISO-8859-1.
 *
 * @param headers without Status
 */
public record CgiAnswer(int status, String reason, List<Header> headers, String body) {

  /**
   * Reads a CGI response (RFC 3875, 6) from its first line, {@code Status: 200 OK}, to its end.
   *
   * @throws IllegalArgumentException it is none
   */
  public static CgiAnswer ofCgi(byte[] bytes) {
    return of("Status: ", bytes);
  }

  /**
   * Reads an HTTP/1.1 response whose body ends with the connection.
   *
   * @throws IllegalArgumentException it is none
   */
  public static CgiAnswer ofHttp(byte[] bytes) {
    return of("HTTP/1.1 ", bytes);
  }

  private static CgiAnswer of(String beginning, byte[] bytes) {
    String text = new String(bytes, ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0 || !text.startsWith(beginning)) {
      throw new IllegalArgumentException("no response: " + Octets.text(bytes));
    }
    List<String> lines = List.of(text.substring(beginning.length(), end).split("\r\n", -1));
    List<Header> headers = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(": ");
      if (colon < 1) {
        throw new IllegalArgumentException("no header field: " + line);
      }
      headers.add(new Header(line.substring(0, colon), line.substring(colon + 2)));
    }
    String status = lines.get(0);
    return new CgiAnswer(
        Integer.parseInt(status.substring(0, 3)),
        status.substring(4),
        headers,
        text.substring(end + 4));
  }
}
