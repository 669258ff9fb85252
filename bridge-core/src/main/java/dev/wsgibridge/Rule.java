package dev.wsgibridge;

/**
 * WSGI's rules: what each expects, where it is written, and what to do about it.
 *
 * <p>{@code docs/wsgi-rules.md} is made from this list.
 */
public enum Rule {
  STATUS(
      "The start_response() Callable",
      "three digits from 100 to 999, a space and a reason, such as \"200 OK\"",
      "write the status as HTTP does, without line breaks or other control characters"),
  HEADER_NAME(
      "The start_response() Callable",
      "a header name of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110, 5.6.2)",
      "write the bare name, without colon or spaces"),
  HEADER_VALUE(
      "The start_response() Callable",
      "a header value without control characters, each character U+0020 to U+00FF",
      "encode what isn't Latin text (RFC 8187, percent-encoding) and never pass on line breaks"),
  HEADER_HOP_BY_HOP(
      "Other HTTP Features",
      "no hop-by-hop header (RFC 2616, 13.5.1)",
      "leave it to the server, whose connection it is"),
  CONTENT_LENGTH(
      "Handling the Content-Length Header",
      "one Content-Length of digits only",
      "leave it out if the size isn't known"),
  START_TWICE(
      "The start_response() Callable",
      "one call of start_response, or a further one with the failure that led to it (exc_info)",
      "pass the failure as third argument when an error page replaces the first answer"),
  START_MISSING(
      "Buffering and Streaming",
      "start_response before the first block that isn't empty, at the latest before the end",
      "call start_response in the application or before the iterator's first block"),
  AFTER_END(
      "The write() Callable",
      "start_response and write() while the response is being made",
      "don't keep them beyond the call that they were made for"),
  BODY_NULL(
      "The Application/Framework Side",
      "a body, be it empty",
      "return Body.empty() where there is nothing to send"),
  BLOCK_NULL(
      "Buffering and Streaming",
      "blocks of bytes",
      "hand out an empty block where there is nothing to send yet"),
  BODY_TOO_SHORT(
      "Handling the Content-Length Header",
      "as many bytes as the Content-Length promised",
      "leave the header out, or count the bytes that are sent, not the characters"),
  BODY_TOO_LONG(
      "Handling the Content-Length Header",
      "no more bytes than the Content-Length promised",
      "leave the header out, or count the bytes that are sent, not the characters"),
  ENVIRON_KEYS(
      "environ Variables",
      "an environ with every key that PEP 3333 requires",
      "keep the server's keys when you change the environ");

  private final String section;
  private final String expected;
  private final String cure;

  Rule(String section, String expected, String cure) {
    this.section = section;
    this.expected = expected;
    this.cure = cure;
  }

  /** The section of PEP 3333 in which the rule stands, or the specification that it refers to. */
  public String section() {
    return section;
  }

  /** What should have been found. */
  public String expected() {
    return expected;
  }

  /** What to do about it. */
  public String cure() {
    return cure;
  }

  /** The failure to throw where the rule is broken. */
  RuleBrokenException broken(String found) {
    return new RuleBrokenException(this, message(found));
  }

  /** What was found, what was expected, the cure, and where that is written. */
  String message(String found) {
    return "found %s, expected %s; %s (PEP 3333, %s)".formatted(found, expected, cure, section);
  }
}
