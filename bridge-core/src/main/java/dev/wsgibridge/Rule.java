package dev.wsgibridge;

/**
 * WSGI's rules: what each expects, where it is written, and what to do about it.
 *
 * <p>{@code docs/wsgi-rules.md} is made from this list, and keeps its order.
 */
public enum Rule {
  ENVIRON_KEYS(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "an environ with every key that PEP 3333 requires",
      "keep the server's keys when you change the environ"),
  ENVIRON_STRINGS(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "a String under every key without a dot",
      "write CGI variables as text, and give keys of your own a dotted name"),
  ENVIRON_LATIN1(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, Unicode Issues",
      "a character of U+0000 to U+00FF for each byte",
      "read the request's bytes as ISO-8859-1, whatever text they spell"),
  ENVIRON_EMPTY(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "a method, a server name, a port and a protocol that are never empty",
      "fall back to the address that the server listens on"),
  ENVIRON_ABSENT(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "no key where there is no value",
      "leave the key out rather than empty"),
  ENVIRON_HEADER(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "RFC 3875, 4.1.18",
      "HTTP_ and the header's name in upper case, with underscores for dashes",
      "take keys of headers from Environ.Builder.header"),
  ENVIRON_CONTENT(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "RFC 3875, 4.1.18",
      "CONTENT_TYPE and CONTENT_LENGTH by these names only",
      "leave out the copy that begins with HTTP_"),
  ENVIRON_PROXY(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "CVE-2016-5387",
      "no HTTP_PROXY",
      "drop the client's Proxy header: libraries would send their own requests through what it names"),
  METHOD(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "RFC 9110, 9.1",
      "a method of letters, digits and !#$%&'*+-.^_`|~",
      "take it from the request line as it is"),
  METHOD_UNKNOWN(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "RFC 9110, 9.3",
      "a method of HTTP or WebDAV",
      "look at who sends it; methods are told apart by case"),
  SCRIPT_NAME(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "nothing, or a path that begins with a slash and ends without one",
      "the root is the empty string, and the slash belongs to PATH_INFO"),
  PATH_INFO(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "nothing, or a path that begins with a slash",
      "split the path before a slash, never behind it"),
  PATH_MISSING(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "a SCRIPT_NAME or a PATH_INFO that isn't empty",
      "PATH_INFO of the root is \"/\""),
  SERVER_PORT(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "RFC 3875, 4.1.15",
      "a port of digits",
      "write the number as text"),
  REQUEST_LENGTH(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "RFC 3875, 4.1.2",
      "digits that say how many bytes the request's body has",
      "leave CONTENT_LENGTH out where that isn't known"),
  VERSION(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "List.of(1, 0)",
      "this is WSGI 1.0: leave the key as the server made it"),
  URL_SCHEME(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "\"http\" or \"https\"",
      "name the scheme that the client used, in lower case"),
  HTTPS(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, URL Reconstruction",
      "wsgi.url_scheme \"https\" where HTTPS is \"on\", \"yes\" or \"1\", and only there",
      "set both with Environ.Builder.scheme"),
  FLAGS(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, environ Variables",
      "a Boolean",
      "say true or false, as the deployment is"),
  INPUT(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, Input and Error Streams",
      "a java.io.InputStream",
      "wrap what you have; InputStream.nullInputStream() where there is no body"),
  ERRORS(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, Input and Error Streams",
      "a java.io.PrintWriter",
      "wrap what you have; it should end in the server's log"),
  FILE_WRAPPER(
      Subject.ENVIRON,
      Checker.VALIDATOR,
      "PEP 3333, Optional Platform-Specific File Handling",
      "an Environ.FileWrapper, or no such key",
      "leave the key as the server made it, or take it out"),

