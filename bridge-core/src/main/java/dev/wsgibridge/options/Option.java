package dev.wsgibridge.options;

import static dev.wsgibridge.options.Definition.number;
import static dev.wsgibridge.options.Definition.text;
import static dev.wsgibridge.options.Definition.texts;
import static dev.wsgibridge.options.Definition.time;
import static dev.wsgibridge.options.Definition.word;
import static dev.wsgibridge.options.Reader.CGI;
import static dev.wsgibridge.options.Reader.CHECK;
import static dev.wsgibridge.options.Reader.CONTAINER;
import static dev.wsgibridge.options.Reader.SERVER;
import static dev.wsgibridge.options.Reader.WEB_SERVER;
import static dev.wsgibridge.options.Reader.WORKER;

import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The table of options: an option is described here, and nowhere else.
 *
 * <p>The order is that of the help and of {@code docs/options.md}. The file is long since the whole
 * table stands in it, a row after the other.
 */
@SuppressWarnings("ImmutableEnumChecker") // A Definition is written before its Option is there.
public enum Option {

  /** On the command line it stands by itself, without a name. */
  APP(
      Group.SERVING,
      text("app", "APP")
          .help("the application: FILE.py[:CALLABLE], MODULE[:CALLABLE], a Java class, or cgi:FILE")
          .notGiven("a tour of what WSGI Bridge can do")
          .readBy(SERVER, CGI, CHECK, CONTAINER)
          .initParam("application")
          .gunicorn("wsgi_app")
          .uwsgi("module, wsgi-file")),
  BIND(
      Group.SERVING,
      texts("bind", "URL")
          .help(
              "where to listen; repeatable: http://HOST:PORT (port 0 picks a free one), http+unix:///PATH, or http+fd:0 for a listening socket on fd 0; behind a web server fcgi, scgi, uwsgi or ajp instead of http")
          .fallback("http://127.0.0.1:8080")
          .readBy(SERVER, WEB_SERVER)
          .gunicorn("bind")
          .uwsgi("http-socket, fastcgi-socket, scgi-socket, uwsgi-socket, socket")),
  MOUNT(
      Group.SERVING,
      texts("mount", "/PREFIX=APP")
          .help("another application, below /PREFIX; repeatable")
          // An application factory may have commas among its arguments.
          .separator(",\\s*(?=/)")
          .readBy(SERVER)
          .uwsgi("mount")),
  SCRIPT_NAME(
      Group.SERVING,
      text("script-name", "/PREFIX")
          .help("serve below /PREFIX, as behind a front server that keeps the prefix")
          .readBy(SERVER, WEB_SERVER, CGI)),
  LINT(
      Group.SERVING,
      Definition.flag("lint")
          .help("check the application against the rules of PEP 3333")
          .readBy(SERVER, CGI, CONTAINER)),
  THREADS(
      Group.SERVING,
      number("threads", "N", 1)
          .help("how many requests are answered at once (with --workers: by each worker)")
          .notGiven("8 for Python, but 1 in each of several workers")
          .readBy(SERVER, WORKER, CONTAINER)
          .gunicorn("threads")
          .uwsgi("threads")),
  GRACEFUL_TIMEOUT(
      Group.SERVING,
      time("graceful-timeout")
          .help(
              "how long a stop by SIGTERM or Ctrl-C may take, with the requests in flight: 500ms, 30s, 2m")
          .fallback("30s")
          .readBy(SERVER, WORKER, CONTAINER)
          .gunicorn("graceful-timeout")
          .uwsgi("worker-reload-mercy")),
  GRACEFUL_IDLE(
      Group.SERVING,
      time("graceful-idle")
          .help(
              "how long a connection must have been idle before a stop closes it, since its next request may be on its way")
          .fallback("100ms")
          .readBy(SERVER)),
  PYTHON(
      Group.SERVING,
      text("python", "WHICH")
          .help(
              "what runs Python: auto, which is your Python where there is one, else GraalPy; or graalpy; or the path of a python3")
          .fallback("auto")
          .readBy(WORKER, CGI, CHECK, CONTAINER)),
  PYTHON_PATH(
      Group.SERVING,
      texts("python-path", "DIR")
          .help("a folder of Python modules; repeatable")
          .separator(Pattern.quote(File.pathSeparator))
          .readBy(WORKER, CGI, CHECK, CONTAINER)
          .gunicorn("pythonpath")
          .uwsgi("pythonpath, python-path, pp")),
  CLASSPATH(
      Group.SERVING,
      texts("classpath", "PATH")
          .help("folders and jars of Java classes; repeatable")
          .separator(Pattern.quote(File.pathSeparator))
          .readBy(SERVER, CGI, CHECK)),
  CONFIG(
      Group.SERVING,
      text("config", "FILE")
          .help("a file of options, in TOML")
          .notGiven("wsgi-bridge.toml in the current folder, if it is there")
          .shortName("-c")
          .readBy(SERVER, WEB_SERVER, CGI, CHECK)
          .gunicorn("config")),

