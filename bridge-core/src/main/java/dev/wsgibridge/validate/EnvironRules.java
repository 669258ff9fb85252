package dev.wsgibridge.validate;

import dev.wsgibridge.Environ;
import dev.wsgibridge.Rule;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** PEP 3333, "environ Variables": one environ, held against it. */
final class EnvironRules {

  private static final List<String> REQUIRED =
      List.of(
          Environ.REQUEST_METHOD,
          Environ.SCRIPT_NAME,
          Environ.PATH_INFO,
          Environ.QUERY_STRING,
          Environ.SERVER_NAME,
          Environ.SERVER_PORT,
          Environ.SERVER_PROTOCOL,
          Environ.WSGI_VERSION,
          Environ.WSGI_URL_SCHEME,
          Environ.WSGI_INPUT,
          Environ.WSGI_ERRORS,
          Environ.WSGI_MULTITHREAD,
          Environ.WSGI_MULTIPROCESS,
          Environ.WSGI_RUN_ONCE);

  private static final List<String> NEVER_EMPTY =
      List.of(
          Environ.REQUEST_METHOD,
          Environ.SERVER_NAME,
          Environ.SERVER_PORT,
          Environ.SERVER_PROTOCOL);

  private static final List<String> RATHER_ABSENT =
      List.of(
          Environ.CONTENT_TYPE,
          Environ.CONTENT_LENGTH,
          Environ.REMOTE_USER,
          Environ.AUTH_TYPE,
          Environ.REMOTE_ADDR,
          Environ.REMOTE_PORT);

  private static final List<String> FLAGS =
      List.of(Environ.WSGI_MULTITHREAD, Environ.WSGI_MULTIPROCESS, Environ.WSGI_RUN_ONCE);

  /** RFC 9110, 9.3; RFC 5789; RFC 4918. */
  private static final Set<String> METHODS =
      Set.of(
          "GET",
          "HEAD",
          "POST",
          "PUT",
          "DELETE",
          "CONNECT",
          "OPTIONS",
          "TRACE",
          "PATCH",
          "PROPFIND",
          "PROPPATCH",
          "MKCOL",
          "COPY",
          "MOVE",
          "LOCK",
          "UNLOCK");

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");
  private static final Pattern HEADER_KEY = Pattern.compile("HTTP_[^a-z-]+");
  private static final Pattern ON = Pattern.compile("on|yes|1", Pattern.CASE_INSENSITIVE);

  private final Environ environ;
  private final Consumer<String> log;

  EnvironRules(Environ environ, Consumer<String> log) {
    this.environ = environ;
    this.log = log;
  }

  void check() {
    for (String key : REQUIRED) {
      if (environ.get(key) == null) {
        throw Rule.ENVIRON_KEYS.broken("no " + key);
      }
    }
    checkStrings();
    checkKeys();
    checkMethod();
    checkPath();
    checkNumbers();
    checkScheme();
    checkWsgi();
  }

  private void checkStrings() {
    for (Map.Entry<String, Object> entry : environ.entrySet()) {
      String key = entry.getKey();
      // A key with a dot is an extension: its value is its owner's.
      if (key.indexOf('.') < 0) {
        if (!(entry.getValue() instanceof String value)) {
          throw Rule.ENVIRON_STRINGS.broken(Rule.quoted(key) + " of " + type(entry.getValue()));
        }
        if (value.chars().anyMatch(c -> c > 0xFF)) {
          throw Rule.ENVIRON_LATIN1.broken(Rule.quoted(key) + " " + Rule.quoted(value));
        }
      }
    }
    for (String key : NEVER_EMPTY) {
      if (string(key).isEmpty()) {
        throw Rule.ENVIRON_EMPTY.broken("an empty " + key);
      }
    }
    for (String key : RATHER_ABSENT) {
      if (environ.containsKey(key) && string(key).isEmpty()) {
        throw Rule.ENVIRON_ABSENT.broken("an empty " + key);
      }
    }
  }

  private void checkKeys() {
    for (String key : environ.keySet()) {
      if (key.startsWith("HTTP_")) {
        if (key.equals("HTTP_CONTENT_TYPE") || key.equals("HTTP_CONTENT_LENGTH")) {
          throw Rule.ENVIRON_CONTENT.broken(key);
        }
        if (key.equals("HTTP_PROXY")) {
          throw Rule.ENVIRON_PROXY.broken(key + " " + Rule.quoted(string(key)));
        }
        if (!HEADER_KEY.matcher(key).matches()) {
          throw Rule.ENVIRON_HEADER.broken(Rule.quoted(key));
        }
      }
    }
  }

