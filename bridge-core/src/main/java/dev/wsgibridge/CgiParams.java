package dev.wsgibridge;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The CGI variables of one request (RFC 3875, 4.1) as a front server sent them: in their order,
 * repeated ones too, each character a byte (ISO-8859-1). {@link Environ#request(CgiParams)} judges
 * what of them an application may see.
 *
 * <p>A connector of a gateway protocol hands them on as the request attribute {@link #ATTRIBUTE}.
 * Immutable.
 */
public final class CgiParams {

  /** The request attribute that holds these. */
  public static final String ATTRIBUTE = "dev.wsgibridge.cgi_params";

  /** Where SCRIPT_NAME and PATH_INFO come from. */
  public enum Split {
    /**
     * REQUEST_URI, decoded byte for byte, below the prefix at which the application stands here.
     */
    MOUNT,

    /**
     * REQUEST_URI, decoded byte for byte, below the SCRIPT_NAME that the front sent; as the front
     * sent them where REQUEST_URI lies elsewhere.
     */
    SCRIPT,

    /** The front, as it sent them. */
    FRONT
  }

  /**
   * What a front is believed.
   *
   * @param split where SCRIPT_NAME and PATH_INFO come from
   * @param remoteUser whether its REMOTE_USER and AUTH_TYPE reach the application: some fronts fill
   *     them from a header that nobody has verified
   */
  public record Trust(Split split, boolean remoteUser) {

    /** {@link Split#MOUNT}, and nobody's REMOTE_USER. */
    public static final Trust DEFAULT = new Trust(Split.MOUNT, false);
  }

  private static final byte[] NO_BYTES = {};

  private final int size;
  private final @Nullable String[] namesAndValues;
  private final byte[] bytes;
  private final int[] bounds;
  private final Trust trust;

  private CgiParams(Builder builder, Trust trust) {
    this(builder.size, builder.namesAndValues, builder.bytes, builder.bounds, trust);
  }

  private CgiParams(
      int size, @Nullable String[] namesAndValues, byte[] bytes, int[] bounds, Trust trust) {
    this.size = size;
    this.namesAndValues = namesAndValues;
    this.bytes = bytes;
    this.bounds = bounds;
    this.trust = trust;
  }

  /** Begins a list. */
  public static Builder builder() {
    return new Builder(NO_BYTES);
  }

  /**
   * Begins a list whose values may be parts of {@code bytes}, which are never changed from now on.
   * Such a value is made a String of when someone asks for it.
   */
  public static Builder builder(byte[] bytes) {
    return new Builder(bytes);
  }

  /** How many there are, repeated ones counted each. */
  public int size() {
    return size;
  }

  /** The name of one, from 0 to {@link #size()} - 1. */
  public String name(int index) {
    return Objects.requireNonNull(namesAndValues[2 * Objects.checkIndex(index, size)]);
  }

  /** The value of one, from 0 to {@link #size()} - 1. */
  public String value(int index) {
    int at = 2 * Objects.checkIndex(index, size) + 1;
    String value = namesAndValues[at];
    if (value == null) {
      // Where two threads ask at once, it is made twice, and the same.
      value = new String(bytes, bounds[at - 1], bounds[at], StandardCharsets.ISO_8859_1);
      namesAndValues[at] = value;
    }
    return value;
  }

  /**
   * The last value of a name, for an admin's own comes after the defaults; null where there is
   * none.
   */
  public @Nullable String last(String name) {
    for (int i = size - 1; i >= 0; i--) {
      if (name.equals(namesAndValues[2 * i])) {
        return value(i);
      }
    }
    return null;
  }

  /**
   * {@code GET}, {@code POST}, …
   *
   * @throws IllegalArgumentException there is none, or it is no token (RFC 9110, 9.1)
   */
  public String method() {
    String method = last(Environ.REQUEST_METHOD);
    if (method == null || !Head.isToken(method)) {
      throw new IllegalArgumentException(
          "REQUEST_METHOD: found %s, expected a method such as GET"
              .formatted(method == null ? "none" : Rule.quoted(method)));
    }
    return method;
  }

  /**
   * The request target: REQUEST_URI from its path on, as the client wrote it. Where a front sends
   * none, it is made of SCRIPT_NAME and PATH_INFO, else of DOCUMENT_URI, and QUERY_STRING.
   *
   * @throws IllegalArgumentException there is no path in it, or a fragment
   */
  public String target() {
    String uri = last(Environ.REQUEST_URI);
    if (uri == null || uri.isEmpty()) {
      String path = text(Environ.SCRIPT_NAME) + text(Environ.PATH_INFO);
      String query = text(Environ.QUERY_STRING);
      uri =
          RequestPath.encode(path.isEmpty() ? text("DOCUMENT_URI") : path)
              + (query.isEmpty() ? "" : "?" + query);
    }
    String target = RequestPath.ofTarget(uri);
    if (target == null || target.indexOf('#') >= 0) {
      // RFC 9112, 3.2: no fragment is ever sent. Fronts would take the path to end before it.
      throw new IllegalArgumentException(
          "REQUEST_URI: found %s, expected a path such as /index".formatted(Rule.quoted(uri)));
    }
    return target;
  }

  /**
   * The size of the body in bytes; -1 where no CONTENT_LENGTH tells it: there is none, or only an
   * empty one, or {@code -1}, as Caddy before 2.9 writes it of a body in chunks. It may come twice,
   * and say the same.
   *
   * @throws IllegalArgumentException it is no number, or two of them differ: where the body ends
   *     would be a guess
   */
  public long contentLength() {
    String length = "";
    for (int i = 0; i < size(); i++) {
      if (!name(i).equals(Environ.CONTENT_LENGTH) || !isTold(name(i), value(i))) {
        continue;
      }
      String value = value(i);
      if (!length.isEmpty() && !length.equals(value)) {
        throw new IllegalArgumentException(
            "CONTENT_LENGTH: found %s and %s, expected one number"
                .formatted(Rule.quoted(length), Rule.quoted(value)));
      }
      length = value;
    }
    if (length.isEmpty()) {
      return -1;
    }
    if (length.length() > 18 || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException(
          "CONTENT_LENGTH: found %s, expected a number of bytes".formatted(Rule.quoted(length)));
    }
    return Long.parseLong(length);
  }

  /**
   * Whether the CONTENT_TYPE or CONTENT_LENGTH of a body tells something: it isn't empty, nor the
   * {@code -1} of a length that isn't known.
   */
  public static boolean isTold(String name, String value) {
    return !value.isEmpty() && !(name.equals(Environ.CONTENT_LENGTH) && value.equals("-1"));
  }

  /**
   * The last value of a request header, null where there is none.
   *
   * @param name as HTTP writes it, in any case
   */
  public @Nullable String header(String name) {
    return last(Environ.headerKey(name));
  }

  /** Whether the client's connection is TLS: HTTPS is on, or REQUEST_SCHEME is https. */
  public boolean isSecure() {
    String https = last(Environ.HTTPS);
    if (https == null || https.isEmpty()) {
      return "https".equalsIgnoreCase(last("REQUEST_SCHEME"));
    }
    return https.equalsIgnoreCase("on") || https.equals("1");
  }

  /** SERVER_NAME; the request's Host where the front sends none. */
  public String serverName() {
    String name = text(Environ.SERVER_NAME);
    return name.isEmpty() ? RequestPath.hostOf(text(Environ.headerKey("Host"))) : name;
  }

  /** SERVER_PORT; where the front sends none, that of the request's Host, or the scheme's own. */
  public int serverPort() {
    String told = text(Environ.SERVER_PORT);
    int port = number(told.isEmpty() ? RequestPath.portOf(text(Environ.headerKey("Host"))) : told);
    return port > 0 ? port : isSecure() ? 443 : 80;
  }

  /** REMOTE_PORT, 0 where the front sends none. */
  public int remotePort() {
    return number(text(Environ.REMOTE_PORT));
  }

  private static int number(String digits) {
    if (digits.isEmpty() || digits.length() > 5) {
      return 0;
    }
    int number = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return 0;
      }
      number = 10 * number + c - '0';
    }
    return number > 0xFFFF ? 0 : number;
  }

  private String text(String name) {
    String value = last(name);
    return value == null ? "" : value;
  }

  /** What their front is believed. */
  public Trust trust() {
    return trust;
  }

  /** The same, from a front that is believed so. */
  public CgiParams trusting(Trust trust) {
    return new CgiParams(size, namesAndValues, bytes, bounds, trust);
  }

  /** How many there are: values may be secret. */
  @Override
  public String toString() {
    return size() + " params";
  }

  /** Puts a list together; not thread-safe. */
  public static final class Builder {

    private final byte[] bytes;
    private int size;

    // A list that was built shares these, up to its size: what is there is never changed.
    private @Nullable String[] namesAndValues = new String[64];

    /** Of each value that is among the bytes: where it begins, and its length. */
    private int[] bounds;

    private Builder(byte[] bytes) {
      this.bytes = bytes;
      this.bounds = new int[bytes.length == 0 ? 0 : namesAndValues.length];
    }

    /** Adds one at the end. */
    public Builder add(String name, String value) {
      int at = room();
      namesAndValues[at] = name;
      namesAndValues[at + 1] = value;
      size++;
      return this;
    }

    /** Adds one at the end whose value is {@code length} of the bytes, from {@code from} on. */
    public Builder add(String name, int from, int length) {
      Objects.checkFromIndexSize(from, length, bytes.length);
      if (length == 0) {
        return add(name, "");
      }
      int at = room();
      namesAndValues[at] = name;
      bounds[at] = from;
      bounds[at + 1] = length;
      size++;
      return this;
    }

    private int room() {
      int at = 2 * size;
      if (at == namesAndValues.length) {
        namesAndValues = Arrays.copyOf(namesAndValues, 2 * at);
        bounds = Arrays.copyOf(bounds, 2 * bounds.length);
      }
      return at;
    }

    /**
     * Adds a request header at the end, by its name as HTTP writes it; an underscore in it becomes
     * none other than a dash.
     */
    public Builder header(String name, String value) {
      return add(Environ.headerKey(name), value);
    }

    /** The list, from a front that is believed {@link Trust#DEFAULT}. */
    public CgiParams build() {
      return new CgiParams(this, Trust.DEFAULT);
    }
  }
}