  WORKERS(
      Group.WORKERS,
      number("workers", "N", 0)
          .help(
              "run a Python application in N processes of your Python, each with --threads threads, instead of inside the JVM, which is 0; SIGHUP replaces them gracefully")
          .notGiven("inside the JVM where your Python can run there, else 1")
          .shortName("-w")
          .readBy(WORKER, CHECK, CONTAINER)
          .gunicorn("workers")
          .uwsgi("processes, workers")),
  TIMEOUT(
      Group.WORKERS,
      time("timeout")
          .help(
              "how long Python may be silent in a request, neither sending nor reading, before it is answered 504: then its worker is replaced, or inside the JVM its thread; 0 for ever")
          .fallback("30s")
          .shortName("-t")
          .readBy(WORKER, CHECK, CONTAINER)
          .gunicorn("timeout")
          .uwsgi("harakiri")),
  MAX_REQUESTS(
      Group.WORKERS,
      number("max-requests", "N", 0)
          .help("replace a worker after N requests")
          .fallback("0")
          .notGiven("0, never")
          .readBy(WORKER, CONTAINER)
          .gunicorn("max-requests")
          .uwsgi("max-requests")),
  MAX_REQUESTS_JITTER(
      Group.WORKERS,
      number("max-requests-jitter", "N", 0)
          .help("and up to N more, by chance, so that they aren't replaced all at once")
          .fallback("0")
          .readBy(WORKER, CONTAINER)
          .gunicorn("max-requests-jitter")
          .uwsgi("max-requests-delta")),
  RELOAD_ON_RSS(
      Group.WORKERS,
      number("reload-on-rss", "MB", 0)
          .unit("MB")
          .help("replace a worker whose resident memory is above this")
          .fallback("0")
          .notGiven("0, never")
          .readBy(WORKER, CONTAINER)
          .uwsgi("reload-on-rss")),
  PRELOAD(
      Group.WORKERS,
      Definition.flag("preload")
          .help("load the application once, before the workers are forked from it")
          .readBy(WORKER, CONTAINER)
          .gunicorn("preload")),
  RELOAD(
      Group.WORKERS,
      Definition.flag("reload")
          .help("replace the workers when a file of the application changes")
          .readBy(WORKER, CONTAINER)
          .gunicorn("reload")
          .uwsgi("py-autoreload, python-autoreload")),
  BACKLOG(
      Group.WORKERS,
      number("backlog", "N", 0)
          .help("how many requests may wait for a Python thread; the next get 503")
          .fallback("512")
          .inContainer("100")
          .notGiven("512, which is also the most for all applications together")
          .readBy(WORKER, CONTAINER)
          .gunicorn("backlog")
          .uwsgi("listen")),
  POST_BUFFERING(
      Group.WORKERS,
      number("post-buffering", "BYTES", 0)
          .unit("bytes")
          .help(
              "call Python only when all of a request's body is there, of which more than so many bytes are put into a temporary file")
          .fallback("0")
          .notGiven("0, call it when 64 KB are there")
          .readBy(WORKER, CONTAINER)
          .uwsgi("post-buffering")),
  EXIT_ON_HANG(
      Group.WORKERS,
      Definition.flag("exit-on-hang")
          .help(
              "end the process, with status 75, when calls hang inside the JVM in so many threads that no more are replaced, so that what supervises it starts a new one")
          .readBy(SERVER)),

  REQUEST_HEAD_TIMEOUT(
      Group.CLIENTS,
      time("request-head-timeout")
          .help("how long the head of a request may take to arrive; 0 for as long as it likes")
          .fallback("30s")
          .readBy(SERVER)),
  MIN_REQUEST_RATE(
      Group.CLIENTS,
      number("min-request-rate", "BYTES", 0)
          .unit("bytes a second")
          .help(
              "how many bytes of its body a client must send in a second, on the average of 20 s or more, where the application waits for them; 0 for any")
          .fallback("500")
          .readBy(SERVER)),
  MIN_RESPONSE_RATE(
      Group.CLIENTS,
      number("min-response-rate", "BYTES", 0)
          .unit("bytes a second")
          .help(
              "how many bytes of a response a client must take in a second, in the same way; 0 for any")
          .fallback("500")
          .readBy(SERVER)),
  MAX_RESPONSE_HEAD(
      Group.CLIENTS,
      number("max-response-head", "BYTES", 1024)
          .unit("bytes")
          .help("how long the status and the headers of a response may be; longer ones are a 500")
          .fallback("65536")
          .readBy(SERVER)),

