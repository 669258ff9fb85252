package dev.wsgibridge.cgibin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wsgibridge.Header;
import dev.wsgibridge.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of a program's response: RFC 3875, 6. Lines end with LF or CRLF, an empty one ends the
 * head. What is lawful in a header is for {@link dev.wsgibridge.Head} to say.
 *
 * <p>What Apache takes of a program is taken here, for old programs were written for it: no
 * Content-Type, no header at all, a Status, Location or Content-Type that comes again (the last one
 * counts), and headers of a connection that isn't the program's, which are left out.
 *
 * <p>A local redirect (6.2.2) would have the server start again with another path. The client is
 * sent there instead.
 *
 * @param status as {@link dev.wsgibridge.StartResponse} takes it
 * @param headers the others, in their order
 * @param typed whether there is a Content-Type
 */
record ProgramHead(String status, List<Header> headers, boolean typed) {

  /** The size of a head in bytes, at most. */
  static final int MAX_BYTES = 64 * 1024;

  private static final Pattern STATUS = Pattern.compile("([2-9]\\d\\d)(?: (.*))?");

  /** RFC 3875, 6.3: one of each. */
  private static final Set<String> CGI_FIELDS = Set.of("content-type", "location");

  /** RFC 9110, 7.6.1, and 11.7 for proxies: the connection is the server's. */
  private static final Set<String> CONNECTION_FIELDS =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "trailers",
          "upgrade");

  /**
   * Where the body begins, behind the empty line; -1 while the head is not whole.
   *
   * @param from what lies before it was looked at already
   */
  static int end(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        int before = i > 0 && bytes[i - 1] == '\r' ? i - 2 : i - 1;
        if (before < 0 || bytes[before] == '\n') {
          return i + 1;
        }
      }
    }
    return -1;
  }

  /**
   * Reads a head.
   *
   * @param bytes begin with it
   * @param end what {@link #end} said
   * @throws CgiException it is none
   */
  static ProgramHead of(byte[] bytes, int end) throws CgiException {
    String[] lines = new String(bytes, 0, end, ISO_8859_1).split("\n", -1);
    String status = null;
    boolean typed = false;
    boolean located = false;
    List<Header> headers = new ArrayList<>();
    // Behind the empty line there is what follows its end: nothing.
    for (int i = 0; i < lines.length - 2; i++) {
      Header field =
          field(lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i]);
      String name = field.name().toLowerCase(Locale.ROOT);
      if (CGI_FIELDS.contains(name)) {
        headers.removeIf(before -> before.name().equalsIgnoreCase(name));
      }
      typed |= name.equals("content-type");
      located |= name.equals("location");
      if (name.equals("status")) {
        status = status(field.value());
      } else if (!CONNECTION_FIELDS.contains(name)) {
        headers.add(field);
      }
    }
    if (status == null) {
      status = located ? "302 Found" : "200 OK";
    }
    return new ProgramHead(status, headers, typed);
  }

  /**
   * The headers to be sent: with a Content-Type, as any WSGI response has one. Where the program
   * tells none it is text/plain, as in Apache's DefaultType.
   */
  List<Header> typedHeaders() {
    if (typed || status.startsWith("204") || status.startsWith("304")) {
      return headers;
    }
    List<Header> all = new ArrayList<>(headers);
    all.add(Header.of("Content-Type", "text/plain"));
    return all;
  }

  private static String status(String value) throws CgiException {
    Matcher found = STATUS.matcher(value);
    if (!found.matches()) {
      throw malformed(
          "Status: " + Rule.quoted(value),
          "three digits from 200 on and a reason, as in 404 Not Found");
    }
    String reason = found.group(2);
    return found.group(1) + " " + (reason == null ? "" : reason);
  }

  private static Header field(String line) throws CgiException {
    if (line.startsWith("HTTP/")) {
      throw malformed(
          "the status line " + Rule.quoted(line),
          "header fields: scripts that answer the client themselves (NPH, RFC 3875, 5) are not supported; print Status: 200 OK in its place");
    }
    int colon = line.indexOf(':');
    if (colon < 1 || line.charAt(0) == ' ' || line.charAt(0) == '\t') {
      throw malformed(Rule.quoted(line), "a line NAME: VALUE, and an empty line before the body");
    }
    return new Header(line.substring(0, colon), line.substring(colon + 1).strip());
  }

  static CgiException malformed(String found, String expected) {
    return CgiException.badGateway(
        "in its head found %s, expected %s (RFC 3875, 6)".formatted(found, expected));
  }
}
