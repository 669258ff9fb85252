package dev.wsgibridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request, as PEP 3333's environ: a mutable map of CGI variables (RFC 3875), {@code wsgi.*}
 * keys and extensions, with typed accessors beside it.
 *
 * <p>This is the one place that makes {@code HTTP_*} names, decodes paths and knows ISO-8859-1.
 * Values of CGI variables are strings of U+0000 to U+00FF, each character a byte of the request. A
 * key that is absent means that the request says nothing of it. Not thread-safe: it belongs to the
 * call that it was made for, and may read from the server's request what nobody has asked for
 * before. Whoever needs it for longer makes a copy.
 */
public final class Environ extends AbstractMap<String, Object> {

  // RFC 3875, 4.1
  public static final String REQUEST_METHOD = "REQUEST_METHOD";
  public static final String SCRIPT_NAME = "SCRIPT_NAME";
  public static final String PATH_INFO = "PATH_INFO";
  public static final String QUERY_STRING = "QUERY_STRING";
  public static final String CONTENT_TYPE = "CONTENT_TYPE";
  public static final String CONTENT_LENGTH = "CONTENT_LENGTH";
  public static final String SERVER_NAME = "SERVER_NAME";
  public static final String SERVER_PORT = "SERVER_PORT";
  public static final String SERVER_PROTOCOL = "SERVER_PROTOCOL";
  public static final String SERVER_SOFTWARE = "SERVER_SOFTWARE";
  public static final String GATEWAY_INTERFACE = "GATEWAY_INTERFACE";
  public static final String REMOTE_ADDR = "REMOTE_ADDR";
  public static final String REMOTE_PORT = "REMOTE_PORT";
  public static final String REMOTE_USER = "REMOTE_USER";
  public static final String AUTH_TYPE = "AUTH_TYPE";
  public static final String HTTPS = "HTTPS";

  /** The request target as the client wrote it, with its query: nothing decoded, nothing merged. */
  public static final String REQUEST_URI = "REQUEST_URI";

  /** The same as {@link #REQUEST_URI}, by the name that gunicorn gave it. */
  public static final String RAW_URI = "RAW_URI";

  // PEP 3333, "environ Variables"
  public static final String WSGI_VERSION = "wsgi.version";
  public static final String WSGI_URL_SCHEME = "wsgi.url_scheme";
  public static final String WSGI_INPUT = "wsgi.input";
  public static final String WSGI_INPUT_TERMINATED = "wsgi.input_terminated";
  public static final String WSGI_ERRORS = "wsgi.errors";
  public static final String WSGI_MULTITHREAD = "wsgi.multithread";
  public static final String WSGI_MULTIPROCESS = "wsgi.multiprocess";
  public static final String WSGI_RUN_ONCE = "wsgi.run_once";
  public static final String WSGI_FILE_WRAPPER = "wsgi.file_wrapper";

  // What the servlet bridge adds
  public static final String SERVLET_REQUEST = "dev.wsgibridge.servlet.request";
  public static final String SERVLET_RESPONSE = "dev.wsgibridge.servlet.response";
  public static final String SERVLET_CONTEXT = "dev.wsgibridge.servlet.context";

  private static final List<Integer> VERSION_1_0 = List.of(1, 0);

  /** RFC 3875, 4.1.1 to 4.1.17, without PATH_TRANSLATED; then what Apache adds. */
  private static final Set<String> CGI =
      Set.of(
          AUTH_TYPE,
          CONTENT_LENGTH,
          CONTENT_TYPE,
          GATEWAY_INTERFACE,
          PATH_INFO,
          QUERY_STRING,
          REMOTE_ADDR,
          "REMOTE_HOST",
          "REMOTE_IDENT",
          REMOTE_USER,
          REQUEST_METHOD,
          SCRIPT_NAME,
          SERVER_NAME,
          SERVER_PORT,
          SERVER_PROTOCOL,
          SERVER_SOFTWARE,
          "DOCUMENT_ROOT",
          HTTPS,
          REMOTE_PORT,
          "REQUEST_SCHEME",
          REQUEST_URI,
          "SERVER_ADDR",
          "SERVER_ADMIN",
          "UNIQUE_ID");