  SPLIT(
      Group.WEB_SERVER,
      word("split", "mount", "script", "front")
          .help(
              "where SCRIPT_NAME and PATH_INFO come from: mount: the request's URI, below --script-name; script: the request's URI, below the front's SCRIPT_NAME; front: the front, as they are")
          .notGiven(
              "mount; script where the front starts this process, with a socket on fd 0 or by CGI")
          .readBy(SERVER, WEB_SERVER, CGI)
          .uwsgi("manage-script-name")),
  REMOTE_USER(
      Group.WEB_SERVER,
      Definition.flag("remote-user")
          .help("believe the front's REMOTE_USER and AUTH_TYPE")
          .readBy(SERVER, WEB_SERVER, CGI)),
  ALLOW_FROM(
      Group.WEB_SERVER,
      texts("allow-from", "ADDR")
          .help("who may connect to gateway protocols by TCP: 10.0.0.1, 10.0.0.0/8; repeatable")
          .notGiven("anyone; for fcgi the variable FCGI_WEB_SERVER_ADDRS, separated by commas")
          .readBy(SERVER)
          .gunicorn("uwsgi-allow-from")),
  CHMOD_SOCKET(
      Group.WEB_SERVER,
      text("chmod-socket", "MODE")
          .help("the mode of Unix domain sockets: who may write to one may connect")
          .notGiven("660, this user and its group")
          .readBy(SERVER)
          .gunicorn("umask")
          .uwsgi("chmod-socket")),
  CHOWN_SOCKET(
      Group.WEB_SERVER,
      text("chown-socket", "USER[:GROUP]")
          .help("the owner of Unix domain sockets; :GROUP for the group alone, such as the front's")
          .readBy(SERVER)
          .uwsgi("chown-socket")),
  ERRORS_TO_FRONT(
      Group.WEB_SERVER,
      Definition.flag("errors-to-front")
          .help("send what is written to wsgi.errors to the front's log too (fcgi)")
          .readBy(SERVER)),
  HEADER_MAP(
      Group.WEB_SERVER,
      word("header-map", "drop", "dangerous")
          .help(
              "request headers whose names have an underscore, over http and ajp: drop, or dangerous: let them pass for those with a dash")
          .fallback("drop")
          .readBy(SERVER, WEB_SERVER, CONTAINER)
          .gunicorn("header-map")),
  AJP_SECRET(
      Group.WEB_SERVER,
      text("ajp-secret", "SECRET")
          .help(
              "what AJP fronts must know; needed unless it listens at 127.0.0.1 or a Unix domain socket; better in the variable WSGI_BRIDGE_AJP_SECRET, which no list of processes shows")
          .secret()
          .readBy(SERVER, WEB_SERVER)),
  AJP_ATTRIBUTE(
      Group.WEB_SERVER,
      texts("ajp-attribute", "NAME")
          .help("a request attribute of AJP fronts to take over; repeatable")
          .readBy(SERVER)),
  AJP_PACKET_SIZE(
      Group.WEB_SERVER,
      number("ajp-packet-size", "BYTES", 8192)
          .most(65_536)
          .unit("bytes")
          .help("the size of packets to AJP fronts, 8192 to 65536: what they take")
          .fallback("8192")
          .readBy(SERVER, WEB_SERVER));

  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(ms|s|m|h|)");

  private final Group group;
  private final Definition is;

  Option(Group group, Definition is) {
    this.group = group;
    this.is = is;
  }

  /** Its name in the configuration file, and without dashes on the command line. */
  public String key() {
    return is.key;
  }

  /** Its name on the command line: {@code --graceful-timeout}. */
  public String flag() {
    return "--" + is.key;
  }

  /** gunicorn's letter for it, with a dash; empty where it has none. */
  public String shortName() {
    return is.shortName;
  }

  /** Its environment variable: {@code WSGI_BRIDGE_GRACEFUL_TIMEOUT}. */
  public String variable() {
    return Variables.PREFIX + name();
  }

  /** Its init-param, null where it has none. */
  public @Nullable String initParam() {
    return is.initParam;
  }

  /** The part of the help that it stands in. */
  public Group group() {
    return group;
  }