  STATUS(
      Subject.START,
      Checker.GATEWAY,
      "PEP 3333, The start_response() Callable",
      "three digits from 100 to 999, a space and a reason, such as \"200 OK\"",
      "write the status as HTTP does, without line breaks or other control characters"),
  STATUS_INTERIM(
      Subject.START,
      Checker.GATEWAY,
      "RFC 9110, 15.2",
      "a final status, 200 or above: an interim one announces another that WSGI can't send",
      "leave interim answers (100, 101, 103) to the server"),
  HEADERS_NULL(
      Subject.START,
      Checker.GATEWAY,
      "PEP 3333, The start_response() Callable",
      "a status and a list of headers, each with a name and a value",
      "leave a header out where it has no value"),
  HEADER_NAME(
      Subject.START,
      Checker.GATEWAY,
      "PEP 3333, The start_response() Callable",
      "a header name of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110, 5.6.2)",
      "write the bare name, without colon or spaces"),
  HEADER_NAME_PLAIN(
      Subject.START,
      Checker.VALIDATOR,
      "RFC 9110, 16.3.2.1",
      "a header name that begins with a letter, goes on with letters, digits, dashes and underscores, and ends with a letter or a digit",
      "choose a plainer name: proxies and CGI change or drop others"),
  HEADER_STATUS(
      Subject.START,
      Checker.VALIDATOR,
      "RFC 3875, 6.3.3",
      "no header named Status",
      "give the status as first argument: CGI and FastCGI would take the header for it"),
  HEADER_VALUE(
      Subject.START,
      Checker.GATEWAY,
      "PEP 3333, The start_response() Callable",
      "a header value without control characters, each character U+0020 to U+00FF",
      "encode what isn't Latin text (RFC 8187, percent-encoding) and never pass on line breaks"),
  HEADER_HOP_BY_HOP(
      Subject.START,
      Checker.GATEWAY,
      "PEP 3333, Other HTTP Features",
      "no hop-by-hop header (RFC 2616, 13.5.1)",
      "leave it to the server, whose connection it is"),
  CONTENT_LENGTH(
      Subject.START,
      Checker.GATEWAY,
      "PEP 3333, Handling the Content-Length Header",
      "one Content-Length of digits only",
      "leave it out if the size isn't known"),
  CONTENT_LENGTH_FORBIDDEN(
      Subject.START,
      Checker.VALIDATOR,
      "RFC 9110, 8.6",
      "no Content-Length with a status of 204",
      "leave the header out: there is nothing to measure"),
  CONTENT_TYPE_MISSING(
      Subject.START,
      Checker.VALIDATOR,
      "RFC 9110, 8.3",
      "a Content-Type with every status but 204 and 304",
      "say what the body is, such as \"text/plain; charset=utf-8\""),
  CONTENT_TYPE_FORBIDDEN(
      Subject.START,
      Checker.VALIDATOR,
      "RFC 9110, 8.3",
      "no Content-Type with a status of 204 or 304",
      "leave the header out: there is nothing to describe"),
  START_TWICE(
      Subject.START,
      Checker.GATEWAY,
      "PEP 3333, The start_response() Callable",
      "one call of start_response, or a further one with the failure that led to it (exc_info)",
      "pass the failure as third argument when an error page replaces the first answer"),
  START_MISSING(
      Subject.START,
      Checker.GATEWAY,
      "PEP 3333, Buffering and Streaming",
      "start_response before the first block that isn't empty, at the latest before the end",
      "call start_response in the application or before the iterator's first block"),
  START_LATE(
      Subject.START,
      Checker.VALIDATOR,
      "PEP 3333, Specification Details",
      "start_response before the first block, even an empty one",
      "call start_response in the application or before the iterator's first block"),
  WRITER_NULL(
      Subject.START,
      Checker.VALIDATOR,
      "PEP 3333, The start_response() Callable",
      "start_response to return a Writer",
      "return what the server's start_response returned, or a Writer around it"),

  WRITE_IN_BODY(
      Subject.WRITE,
      Checker.VALIDATOR,
      "PEP 3333, The write() Callable",
      "write() before the body is iterated",
      "let the body hand the block out"),
  AFTER_END(
      Subject.WRITE,
      Checker.GATEWAY,
      "PEP 3333, The write() Callable",
      "start_response and write() while the response is being made",
      "don't keep them beyond the call that they were made for"),