  /** As the server told it; nothing that an application does changes it. */
  private final Builder told;

  private final Map<String, Object> entries;

  /** Where those headers are that nobody has asked for yet; null where all are in the entries. */
  private @Nullable Headers unread;

  /** Whether all but those headers is in the entries, since someone has asked for any of it. */
  private boolean complete;

  private Environ(Builder builder) {
    told = builder;
    entries = builder.entries;
    unread = builder.unread;
  }

  /**
   * Begins an environ.
   *
   * @param method {@code GET}, as in the request line
   * @param target the request target as the client wrote it: path, and query after a {@code ?}
   * @param protocol {@code HTTP/1.1}, as in the request line
   */
  public static Builder request(String method, String target, String protocol) {
    return new Builder(method, target, protocol);
  }

  /**
   * Begins an environ with what a front sent, word for word. {@link Builder#mount} follows, but for
   * the server, the client, the user, the scheme and the headers, which are set.
   *
   * <p>Left out, whatever the front: what {@link Builder#header} leaves out; empty CONTENT_TYPE and
   * CONTENT_LENGTH; HTTPS where it is off; keys that begin with {@code wsgi.} or {@code
   * dev.wsgibridge.}; REMOTE_USER and AUTH_TYPE, unless the front is {@linkplain
   * CgiParams.Trust#remoteUser believed}. Of a param that comes twice the last one counts; headers
   * are joined.
   *
   * @throws IllegalArgumentException the params are no request: no method, or no path; the message
   *     tells which
   */
  public static Builder request(CgiParams params) {
    return new Builder(params);
  }

  /**
   * The name of a request header, as HTTP writes it, whose CGI variable is {@code param}: {@code
   * HTTP_ACCEPT_LANGUAGE} is {@code Accept-Language}. Null where the variable is no header, or one
   * that never reaches an application (see {@link #request(CgiParams)}).
   */
  public static @Nullable String headerName(String param) {
    return HeaderKeys.nameOf(param);
  }

  /** The CGI variable of a request header: {@code HTTP_ACCEPT_LANGUAGE}. */
  static String headerKey(String name) {
    return HeaderKeys.plain(name);
  }

  /** {@code GET}, {@code POST}, … */
  public String method() {
    return string(REQUEST_METHOD, told.method);
  }

  /** The decoded path of the application itself: empty, or with a slash before and none behind. */
  public String scriptName() {
    return string(SCRIPT_NAME, told.scriptName);
  }

  /** The decoded path within the application. */
  public String pathInfo() {
    return string(PATH_INFO, told.pathInfo);
  }

  /** What follows the question mark, not decoded; empty where there is none. */
  public String queryString() {
    return string(QUERY_STRING, told.query);
  }

  /** {@code http} or {@code https}. */
  public String urlScheme() {
    return (String) required(WSGI_URL_SCHEME, null);
  }

  /**
   * Whether the client is known to have left, so that nobody waits for an answer any more. False
   * where the server can't tell. To be asked while the request's body is not being read.
   */
  public boolean clientLeft() {
    return told.left.getAsBoolean();
  }

  /** The size of the request's body in bytes, -1 where it isn't known: none, or chunked. */
  public long contentLength() {
    Object value = get(CONTENT_LENGTH);
    return value == null ? -1 : Long.parseLong((String) value);
  }

  /**
   * The value of a request header, null where there is none.
   *
   * @param name as HTTP writes it, in any case: {@code "Accept-Language"}
   */
  public @Nullable String header(String name) {
    return (String) get(HeaderKeys.of(name));
  }

  /**
   * The request as a CGI program may see it (RFC 3875, 4.1): the meta-variables, those that servers
   * have always added to them, and the headers, but for a user's password (4.1.18) and Proxy
   * (CVE-2016-5387). Nothing else that a front has put in.
   */
  public CgiParams params() {
    CgiParams.Builder params = CgiParams.builder();
    forEach(
        (key, value) -> {
          if (value instanceof String text && (CGI.contains(key) || HeaderKeys.isPublic(key))) {
            params.add(key, text);
          }
        });
    return params.build();
  }

