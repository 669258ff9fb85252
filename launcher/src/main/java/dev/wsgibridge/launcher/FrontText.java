package dev.wsgibridge.launcher;

import dev.wsgibridge.jetty.GatewayOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Fills the templates of {@link FrontModule}s with the options of one command line. */
final class FrontText {

  /** Sooner than we would end it, so that never both do at once. */
  private static final Duration SOONER = Duration.ofSeconds(10);

  /** What means itself in each of the servers' configurations, and in regular expressions. */
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}._~/-]*");

  private static final Pattern PLAIN_SECRET = Pattern.compile("[!-~&&[^\"'\\\\$%{}#`]]*");

  private final ParseResult parsed;
  private final boolean keepAlive;
  private final Map<String, String> common = new HashMap<>();

  /** Checks what is to be filled in. */
  FrontText(ParseResult parsed, boolean keepAlive) throws RefusedException {
    this.parsed = parsed;
    this.keepAlive = keepAlive;
    common.put("listen", parsed.matchedOptionValue("--listen", "80"));
    common.put("keep-alive-seconds", seconds(GatewayOptions.DEFAULT.keepAlive()));
    common.put("idle-seconds", seconds(GatewayOptions.DEFAULT.idleTimeout()));
    String secret = parsed.matchedOptionValue("--ajp-secret", (String) null);
    if (secret != null) {
      common.put("secret", plain("--ajp-secret", secret, PLAIN_SECRET));
    }
    flag(common, "remote-user?", parsed.hasMatchedOption("--remote-user"));
    flag(
        common,
        "underscores?",
        parsed.matchedOptionValue("--header-map", "drop").equals("dangerous"));
    path(prefix(Arguments.of(parsed)));
  }

  private static void flag(Map<String, String> values, String name, boolean value) {
    if (value) {
      values.put(name, "");
    }
  }

  private static String seconds(Duration timeout) {
    return Long.toString(timeout.minus(SOONER).toSeconds());
  }

  private static String plain(String option, String text, Pattern plain) throws RefusedException {
    if (!plain.matcher(text).matches()) {
      throw new RefusedException(
          "%s: a character in it would need escaping in the server's configuration; print it with another, and change it there"
              .formatted(option));
    }
    return text;
  }

  /** The path that is handed on: that of the only application, else the prefix of them all. */
  private static String prefix(Arguments arguments) {
    String prefix = arguments.scriptName();
    if (arguments.app() == null && arguments.mounts().size() == 1) {
      String mount = arguments.mounts().get(0);
      prefix += mount.substring(0, Math.max(mount.indexOf('='), 0));
    }
    return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
  }

  private void path(String prefix) throws RefusedException {
    String path = plain("the path", prefix, PLAIN);
    boolean root = path.isEmpty();
    flag(common, root ? "root?" : "below?", true);
    common.put("path", path);
    common.put("path-or-root", root ? "/" : path);
    common.put("url-regex", root ? "^/" : "^" + path.replace(".", "\\.") + "(/|$)");
    common.put("location", root ? "/" : "^~ " + path + "/");
    common.put("jk-path", root ? "/*" : path + "|/*");
    common.put("slash", root ? "/" : "");
  }

  /**
   * A server's configuration.
   *
   * @param script what the server starts, null where it starts nothing
   */
  String of(FrontModule module, FrontBind bind, @Nullable Path script) throws RefusedException {
    Map<String, String> values = new HashMap<>(common);
    String protocol = module.protocol();
    String title = module.title().replaceFirst("^mod_", "");
    values.put("bind", bind.toString());
    values.put("module", module.title());
    values.put("a2mod", title);
    values.put("gateway", title);
    values.put("cgi", protocol.equals("fcgi") ? "fastcgi" : protocol);
    flag(values, protocol + "?", true);
    flag(values, "headers?", !protocol.equals("ajp"));
    // With it, Apache's FastCGI and uwsgi modules refuse every query; REQUEST_URI is raw anyway.
    boolean nocanon = protocol.equals("scgi") || protocol.equals("ajp");
    flag(values, "nocanon?", nocanon);
    values.put("nocanon", nocanon ? " nocanon" : "");
    boolean open = keepAlive && module.keepsAlive();
    flag(values, open ? "keep-alive?" : "no-keep-alive?", true);
    values.put(
        "reuse",
        open
            ? " enablereuse=on ttl=" + common.get("keep-alive-seconds")
            : module.keepsAlive() ? " enablereuse=off" : "");
    String secret = protocol.equals("ajp") ? values.get("secret") : null;
    values.put("secret-option", secret == null ? "" : " secret=" + secret);
    switch (bind.way()) {
      case TCP -> {
        address(values, bind, "", bind.authority(), bind.authority());
        values.put("host", bind.host());
        values.put("port", Integer.toString(bind.port()));
      }
      case UNIX -> {
        String socket = plain("--bind", bind.path(), PLAIN);
        values.put("socket", socket);
        address(values, bind, "unix:" + socket + "|", name(bind), "unix:" + socket);
      }
      case INHERITED -> {}
    }
    if (script != null) {
      values.put("script", plain("--script", script.toString(), PLAIN));
      values.put("script-folder", String.valueOf(script.getParent()));
      values.put("script-file", String.valueOf(script.getFileName()));
      values.put("socket", script + ".socket");
    }
    return module.template().with(values);
  }

  private static void address(
      Map<String, String> values, FrontBind bind, String socket, String host, String address) {
    values.put("name", name(bind));
    values.put("address", address);
    values.put("worker-url", "%s%s://%s".formatted(socket, bind.protocol(), host));
  }

  /** A name that no other address has, of what every server takes for one. */
  private static String name(FrontBind bind) {
    return bind.toString().replaceAll("[^A-Za-z0-9]+", "-");
  }

  /** The script that starts the application. */
  String script(FrontModule module) {
    Map<String, String> values = new HashMap<>();
    values.put("folder", quoted(Path.of("").toAbsolutePath().toString()));
    String home = System.getenv("JAVA_HOME");
    if (home != null) {
      values.put("java-home", quoted(home));
    }
    String command = System.getProperty("wsgibridge.command", "wsgi-bridge");
    List<String> words = new ArrayList<>();
    words.add(
        command.contains("/") ? Path.of(command).toAbsolutePath().normalize().toString() : command);
    if (module.isCgi()) {
      words.add("cgi");
    }
    words.addAll(served(module));
    values.put("command", String.join(" ", words.stream().map(FrontText::quoted).toList()));
    return Template.of("front/start.sh").with(values);
  }

  /** The options and the application, without what is only of interest here. */
  private List<String> served(FrontModule module) {
    List<String> words = new ArrayList<>();
    for (OptionSpec serving : Arguments.spec().options()) {
      OptionSpec option = parsed.matchedOption(serving.longestName());
      if (option == null || (module.isCgi() && option.longestName().equals(Arguments.BIND))) {
        continue;
      }
      if (option.arity().max() == 0) {
        words.add(option.longestName());
      } else {
        option.stringValues().forEach(value -> words.add(option.longestName() + "=" + value));
      }
    }
    String app = parsed.matchedPositionalValue(1, (String) null);
    if (app != null) {
      words.add(app);
    }
    return words;
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
