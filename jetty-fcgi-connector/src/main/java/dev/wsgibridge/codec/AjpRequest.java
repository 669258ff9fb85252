package dev.wsgibridge.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Rule;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * A FORWARD_REQUEST of AJP 1.3, read once from its packet's beginning to its end.
 *
 * <pre>
 *  prefix_code   byte      2
 *  method        byte      1 to 27; 255 where an attribute tells it
 *  protocol      string
 *  req_uri       string    without the query
 *  remote_addr   string
 *  remote_host   string
 *  server_name   string
 *  server_port   integer
 *  is_ssl        boolean
 *  num_headers   integer
 *  headers       each      name: integer 0xA001 to 0xA00E, or string;  value: string
 *  attributes    each      code: byte, 1 to 13;  value: string (some have others, see {@link #attributes})
 *  terminator    byte      255
 *
 *  integer:  2 bytes, the high one first
 *  string:   its length as an integer, its bytes, a NUL; the length 65535 alone is no string at all
 * </pre>
 */
final class AjpRequest {

  /** Why a request can't be honoured. */
  static final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedException(int status, String why) {
      super(why);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /** The methods, from code 1 on. */
  private static final String[] METHODS = {
    "OPTIONS",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "TRACE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "ACL",
    "REPORT",
    "VERSION-CONTROL",
    "CHECKIN",
    "CHECKOUT",
    "UNCHECKOUT",
    "SEARCH",
    "MKWORKSPACE",
    "UPDATE",
    "LABEL",
    "MERGE",
    "BASELINE-CONTROL",
    "MKACTIVITY"
  };

  private static final int STORED_METHOD = 255;

  /** The request headers, from code 0xA001 on. */
  private static final String[] HEADERS = {
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Connection",
    "Content-Type",
    "Content-Length",
    "Cookie",
    "Cookie2",
    "Host",
    "Pragma",
    "Referer",
    "User-Agent"
  };

  private static final int CODED = 0xA000;
  private static final int NO_STRING = 0xFFFF;
  private static final int TERMINATOR = 255;

  /** The shortest header: two empty strings. */
  private static final int SHORTEST_HEADER = 5;

  /** No cipher has a key of so few bits: the integer is the length of a string, as lighttpd's. */
  private static final int FEWEST_KEY_BITS = 8;

  private final byte[] packet;
  private final AjpCodec.Trusted trusted;
  private final CgiParams.Builder params = CgiParams.builder();
  private int at;

  private @Nullable String length;
  private @Nullable String transferEncoding;
  private @Nullable String storedMethod;
  private @Nullable String query;
  private boolean secretKnown;
  private boolean hostTold;

  private AjpRequest(byte[] packet, AjpCodec.Trusted trusted) {
    this.packet = packet;
    this.trusted = trusted;
  }

  /**
   * Reads a packet.
   *
   * @param packet its payload, prefix_code included
   * @throws RefusedException it is none, or one that would not be safe
   */
  static Event.Request read(int id, byte[] packet, AjpCodec.Trusted trusted)
      throws RefusedException {
    return new AjpRequest(packet, trusted).read(id);
  }

  private Event.Request read(int id) throws RefusedException {
    at = 1;
    int method = octet();
    String protocol = string("protocol");
    String uri = string("req_uri");
    String remoteAddr = string("remote_addr");
    String remoteHost = string("remote_host");
    String serverName = string("server_name");
    int serverPort = integer();
    boolean ssl = octet() != 0;
    headers();
    attributes();
    if (at != packet.length) {
      throw bad(
          "found %d bytes behind the request, expected it to end".formatted(packet.length - at));
    }
    if (trusted.secret() != null && !secretKnown) {
      throw forbidden("no");
    }
    // Behind all that a header or an attribute may have brought: the last of a name counts.
    params.add(Environ.REQUEST_METHOD, method(method));
    params.add(Environ.REQUEST_URI, query == null ? text(uri) : text(uri) + "?" + query);
    params.add(Environ.QUERY_STRING, text(query));
    add(Environ.SERVER_PROTOCOL, protocol);
    add(Environ.REMOTE_ADDR, remoteAddr);
    add("REMOTE_HOST", remoteHost);
    if (!hostTold) {
      // Where there is a Host it counts: mod_proxy_ajp's server_port is that of its connection.
      add(Environ.SERVER_NAME, serverName);
      params.add(Environ.SERVER_PORT, Integer.toString(serverPort));
    }
    if (ssl) {
      params.add(Environ.HTTPS, "on");
    }
    return new Event.Request(id, params.build(), contentLength());
  }

  private String method(int code) throws RefusedException {
    if (code >= 1 && code <= METHODS.length) {
      return METHODS[code - 1];
    }
    if (code != STORED_METHOD) {
      throw bad("found method %d, expected 1 to %d or 255".formatted(code, METHODS.length));
    }
    if (storedMethod == null) {
      throw bad("found method 255 and no attribute stored_method, expected one");
    }
    return storedMethod;
  }

  // ------------------------------------------------------------ headers

  private void headers() throws RefusedException {
    int count = integer();
    if (count > (packet.length - at) / SHORTEST_HEADER) {
      throw bad(
          "found %d headers in the last %d bytes, expected fewer"
              .formatted(count, packet.length - at));
    }
    for (int i = 0; i < count; i++) {
      String name = headerName();
      int valueAt = at;
      String value = text(string(name));
      if (hasLineEnd(valueAt)) {
        throw bad("found a line end in %s, expected none".formatted(Rule.quoted(name)));
      }
      header(name, value);
    }
  }

  private String headerName() throws RefusedException {
    int code = integer();
    if ((code & 0xFF00) == CODED) {
      int index = code - CODED - 1;
      if (index < 0 || index >= HEADERS.length) {
        throw bad("found header 0x%04x, expected 0xa001 to 0xa00e".formatted(code));
      }
      return HEADERS[index];
    }
    at -= 2;
    String name = string("header");
    if (name == null || name.isEmpty()) {
      throw bad("found a header without a name, expected one");
    }
    return name;
  }

  private void header(String name, String value) throws RefusedException {
    if (name.indexOf('_') >= 0) {
      // What frames the body has no twin, whatever the admin says.
      if (trusted.underscores() && !framesBody(name.replace('_', '-'))) {
        params.header(name, value);
      }
      return;
    }
    if (name.equalsIgnoreCase("Content-Length")) {
      if (length != null) {
        throw bad("found Content-Length twice, expected it once");
      }
      length = value;
    } else if (name.equalsIgnoreCase("Transfer-Encoding")) {
      if (transferEncoding != null) {
        throw bad("found Transfer-Encoding twice, expected it once");
      }
      transferEncoding = value;
    }
    hostTold |= name.equalsIgnoreCase("Host") && !value.isEmpty();
    params.header(name, value);
  }

  private static boolean framesBody(String name) {
    return name.equalsIgnoreCase("Content-Length")
        || name.equalsIgnoreCase("Content-Type")
        || name.equalsIgnoreCase("Transfer-Encoding");
  }

  /** Whether a value has what would end a line, or a C string. */
  private boolean hasLineEnd(int from) {
    for (int i = from + 2; i < at - 1; i++) {
      byte b = packet[i];
      if (b == '\r' || b == '\n' || b == 0) {
        return true;
      }
    }
    return false;
  }

  /** Bytes of the body, -1 where only its end tells. */
  private long contentLength() throws RefusedException {
    if (transferEncoding != null) {
      if (length != null) {
        throw bad("found both Content-Length and Transfer-Encoding, expected one of them");
      }
      if (!transferEncoding.equalsIgnoreCase("chunked")) {
        throw bad(
            "found Transfer-Encoding %s, expected chunked"
                .formatted(Rule.quoted(transferEncoding)));
      }
      return -1;
    }
    if (length == null) {
      return -1;
    }
    long bytes = Digits.number(length);
    if (bytes < 0) {
      throw bad("found Content-Length %s, expected a number".formatted(Rule.quoted(length)));
    }
    return bytes;
  }

  // ------------------------------------------------------------ attributes

  private void attributes() throws RefusedException {
    for (int code = octet(); code != TERMINATOR; code = octet()) {
      switch (code) {
        // context, servlet_path, jvm_route: Tomcat's own affairs.
        case 1, 2, 6 -> string("attribute");
        case 3 -> add(Environ.REMOTE_USER, string("remote_user"));
        case 4 -> add(Environ.AUTH_TYPE, string("auth_type"));
        case 5 -> query = string("query_string");
        case 7 -> add("SSL_CLIENT_CERT", string("ssl_cert"));
        case 8 -> add("SSL_CIPHER", string("ssl_cipher"));
        case 9 -> add("SSL_SESSION_ID", string("ssl_session"));
        case 10 -> requestAttribute(text(string("req_attribute")), text(string("req_attribute")));
        case 11 -> keySize();
        case 12 -> secret();
        case 13 -> storedMethod = string("stored_method");
        default -> throw bad("found attribute %d, expected 1 to 13 or 255".formatted(code));
      }
    }
  }

  /** What AJP 1.3 has no code for, and else only what the admin has named. */
  private void requestAttribute(String name, String value) {
    switch (name) {
      case "AJP_REMOTE_PORT" -> params.add(Environ.REMOTE_PORT, value);
      case "AJP_LOCAL_ADDR" -> params.add("SERVER_ADDR", value);
      case "AJP_SSL_PROTOCOL" -> params.add("SSL_PROTOCOL", value);
      default -> {
        // Ghostcat (CVE-2020-1938): those that steer a servlet container are nobody's to send.
        if (trusted.attributes().contains(name)
            && !name.startsWith("jakarta.servlet.")
            && !name.startsWith("javax.servlet.")) {
          params.add(name, value);
        }
      }
    }
  }

  private void keySize() throws RefusedException {
    int bits = integer();
    if (bits < FEWEST_KEY_BITS || bits == NO_STRING) {
      at -= 2;
      add("SSL_CIPHER_USEKEYSIZE", string("ssl_key_size"));
    } else {
      params.add("SSL_CIPHER_USEKEYSIZE", Integer.toString(bits));
    }
  }

  private void secret() throws RefusedException {
    String found = text(string("secret"));
    byte[] expected = trusted.secret();
    if (expected == null) {
      return;
    }
    if (!MessageDigest.isEqual(found.getBytes(ISO_8859_1), expected)) {
      throw forbidden("another");
    }
    secretKnown = true;
  }

  private void add(String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      params.add(name, value);
    }
  }

  // ------------------------------------------------------------ the packet

  private int octet() throws RefusedException {
    if (at >= packet.length) {
      throw bad("the packet ends amid the request");
    }
    return packet[at++] & 0xFF;
  }

  private int integer() throws RefusedException {
    return octet() << 8 | octet();
  }

  private @Nullable String string(String what) throws RefusedException {
    int count = integer();
    if (count == NO_STRING) {
      return null;
    }
    int end = at + count;
    if (end >= packet.length) {
      throw bad(
          "found %s of %d bytes in a packet that has %d more, expected it within"
              .formatted(Rule.quoted(what), count, packet.length - at));
    }
    if (packet[end] != 0) {
      throw bad(
          "found 0x%02x behind %s, expected NUL".formatted(packet[end] & 0xFF, Rule.quoted(what)));
    }
    String string = new String(packet, at, count, ISO_8859_1);
    at = end + 1;
    return string;
  }

  private static String text(@Nullable String string) {
    return string == null ? "" : string;
  }

  private static RefusedException bad(String why) {
    return new RefusedException(400, "AJP: " + why);
  }

  private static RefusedException forbidden(String found) {
    return new RefusedException(
        403,
        "AJP: found %s secret, expected the one that is set here (mod_proxy_ajp: ProxyPass … secret=…; mod_jk: worker.NAME.secret)"
            .formatted(found));
  }
}