  /** The request's body. It ends where the body ends. */
  public InputStream input() {
    return (InputStream) required(WSGI_INPUT, told.input);
  }

  /**
   * What {@link #WSGI_FILE_WRAPPER} holds: PEP 3333, "Optional Platform-Specific File Handling".
   */
  @FunctionalInterface
  public interface FileWrapper {

    /** {@link Body#of(InputStream)}. */
    Body wrap(InputStream file) throws IOException;
  }

  /** Where the application writes what its admin should read: the server's log. */
  public PrintWriter errors() {
    return (PrintWriter) required(WSGI_ERRORS, complete ? null : told.errors());
  }

  /** Flushes the server's own errors, whatever the application has put in their place. */
  void flushErrors() {
    if (told.errors != null) {
      told.errors.flush();
    }
  }

  private String string(String key, @Nullable String told) {
    return (String) required(key, told);
  }

  /** The value of a key: what the server told of it, as long as nobody may have changed it. */
  private Object required(String key, @Nullable Object told) {
    Object value = entries.get(key);
    if (value == null) {
      value = complete || told == null ? get(key) : told;
    }
    if (value == null) {
      throw Rule.ENVIRON_KEYS.broken("no " + key);
    }
    return value;
  }

  /** A server's own way to tell a request's headers, which are read when someone asks for them. */
  public interface Headers {

    /** Each name once. */
    Enumeration<String> names();

    /** The values of a header, by its name in any case; none where there is no such header. */
    Enumeration<String> values(String name);

    /**
     * Whether an admin, who knows that no front or application mistakes them for their twin with a
     * dash, lets headers through whose names have an underscore.
     */
    default boolean underscores() {
      return false;
    }
  }

  /** The entries, with this one among them. */
  private Map<String, Object> entriesWith(@Nullable Object key) {
    if (key instanceof String wanted && !entries.containsKey(wanted)) {
      String name = HeaderKeys.nameOf(wanted);
      if (name == null || unread == null) {
        putRest();
      } else if (unread.underscores()) {
        // A key may stand for two names, which only a look at all of them tells.
        return allEntries();
      } else if (HeaderKeys.of(name).equals(wanted)) {
        read(unread, name, wanted);
      }
    }
    return entries;
  }

  /** The entries, all of them. */
  private Map<String, Object> allEntries() {
    putRest();
    if (unread != null) {
      boolean underscores = unread.underscores();
      for (Enumeration<String> names = unread.names(); names.hasMoreElements(); ) {
        String name = names.nextElement();
        String key = underscores ? HeaderKeys.ofAny(name) : HeaderKeys.of(name);
        if (underscores || !entries.containsKey(key)) {
          read(unread, name, key);
        }
      }
      unread = null;
    }
    return entries;
  }

  private void putRest() {
    if (!complete) {
      complete = true;
      told.putAll();
    }
  }

  private void read(Headers headers, String name, String key) {
    HeaderKeys.add(key, Collections.list(headers.values(name)), entries);
  }

  @Override
  public @Nullable Object get(@Nullable Object key) {
    Object value = entries.get(key);
    return value == null && (!complete || unread != null) ? entriesWith(key).get(key) : value;
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return entriesWith(key).containsKey(key);
  }

  @Override
  public @Nullable Object put(String key, Object value) {
    return entriesWith(key).put(key, value);
  }

  @Override
  public @Nullable Object remove(@Nullable Object key) {
    return allEntries().remove(key);
  }

  @Override
  public Set<Map.Entry<String, Object>> entrySet() {
    return allEntries().entrySet();
  }

  /**
   * Puts an environ together. Any front uses it: a servlet request, a gateway protocol's params, a
   * test.
   */
  public static final class Builder {