  /** What its value is. */
  public OptionType type() {
    return is.type;
  }

  /** What the help writes for its value; empty for a flag. */
  public String label() {
    return is.label;
  }

  /** What a number counts; empty where it is plain from the option. */
  public String unit() {
    return is.unit;
  }

  /** The values of a {@link OptionType#WORD}. */
  public List<String> words() {
    return is.words;
  }

  /** What it does, in one line. */
  public String help() {
    return is.help;
  }

  /** Who reads it. */
  public Set<Reader> readers() {
    return Collections.unmodifiableSet(is.readers);
  }

  /** Whether its value must not be shown. */
  public boolean secret() {
    return is.secret;
  }

  /** gunicorn's names for it, without dashes. */
  public List<String> gunicorn() {
    return names(is.gunicorn);
  }

  /** uWSGI's names for it, without dashes. */
  public List<String> uwsgi() {
    return names(is.uwsgi);
  }

  private static List<String> names(String listed) {
    return listed.isEmpty() ? List.of() : List.of(listed.split(", ", -1));
  }

  /**
   * What holds where it isn't given, in words; empty where that is nothing at all.
   *
   * <p>"Not given" is a state of its own: {@link Settings#given} tells it from a value that happens
   * to be the default.
   */
  public String notGiven() {
    if (is.notGiven != null) {
      return is.notGiven;
    }
    return is.fallback == null || is.type == OptionType.FLAG ? "" : is.fallback;
  }

  /** What holds in a container where it isn't given, in words; empty for nothing. */
  public String notGivenInContainer() {
    return is.inContainer == null ? notGiven() : is.inContainer;
  }

  /** The default, as a user would write it; null where "not given" has no value. */
  public @Nullable String fallback() {
    return is.fallback;
  }

  /** The default in a container; null where "not given" has no value. */
  @Nullable String fallbackInContainer() {
    return is.inContainer == null ? is.fallback : is.inContainer;
  }

  /**
   * Reads a value.
   *
   * @param text as on the command line; for {@link OptionType#TEXTS} one of them
   * @return as {@link OptionType} says; for {@link OptionType#TEXTS} the {@code String}
   * @throws IllegalArgumentException it is no such value; the message says what was found and what
   *     is expected
   */
  public Object read(String text) {
    return switch (is.type) {
      case TEXT, TEXTS -> text;
      case FLAG -> readFlag(text);
      case NUMBER -> readNumber(text);
      case TIME -> readTime(text);
      case WORD -> {
        if (!is.words.contains(text)) {
          throw wrong("'" + text + "'");
        }
        yield text;
      }
    };
  }

  private boolean readFlag(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw wrong("'" + text + "'");
    };
  }

  private int readNumber(String text) {
    try {
      int number = Integer.parseInt(text);
      if (number >= is.least && number <= is.most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw wrong("'" + text + "'");
  }

  private Duration readTime(String text) {
    Matcher found = TIME.matcher(text);
    if (!found.matches()) {
      throw wrong("'" + text + "'");
    }
    long number = Long.parseLong(found.group(1));
    return switch (found.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofSeconds(number);
    };
  }

  private IllegalArgumentException wrong(String found) {
    return new IllegalArgumentException("found %s, expected %s".formatted(found, expected()));
  }

  /** The values that it may have, in words, with their unit. */
  public String expected() {
    return switch (is.type) {
      case TEXT -> "text";
      case TEXTS -> "text, or a list of texts";
      case FLAG -> "true or false";
      case NUMBER ->
          (is.most == Integer.MAX_VALUE ? is.least + " or more" : is.least + " to " + is.most)
              + (is.unit.isEmpty() ? "" : ", in " + is.unit);
      case TIME -> "a time such as 30s, 500ms or 2m";
      case WORD -> "one of " + String.join(", ", is.words);
    };
  }

  /**
   * Takes the values of a list apart that stand in one text, as in an environment variable.
   *
   * @return for an option that is no list the text itself
   */
  List<String> split(String text) {
    return is.type == OptionType.TEXTS ? split(text, is.separator) : List.of(text);
  }

  static List<String> split(String text, String separator) {
    List<String> values = new ArrayList<>();
    for (String value : text.split(separator, -1)) {
      if (!value.isBlank()) {
        values.add(value.strip());
      }
    }
    return values;
  }

  /** A value as it would be written on the command line: the opposite of {@link #read}. */
  public static String written(Object value) {
    if (value instanceof Duration time) {
      return time.toMillisPart() == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
    }
    return String.valueOf(value);
  }
}