  BODY_NULL(
      Subject.BODY,
      Checker.GATEWAY,
      "PEP 3333, The Application/Framework Side",
      "a body, be it empty",
      "return Body.empty() where there is nothing to send"),
  BLOCK(
      Subject.BODY,
      Checker.GATEWAY,
      "PEP 3333, Buffering and Streaming",
      "blocks of bytes",
      "hand out an empty block where there is nothing to send yet"),
  BODY_TOO_SHORT(
      Subject.BODY,
      Checker.GATEWAY,
      "PEP 3333, Handling the Content-Length Header",
      "as many bytes as the Content-Length promised",
      "leave the header out, or count the bytes that are sent, not the characters"),
  BODY_TOO_LONG(
      Subject.BODY,
      Checker.GATEWAY,
      "PEP 3333, Handling the Content-Length Header",
      "no more bytes than the Content-Length promised",
      "leave the header out, or count the bytes that are sent, not the characters"),
  BODY_LENGTH(
      Subject.BODY,
      Checker.VALIDATOR,
      "PEP 3333, Handling the Content-Length Header",
      "as many bytes as Body.length() said",
      "return -1 where the length isn't known beforehand"),
  BODY_FORBIDDEN(
      Subject.BODY,
      Checker.VALIDATOR,
      "RFC 9110, 6.4.1",
      "no bytes with a status of 204 or 304",
      "return Body.empty(), or choose another status"),
  BODY_ITERATED_TWICE(
      Subject.BODY,
      Checker.VALIDATOR,
      "PEP 3333, The Application/Framework Side",
      "a body to be iterated once",
      "keep the blocks if they are needed again"),
  BODY_ITERATED_LATE(
      Subject.BODY,
      Checker.VALIDATOR,
      "PEP 3333, The Application/Framework Side",
      "a body to be left alone once it is closed",
      "close it after the last block was taken"),
  BODY_CLOSED_TWICE(
      Subject.BODY,
      Checker.VALIDATOR,
      "PEP 3333, The Application/Framework Side",
      "a body to be closed once",
      "leave closing to the outermost: each middleware closes the body that it wraps"),
  BODY_NOT_CLOSED(
      Subject.BODY,
      Checker.VALIDATOR,
      "PEP 3333, The Application/Framework Side",
      "a body to be closed on every path",
      "close the inner body when yours is closed, and when you throw it away"),

  INPUT_CLOSED(
      Subject.STREAMS,
      Checker.VALIDATOR,
      "PEP 3333, Input and Error Streams",
      "wsgi.input to be left open",
      "leave closing to the server: no try-with-resources around it"),
  INPUT_LATE(
      Subject.STREAMS,
      Checker.VALIDATOR,
      "PEP 3333, Input and Error Streams",
      "wsgi.input to be read while the response is being made",
      "read what is needed before the body is closed"),
  INPUT_TOO_LONG(
      Subject.STREAMS,
      Checker.VALIDATOR,
      "PEP 3333, Input and Error Streams",
      "wsgi.input to end where the request's body ends",
      "count the bytes that are handed out, and say -1 after CONTENT_LENGTH of them"),
  ERRORS_CLOSED(
      Subject.STREAMS,
      Checker.VALIDATOR,
      "PEP 3333, Input and Error Streams",
      "wsgi.errors to be left open",
      "leave closing to the server; flush() is enough");

  /** What a rule is about. */
  public enum Subject {
    /** The request as the server hands it over; middleware may break it on the way. */
    ENVIRON,
    /** {@link StartResponse}: the status and the headers. */
    START,
    /** {@link StartResponse.Writer}. */
    WRITE,
    /** {@link Body}: its blocks, and what it promises. */
    BODY,
    /** {@code wsgi.input} and {@code wsgi.errors}. */
    STREAMS
  }

  /** Who looks after a rule. */
  public enum Checker {
    /** {@link Gateway}, always. The validator does too, where a middleware stands between. */
    GATEWAY,
    /** {@code Validator}, where it is switched on. */
    VALIDATOR
  }

  private static final int LONGEST_QUOTE = 80;

  private final Subject subject;
  private final Checker checker;
  private final String section;
  private final String expected;
  private final String cure;

  Rule(Subject subject, Checker checker, String section, String expected, String cure) {
    this.subject = subject;
    this.checker = checker;
    this.section = section;
    this.expected = expected;
    this.cure = cure;
  }

  /** What the rule is about. */
  public Subject subject() {
    return subject;
  }

  /** Who looks after it. */
  public Checker checker() {
    return checker;
  }

  /** Where the rule stands: the specification and its section. */
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

  /** The failure to throw to whoever broke the rule; {@code found} as in {@link #message}. */
  public RuleBrokenException broken(String found) {
    return new RuleBrokenException(this, message(found));
  }

  /**
   * What was found, what was expected, the cure, and where that is written.
   *
   * @param found in a few words, with texts from elsewhere {@link #quoted}
   */
  public String message(String found) {
    return "%s: found %s, expected %s; %s (%s)".formatted(name(), found, expected, cure, section);
  }

  /** Text from elsewhere as Java would write it, shortened: fit for messages and logs. */
  public static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    int length = Math.min(text.length(), LONGEST_QUOTE);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || (c >= 0x7F && c < 0xA0) || c > 0xFF) {
            quoted.append("\\u%04x".formatted((int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append(length < text.length() ? "…\"" : "\"").toString();
  }
}