    private BooleanSupplier left = () -> false;
    private final Map<String, Object> entries = new HashMap<>(64);
    private final String method;
    private final String target;
    private final String query;
    private final String protocol;
    private final @Nullable CgiParams params;
    private String path;
    private @Nullable String scriptName;
    private @Nullable String pathInfo;
    private @Nullable InputStream input;
    private @Nullable Supplier<PrintWriter> errorsMaker;
    private @Nullable PrintWriter errors;
    private @Nullable Headers unread;
    private @Nullable Consumer<Builder> rest;

    private Builder(String method, String target, String protocol) {
      this(method, latin1(target), protocol, null);
    }

    private Builder(CgiParams params) {
      this(params.method(), params.target(), "HTTP/1.0", params);
    }

    private Builder(String method, String target, String protocol, @Nullable CgiParams params) {
      this.method = method;
      this.target = target;
      this.protocol = protocol;
      this.params = params;
      int question = target.indexOf('?');
      path = question < 0 ? target : target.substring(0, question);
      query = question < 0 ? "" : target.substring(question + 1);
    }

    /** All but the headers that the server still knows. */
    private void putAll() {
      if (rest != null) {
        rest.accept(this);
      }
      if (params != null) {
        put(params);
      }
      entries.putIfAbsent(REQUEST_METHOD, method);
      putIfTold(SCRIPT_NAME, scriptName);
      putIfTold(PATH_INFO, pathInfo);
      putIfTold(WSGI_INPUT, input);
      putIfTold(WSGI_ERRORS, errors());
      entries.put(REQUEST_URI, target);
      entries.put(RAW_URI, target);
      entries.put(QUERY_STRING, query);
      entries.putIfAbsent(SERVER_PROTOCOL, protocol);
      entries.putIfAbsent(WSGI_URL_SCHEME, "http");
      entries.putIfAbsent(SERVER_SOFTWARE, "wsgi-bridge");
      entries.putIfAbsent(GATEWAY_INTERFACE, "CGI/1.1");
      entries.putIfAbsent(WSGI_VERSION, VERSION_1_0);
      entries.putIfAbsent(WSGI_INPUT_TERMINATED, true);
      entries.putIfAbsent(WSGI_MULTITHREAD, true);
      entries.putIfAbsent(WSGI_MULTIPROCESS, false);
      entries.putIfAbsent(WSGI_RUN_ONCE, false);
      entries.putIfAbsent(WSGI_FILE_WRAPPER, (FileWrapper) Body::of);
    }

    private void putIfTold(String key, @Nullable Object value) {
      if (value != null) {
        entries.putIfAbsent(key, value);
      }
    }

    private @Nullable PrintWriter errors() {
      if (errors == null && errorsMaker != null) {
        errors = errorsMaker.get();
      }
      return errors;
    }

    private void put(CgiParams params) {
      scheme(params.isSecure() ? "https" : "http");
      server(params.serverName(), params.serverPort());
      Map<String, List<String>> repeated = new HashMap<>();
      // The last one of a name counts, and less than what is set by now.
      for (int i = params.size() - 1; i >= 0; i--) {
        param(params.name(i), params.value(i), params.trust(), repeated);
      }
      repeated.forEach(
          (key, values) -> {
            Collections.reverse(values);
            entries.put(key, HeaderKeys.joined(key, values));
          });
    }

    /**
     * Takes one param, from the last to the first.
     *
     * @param repeated gets the values of a header that has more than one: to join them one by one
     *     would take a time that grows with the square of their number
     */
    private void param(
        String name, String value, CgiParams.Trust trust, Map<String, List<String>> repeated) {
      switch (name) {
        case REMOTE_USER, AUTH_TYPE, "REMOTE_IDENT" -> {
          if (trust.remoteUser() && !value.isEmpty()) {
            entries.putIfAbsent(name, value);
          }
        }
        // Set by their own rules.
        case REQUEST_METHOD, SCRIPT_NAME, PATH_INFO, REQUEST_URI, RAW_URI, QUERY_STRING, HTTPS -> {}
        case CONTENT_TYPE, CONTENT_LENGTH -> {
          if (CgiParams.isTold(name, value)) {
            entries.putIfAbsent(name, value);
          }
        }
        default -> {
          if (name.startsWith(HeaderKeys.PREFIX)) {
            if (!HeaderKeys.isRefused(name)) {
              Object after = entries.putIfAbsent(name, value);
              if (after != null) {
                repeated
                    .computeIfAbsent(name, key -> new ArrayList<>(List.of(after.toString())))
                    .add(value);
              }
            }
          } else if (!name.startsWith("wsgi.") && !name.startsWith("dev.wsgibridge.")) {
            entries.putIfAbsent(name, value);
          }
        }
      }
    }

