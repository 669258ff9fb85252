package dev.wsgibridge;

import java.util.List;

/**
 * The head of a response, found to be lawful: PEP 3333, "The start_response() Callable".
 *
 * <p>Made from what an application gives to {@link StartResponse}, by whoever has to look into it.
 */
public final class Head {

  /** The head of a response that was not started. */
  static final Head NONE = new Head(200, "OK", List.of(), -1);

  /** RFC 9110, 5.6.2: which characters a header's name is made of. */
  private static final boolean[] TOKEN = token();

  private final int status;
  private final String reason;
  private final List<Header> headers;
  private final long contentLength;

  private Head(int status, String reason, List<Header> headers, long contentLength) {
    this.status = status;
    this.reason = reason;
    this.headers = headers;
    this.contentLength = contentLength;
  }

  /**
   * Checks a status and headers.
   *
   * @param status as {@link StartResponse#start} takes it
   * @throws RuleBrokenException as soon as one isn't lawful
   */
  public static Head of(String status, List<Header> headers) {
    checkNulls(status, headers);
    if (!isStatus(status)) {
      throw Rule.STATUS.broken("status " + Rule.quoted(status));
    }
    long contentLength = -1;
    List<Header> copy = List.copyOf(headers);
    for (Header header : copy) {
      check(header);
      if (header.name().equalsIgnoreCase("Content-Length")) {
        if (contentLength >= 0) {
          throw Rule.CONTENT_LENGTH.broken(
              "a second Content-Length " + Rule.quoted(header.value()));
        }
        contentLength = contentLength(header.value());
      }
    }
    return new Head(Integer.parseInt(status, 0, 3, 10), status.substring(4), copy, contentLength);
  }

  /** 100 to 999. */
  public int status() {
    return status;
  }

  /** What follows the status and its space; may be empty. */
  public String reason() {
    return reason;
  }

  /** In the order in which they were given. */
  public List<Header> headers() {
    return headers;
  }

  /** In bytes, -1 where no header says. */
  public long contentLength() {
    return contentLength;
  }

  /** Whether the response has no body, whatever the application says: RFC 9110, 6.4.1. */
  public boolean bodiless() {
    return status < 200 || status == 204 || status == 304;
  }

  /** This head with what its status allows, and with the body's length where it is known. */
  Head withLength(long bodyLength) {
    if (status < 200 || status == 204) {
      return contentLength < 0
          ? this
          : new Head(
              status,
              reason,
              headers.stream().filter(h -> !h.name().equalsIgnoreCase("Content-Length")).toList(),
              -1);
    }
    if (contentLength >= 0 || bodyLength < 0 || status == 304) {
      return this;
    }
    Header[] all = headers.toArray(new Header[headers.size() + 1]);
    all[headers.size()] = new Header("Content-Length", Long.toString(bodyLength));
    return new Head(status, reason, List.of(all), bodyLength);
  }

  /** Callers need not be null-marked. */
  private static void checkNulls(String status, List<Header> headers) {
    if (status == null) {
      throw Rule.HEADERS_NULL.broken("null for a status");
    }
    if (headers == null) {
      throw Rule.HEADERS_NULL.broken("null for a list of headers");
    }
    for (Header header : headers) {
      if (header == null) {
        throw Rule.HEADERS_NULL.broken("null for a header");
      }
      if (header.name() == null || header.value() == null) {
        throw Rule.HEADERS_NULL.broken("header %s: %s".formatted(header.name(), header.value()));
      }
    }
  }

  private static boolean isStatus(String status) {
    return status.length() >= 4
        && status.charAt(0) >= '1'
        && isDigit(status.charAt(0))
        && isDigit(status.charAt(1))
        && isDigit(status.charAt(2))
        && status.charAt(3) == ' '
        && isText(status);
  }

  private static void check(Header header) {
    String name = header.name();
    if (!isToken(name)) {
      throw Rule.HEADER_NAME.broken("header name " + Rule.quoted(name));
    }
    if (!isText(header.value())) {
      throw Rule.HEADER_VALUE.broken("header %s: %s".formatted(name, Rule.quoted(header.value())));
    }
    if (isHopByHop(name)) {
      throw Rule.HEADER_HOP_BY_HOP.broken("header " + name);
    }
  }

  private static long contentLength(String value) {
    boolean digits = !value.isEmpty() && value.length() <= 18;
    for (int i = 0; digits && i < value.length(); i++) {
      digits = isDigit(value.charAt(i));
    }
    if (!digits) {
      throw Rule.CONTENT_LENGTH.broken("Content-Length " + Rule.quoted(value));
    }
    return Long.parseLong(value);
  }

  /** By length first: hardly a name has to be read for it. */
  private static boolean isHopByHop(String name) {
    return switch (name.length()) {
      case 2 -> name.equalsIgnoreCase("TE");
      case 7 -> name.equalsIgnoreCase("Trailer") || name.equalsIgnoreCase("Upgrade");
      case 8 -> name.equalsIgnoreCase("Trailers");
      case 10 -> name.equalsIgnoreCase("Connection") || name.equalsIgnoreCase("Keep-Alive");
      case 16 -> name.equalsIgnoreCase("Proxy-Connection");
      case 17 -> name.equalsIgnoreCase("Transfer-Encoding");
      case 18 -> name.equalsIgnoreCase("Proxy-Authenticate");
      case 19 -> name.equalsIgnoreCase("Proxy-Authorization");
      default -> false;
    };
  }

  static boolean isToken(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= TOKEN.length || !TOKEN[c]) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private static boolean[] token() {
    boolean[] token = new boolean[0x80];
    for (char c = 0; c < token.length; c++) {
      token[c] =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || isDigit(c)
              || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
    return token;
  }

  private static boolean isText(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > 0xFF || c == 0x7F) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
