package dev.wsgibridge;

import java.util.ArrayList;
import java.util.List;
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

  private final String[] namesAndValues;
  private final Trust trust;

  private CgiParams(String[] namesAndValues, Trust trust) {
    this.namesAndValues = namesAndValues;
    this.trust = trust;
  }

  /** Begins a list. */
  public static Builder builder() {
    return new Builder();
  }

  /** How many there are, repeated ones counted each. */
  public int size() {
    return namesAndValues.length / 2;
  }

  /** The name of one, from 0 to {@link #size()} - 1. */
  public String name(int index) {
    return namesAndValues[2 * index];
  }

  /** The value of one, from 0 to {@link #size()} - 1. */
  public String value(int index) {
    return namesAndValues[2 * index + 1];
  }

  /**
   * The last value of a name, for an admin's own comes after the defaults; null where there is
   * none.
   */
  public @Nullable String last(String name) {
    for (int i = namesAndValues.length - 2; i >= 0; i -= 2) {
      if (namesAndValues[i].equals(name)) {
        return namesAndValues[i + 1];
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
   * @throws IllegalArgumentException there is no path in it
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
    if (target == null) {
      throw new IllegalArgumentException(
          "REQUEST_URI: found %s, expected a path such as /index".formatted(Rule.quoted(uri)));
    }
    return target;
  }

  /**
   * The size of the body in bytes; -1 where no CONTENT_LENGTH tells it, or only an empty one.
   *
   * @throws IllegalArgumentException it is no number, or two of them differ: where the body ends
   *     would be a guess
   */
  public long contentLength() {
    String length = "";
    for (int i = 0; i < size(); i++) {
      String value = value(i);
      if (value.isEmpty() || !name(i).equals(Environ.CONTENT_LENGTH)) {
        continue;
      }
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
    return new CgiParams(namesAndValues, trust);
  }

  /** How many there are: values may be secret. */
  @Override
  public String toString() {
    return size() + " params";
  }

  /** Puts a list together; not thread-safe. */
  public static final class Builder {

    private final List<String> namesAndValues = new ArrayList<>(64);

    private Builder() {}

    /** Adds one at the end. */
    public Builder add(String name, String value) {
      namesAndValues.add(name);
      namesAndValues.add(value);
      return this;
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
      return new CgiParams(namesAndValues.toArray(String[]::new), Trust.DEFAULT);
    }
  }
}