    /**
     * Whether the path has what a servlet container walks through before it checks its constraints:
     * segments {@code .} and {@code ..}, also encoded, also with {@code ;params}. There the path is
     * {@linkplain #resolved the container's}, rather than {@linkplain #mount the client's}.
     */
    public boolean isToBeResolved() {
      return RequestPath.isWalkedByContainers(path);
    }

    /**
     * Whether PATH_INFO, as it was set, has a segment {@code .} or {@code ..}, also one that was
     * behind {@code %2F}. Servers disagree where such a path leads, and a guard of one would be
     * passed by another: the request is to be refused.
     */
    public boolean hasDotSegment() {
      return pathInfo != null && RequestPath.hasDotSegment(pathInfo);
    }

    /**
     * Leaves a {@code ;parameter} out of the path that is split: a container's own. REQUEST_URI
     * keeps it.
     */
    public Builder without(String parameter) {
      for (int at = path.indexOf(parameter); at >= 0; at = path.indexOf(parameter, at)) {
        int end = at + parameter.length();
        if (end == path.length() || path.charAt(end) == '/' || path.charAt(end) == ';') {
          path = path.substring(0, at) + path.substring(end);
        } else {
          at = end;
        }
      }
      return this;
    }

    /**
     * Splits the path into SCRIPT_NAME and PATH_INFO.
     *
     * @param mount the decoded path below which the application stands, as text; empty for the root
     * @return whether the request's path lies below it; if not, nothing was set
     */
    public boolean mount(String mount) {
      if (params != null && params.trust().split() != CgiParams.Split.MOUNT) {
        frontsSplit(params);
        return true;
      }
      return below(mount);
    }

    private void frontsSplit(CgiParams params) {
      String scriptName = params.last(SCRIPT_NAME);
      String pathInfo = params.last(PATH_INFO);
      String script = scriptName == null || scriptName.equals("/") ? "" : scriptName;
      int split =
          params.trust().split() == CgiParams.Split.SCRIPT
                  && !RequestPath.hasDotSegment(RequestPath.decode(path))
              ? RequestPath.below(path, script)
              : -1;
      split(
          script,
          split >= 0
              ? RequestPath.decode(path.substring(split))
              : pathInfo == null ? "" : pathInfo);
    }

    private boolean below(String mount) {
      String scriptName = latin1(mount);
      int split = RequestPath.below(path, scriptName);
      if (split < 0) {
        return false;
      }
      split(scriptName, RequestPath.decode(path.substring(split)));
      return true;
    }

    /**
     * Sets SCRIPT_NAME and PATH_INFO as they are, for a server that has already resolved the path.
     *
     * @param scriptName decoded, as text
     * @param pathInfo decoded, as text
     */
    public Builder resolved(String scriptName, String pathInfo) {
      split(latin1(scriptName), latin1(pathInfo));
      return this;
    }

    private void split(String scriptName, String pathInfo) {
      this.scriptName = scriptName;
      // "OPTIONS *" and a bare authority have no path at all.
      this.pathInfo =
          pathInfo.startsWith("/") || (pathInfo.isEmpty() && !scriptName.isEmpty())
              ? pathInfo
              : "/";
    }

    /** The server's name and port as the client addressed it; neither is ever empty. */
    public Builder server(String name, int port) {
      entries.put(SERVER_NAME, name.isEmpty() ? "localhost" : name);
      entries.put(SERVER_PORT, Integer.toString(port));
      return this;
    }