  private void checkMethod() {
    String method = environ.method();
    if (!TOKEN.matcher(method).matches()) {
      throw Rule.METHOD.broken("REQUEST_METHOD " + Rule.quoted(method));
    }
    if (!METHODS.contains(method)) {
      log.accept(Rule.METHOD_UNKNOWN.message("REQUEST_METHOD " + Rule.quoted(method)));
    }
  }

  private void checkPath() {
    String scriptName = environ.scriptName();
    String pathInfo = environ.pathInfo();
    if (!scriptName.isEmpty() && (!scriptName.startsWith("/") || scriptName.endsWith("/"))) {
      throw Rule.SCRIPT_NAME.broken("SCRIPT_NAME " + Rule.quoted(scriptName));
    }
    if (!pathInfo.isEmpty() && !pathInfo.startsWith("/")) {
      throw Rule.PATH_INFO.broken("PATH_INFO " + Rule.quoted(pathInfo));
    }
    if (scriptName.isEmpty() && pathInfo.isEmpty()) {
      throw Rule.PATH_MISSING.broken("both empty");
    }
  }

  private void checkNumbers() {
    if (!DIGITS.matcher(string(Environ.SERVER_PORT)).matches()) {
      throw Rule.SERVER_PORT.broken("SERVER_PORT " + Rule.quoted(string(Environ.SERVER_PORT)));
    }
    if (environ.containsKey(Environ.CONTENT_LENGTH)) {
      String length = string(Environ.CONTENT_LENGTH);
      // More than eighteen digits are no size of anything.
      if (!DIGITS.matcher(length).matches() || length.length() > 18) {
        throw Rule.REQUEST_LENGTH.broken("CONTENT_LENGTH " + Rule.quoted(length));
      }
    }
  }

  private void checkScheme() {
    Object scheme = environ.get(Environ.WSGI_URL_SCHEME);
    if (!(scheme instanceof String text)) {
      throw Rule.URL_SCHEME.broken(Environ.WSGI_URL_SCHEME + " of " + type(scheme));
    }
    if (!text.equals("http") && !text.equals("https")) {
      throw Rule.URL_SCHEME.broken(Environ.WSGI_URL_SCHEME + " " + Rule.quoted(text));
    }
    boolean https =
        environ.containsKey(Environ.HTTPS) && ON.matcher(string(Environ.HTTPS)).matches();
    if (https != text.equals("https")) {
      throw Rule.HTTPS.broken(
          "%s %s with %s"
              .formatted(
                  Environ.WSGI_URL_SCHEME,
                  Rule.quoted(text),
                  environ.containsKey(Environ.HTTPS)
                      ? "HTTPS " + Rule.quoted(string(Environ.HTTPS))
                      : "no HTTPS"));
    }
  }

  private void checkWsgi() {
    Object version = environ.get(Environ.WSGI_VERSION);
    if (!List.of(1, 0).equals(version)) {
      throw Rule.VERSION.broken(Environ.WSGI_VERSION + " " + Rule.quoted(String.valueOf(version)));
    }
    for (String key : FLAGS) {
      checkType(Rule.FLAGS, key, Boolean.class);
    }
    checkType(Rule.INPUT, Environ.WSGI_INPUT, InputStream.class);
    checkType(Rule.ERRORS, Environ.WSGI_ERRORS, PrintWriter.class);
    if (environ.containsKey(Environ.WSGI_INPUT_TERMINATED)) {
      checkType(Rule.FLAGS, Environ.WSGI_INPUT_TERMINATED, Boolean.class);
    }
    if (environ.containsKey(Environ.WSGI_FILE_WRAPPER)) {
      checkType(Rule.FILE_WRAPPER, Environ.WSGI_FILE_WRAPPER, Environ.FileWrapper.class);
    }
  }

  private void checkType(Rule rule, String key, Class<?> expected) {
    Object value = environ.get(key);
    if (!expected.isInstance(value)) {
      throw rule.broken(key + " of " + type(value));
    }
  }

  /** The value of a CGI variable, which {@link #checkStrings} found to be a string. */
  private String string(String key) {
    return String.valueOf(environ.get(key));
  }

  private static String type(@Nullable Object value) {
    return value == null ? "null" : value.getClass().getName();
  }
}