    /** The client's address and port; no port where it is not above 0. */
    public Builder client(String address, int port) {
      entries.put(REMOTE_ADDR, address);
      if (port > 0) {
        entries.put(REMOTE_PORT, Integer.toString(port));
      }
      return this;
    }

    /** A user whom the server itself has authenticated, and how. */
    public Builder user(@Nullable String name, @Nullable String authType) {
      if (name != null) {
        entries.put(REMOTE_USER, latin1(name));
        if (authType != null) {
          entries.put(AUTH_TYPE, authType);
        }
      }
      return this;
    }

    /** {@code http} or {@code https}, in any case. */
    public Builder scheme(String told) {
      String scheme = told.toLowerCase(Locale.ROOT);
      entries.put(WSGI_URL_SCHEME, scheme);
      if (scheme.equals("https")) {
        entries.put(HTTPS, "on");
      }
      return this;
    }

    /**
     * Adds a request header. A repeated one is joined to the first: with {@code "; "} for Cookie
     * (RFC 6265, 5.4), else with a comma (RFC 9110, 5.3).
     *
     * <p>Left out: Proxy (httpoxy, CVE-2016-5387); Transfer-Encoding, since the body is decoded by
     * now; names with an underscore, which would pass for their twin with a dash.
     */
    public Builder header(String name, String value) {
      HeaderKeys.add(HeaderKeys.of(name), List.of(value), entries);
      return this;
    }

    /**
     * All headers of the request, as {@link #header} adds them, but read when the application asks
     * for one, or for all: as long as it asks, the server must know them.
     */
    public Builder headers(Headers headers) {
      unread = headers;
      return this;
    }

    /** The request's body, and where the application's complaints go. */
    public Builder streams(InputStream input, PrintWriter errors) {
      return streams(input, () -> errors);
    }

    /** The same; {@code errors} is called when they are asked for, once at the most. */
    public Builder streams(InputStream input, Supplier<PrintWriter> errors) {
      this.input = input;
      this.errorsMaker = errors;
      return this;
    }

    /** Where the server can tell whether the client has left: {@link Environ#clientLeft}. */
    public Builder presence(BooleanSupplier left) {
      this.left = left;
      return this;
    }

    /**
     * Leaves what {@code rest} adds until the application asks for any of it: the server, the
     * client, the user, the scheme, the server's own keys.
     */
    public Builder later(Consumer<Builder> rest) {
      this.rest = rest;
      return this;
    }

    /**
     * Text that someone has attached to the request. It becomes a key, unless the name is one that
     * the server alone may speak for: a CGI variable, a request header, {@code wsgi.…}.
     */
    public Builder attribute(String name, String text) {
      if (!isServersOwn(name) && (params == null || params.last(name) == null)) {
        entries.putIfAbsent(latin1(name), latin1(text));
      }
      return this;
    }

    private static boolean isServersOwn(String name) {
      return CGI.contains(name)
          || name.equals(RAW_URI)
          || name.equals("PATH_TRANSLATED")
          || name.startsWith(HeaderKeys.PREFIX)
          || name.startsWith("wsgi.")
          || name.startsWith("dev.wsgibridge.");
    }

    /** An extension key of the server's, with its own dotted name. */
    public Builder put(String key, Object value) {
      entries.put(key, value);
      return this;
    }

    /** The environ; the builder is not to be used again. */
    public Environ build() {
      return new Environ(this);
    }
  }

  /**
   * Text as PEP 3333's native string: characters above U+007F become the bytes of their UTF-8, a
   * character each. A string of ASCII is returned as it is.
   */
  static String latin1(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7F) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      }
    }
    return text;
  }

  /** CGI's names of request headers (RFC 3875, 4.1.18). */
  private static final class HeaderKeys {

    static final String REFUSED = "";
    static final String PREFIX = "HTTP_";
    static final String COOKIE = "HTTP_COOKIE";

    private static final Remembered PLAIN = new Remembered(HeaderKeys::spell);
    private static final Remembered KEYS = new Remembered(HeaderKeys::make);
    private static final Remembered NAMES = new Remembered(HeaderKeys::name);

    static String of(String name) {
      return KEYS.of(name);
    }

    /**
     * Where names with an underscore pass for their twin; none passes for one that frames a body.
     */
    static String ofAny(String name) {
      String key = of(name.replace('_', '-'));
      return key.equals(CONTENT_LENGTH) && name.indexOf('_') >= 0 ? REFUSED : key;
    }

    private static String make(String name) {
      if (name.indexOf('_') >= 0) {
        return REFUSED;
      }
      String key = spell(name);
      return isRefused(key) ? REFUSED : key;
    }

    /** Adds a header's values to what is there of it. */
    static void add(String key, List<String> values, Map<String, Object> entries) {
      if (key.equals(REFUSED) || values.isEmpty()) {
        return;
      }
      if (key.equals(CONTENT_TYPE) || key.equals(CONTENT_LENGTH)) {
        for (String one : values) {
          if (!one.isEmpty()) {
            entries.putIfAbsent(key, one);
          }
        }
        return;
      }
      String value = values.size() == 1 ? values.get(0) : joined(key, values);
      Object before = entries.putIfAbsent(key, value);
      if (before != null) {
        entries.put(key, joined(key, List.of(before.toString(), value)));
      }
    }

    static String joined(String key, List<String> values) {
      return String.join(key.equals(COOKIE) ? "; " : ",", values);
    }

    /** Whatever it is. */
    static String plain(String name) {
      return PLAIN.of(name);
    }

    private static String spell(String name) {
      String key = upperCase(name).replace('-', '_');
      return switch (key) {
        case CONTENT_TYPE, CONTENT_LENGTH -> key;
        default -> PREFIX + key;
      };
    }

    /** Of ASCII's letters only: of others' some would become what isn't ISO-8859-1 any more. */
    private static String upperCase(String name) {
      char[] upper = name.toCharArray();
      for (int i = 0; i < upper.length; i++) {
        if (upper[i] >= 'a' && upper[i] <= 'z') {
          upper[i] = (char) (upper[i] - 'a' + 'A');
        }
      }
      return new String(upper);
    }

    /**
     * Whether a variable never reaches an application: httpoxy (CVE-2016-5387), a body that is
     * decoded by now, and the twins of CONTENT_TYPE and CONTENT_LENGTH.
     */
    static boolean isRefused(String key) {
      return switch (key) {
        case "HTTP_PROXY", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH" ->
            true;
        default -> false;
      };
    }

    /** Whether it is a header that any program may see. */
    static boolean isPublic(String key) {
      return key.startsWith(PREFIX)
          && !isRefused(key)
          && !key.equals("HTTP_AUTHORIZATION")
          && !key.equals("HTTP_PROXY_AUTHORIZATION");
    }

    static @Nullable String nameOf(String param) {
      String name = NAMES.of(param);
      return name.isEmpty() ? null : name;
    }

    /** Empty where it is no header's. */
    private static String name(String param) {
      return switch (param) {
        case CONTENT_TYPE -> "Content-Type";
        case CONTENT_LENGTH -> "Content-Length";
        // These are written otherwise than their words would be.
        case "HTTP_DNT" -> "DNT";
        case "HTTP_TE" -> "TE";
        case "HTTP_X_REAL_IP" -> "X-Real-IP";
        case "HTTP_X_REQUEST_ID" -> "X-Request-ID";
        default -> param.startsWith(PREFIX) && !isRefused(param) ? words(param) : "";
      };
    }

    private static String words(String param) {
      StringBuilder name = new StringBuilder(param.length());
      for (int i = PREFIX.length(); i < param.length(); i++) {
        char c = param.charAt(i);
        boolean first = i == PREFIX.length() || param.charAt(i - 1) == '_';
        name.append(c == '_' ? '-' : first ? c : Character.toLowerCase(c));
      }
      return name.toString();
    }
  }
}
