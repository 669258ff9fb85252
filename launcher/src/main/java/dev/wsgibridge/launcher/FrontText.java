package dev.wsgibridge.launcher;

import dev.wsgibridge.CgiParams.Split;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.Bind.Tcp;
import dev.wsgibridge.jetty.Bind.Unix;
import dev.wsgibridge.jetty.GatewayOptions;
import dev.wsgibridge.jetty.GatewayOptions.Ajp;
import dev.wsgibridge.jetty.GatewayProtocol;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Origin.Source;
import dev.wsgibridge.options.Reader;
import dev.wsgibridge.options.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/** Fills the templates of {@link FrontModule}s with the options of one command line. */
final class FrontText {

  /** Sooner than we would end it, so that never both do at once. */
  private static final Duration SOONER = Duration.ofSeconds(10);

  /** What means itself in each of the servers' configurations, and in regular expressions. */
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}._~/-]*");

  private static final Pattern PLAIN_SECRET = Pattern.compile("[!-~&&[^\"'\\\\$%{}#`]]*");

  private final Settings settings;
  private final boolean streamUploads;
  private final boolean keepAlive;
  private final GatewayOptions gateway;
  private final Map<String, String> common = new HashMap<>();

  /** Checks what is to be filled in. */
  FrontText(ParseResult parsed, Settings settings, List<Bind> binds, boolean keepAlive)
      throws RefusedException {
    Arguments arguments = Arguments.of(settings);
    this.settings = settings;
    this.keepAlive = keepAlive;
    gateway = arguments.front().gateway(binds, arguments.scriptName(), System.getenv());
    listen(parsed.matchedOptionValue("--listen", "80"));
    common.put("keep-alive-seconds", seconds(gateway.keepAlive()));
    common.put("idle-seconds", seconds(gateway.idleTimeout()));
    flag(common, "remote-user?", gateway.trust().remoteUser());
    flag(common, "underscores?", gateway.underscores());
    streamUploads = parsed.hasMatchedOption(Front.STREAM_UPLOADS);
    boolean split = gateway.trust().split() == Split.FRONT;
    flag(common, "split?", gateway.trust().split() != Split.MOUNT);
    flag(common, "split-front?", split);
    common.put("extension", split ? "/" : "");
    path(prefix(arguments));
  }

  /** {@code [ADDRESS:]PORT}, whole and in its parts. */
  private void listen(String listen) {
    int colon = listen.lastIndexOf(':');
    common.put("listen", listen);
    common.put("listen-port", listen.substring(colon + 1));
    String address = listen.substring(0, Math.max(colon, 0));
    common.put("listen-address", address);
    if (!address.isEmpty()) {
      common.put("listen-host", address);
    }
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
  private String prefix(Arguments arguments) {
    String prefix = arguments.scriptName();
    if (app() == null && arguments.mounts().size() == 1) {
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
    common.put("location", root ? "/" : "^~ " + path + "/");
    common.put("jk-path", root ? "/*" : path + "|/*");
    common.put("slash", root ? "/" : "");
  }

  /**
   * A server's configuration.
   *
   * @param bind where the application listens, null for CGI
   * @param script what the server starts, null where it starts nothing
   */
  String of(FrontModule module, @Nullable Bind bind, @Nullable Path script)
      throws RefusedException {
    Map<String, String> values = new HashMap<>(common);
    String title = module.title().replaceFirst("^mod_", "");
    values.put("bind", String.valueOf(bind));
    values.put("module", module.title());
    values.put("short-module", title);
    values.put("cgi", module.protocol() == GatewayProtocol.FCGI ? "fastcgi" : module.scheme());
    flag(values, module.scheme() + "?", true);
    flag(values, "headers?", module.protocol() != GatewayProtocol.AJP);
    // nginx sends it by itself, as SCGI wants it: first.
    flag(values, "no-scgi?", module.protocol() != GatewayProtocol.SCGI);
    // By SCGI an upload that streams gets no true length from nginx.
    boolean streams = streamUploads && module.protocol() != GatewayProtocol.SCGI;
    flag(values, streams ? "stream-uploads?" : "no-stream-uploads?", true);
    // Apache's modules for FastCGI and uwsgi send it raw anyway, and refuse every query with it.
    boolean nocanon =
        module.protocol() == GatewayProtocol.SCGI || module.protocol() == GatewayProtocol.AJP;
    flag(values, "nocanon?", nocanon);
    values.put("nocanon", nocanon ? " nocanon" : "");
    boolean open = keepAlive && module.keepsAlive();
    flag(values, open ? "keep-alive?" : "no-keep-alive?", true);
    values.put(
        "reuse",
        open
            ? " enablereuse=on ttl=" + common.get("keep-alive-seconds")
            : module.keepsAlive() ? " enablereuse=off" : "");
    int packet = gateway.ajp().packetBytes();
    flag(
        values,
        "packets?",
        module.protocol() == GatewayProtocol.AJP && packet > Ajp.DEFAULT.packetBytes());
    values.put("packet-bytes", Integer.toString(packet));
    String secret = module.protocol() == GatewayProtocol.AJP ? gateway.ajp().secret() : null;
    if (secret != null && module == FrontModule.LIGHTTPD_AJP) {
      throw new RefusedException(
          "mod_ajp13 sends no secret: found one, expected --bind ajp://127.0.0.1:8009 or ajp+unix:///PATH without --ajp-secret");
    }
    if (gateway.trust().split() == Split.FRONT && !module.splits()) {
      throw new RefusedException(
          "%s: found front, but %s sends no PATH_INFO by %s; expected --bind fcgi://HOST:PORT, or the path from REQUEST_URI, as it comes without %1$s"
              .formatted(Option.SPLIT.flag(), module.title(), module.scheme()));
    }
    if (secret != null) {
      values.put("secret", plain(Option.AJP_SECRET.flag(), secret, PLAIN_SECRET));
    }
    values.put("secret-option", secret == null ? "" : " secret=" + secret);
    if (script != null) {
      values.put("script", plain("--script", script.toString(), PLAIN));
      values.put("script-folder", String.valueOf(script.getParent()));
      values.put("script-file", String.valueOf(script.getFileName()));
      values.put("socket", script + ".socket");
      flag(values, "script?", true);
    } else if (bind != null) {
      address(module.scheme(), bind, values);
    }
    return module.template().with(values);
  }

  private static void address(String scheme, Bind bind, Map<String, String> values)
      throws RefusedException {
    // A name that no other address has, of what every server takes for one.
    String name = bind.toString().replaceAll("[^A-Za-z0-9]+", "-");
    values.put("name", name);
    if (bind.address() instanceof Tcp tcp) {
      // Where a server listens everywhere, its front is as near as can be.
      Tcp near =
          bind.everywhere()
              ? new Tcp(tcp.host().equals("::") ? "::1" : "127.0.0.1", tcp.port())
              : tcp;
      values.put("host", near.host());
      values.put("port", Integer.toString(near.port()));
      values.put("address", near.toString().substring("://".length()));
      values.put("worker-url", scheme + near);
      values.put("caddy-address", values.get("address"));
      values.put("haproxy-address", values.get("address"));
    } else if (bind.address() instanceof Unix unix) {
      String socket = plain("--bind", unix.path().toString(), PLAIN);
      values.put("socket", socket);
      values.put("address", "unix:" + socket);
      values.put("caddy-address", "unix/" + socket);
      values.put("haproxy-address", "unix@" + socket);
      values.put("worker-url", "unix:%s|%s://%s".formatted(socket, scheme, name));
    }
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
    if (module.protocol() == null) {
      words.add("cgi");
    }
    words.addAll(served(module));
    values.put("command", String.join(" ", words.stream().map(FrontText::quoted).toList()));
    return Template.of("front/start.sh").with(values);
  }

  /** The options and the application, without what is only of interest here. */
  private List<String> served(FrontModule module) {
    List<String> words = new ArrayList<>();
    List<Option> taken =
        module.protocol() == null ? CommandLineOptions.readBy(Reader.CGI) : Arguments.OPTIONS;
    for (Option option : taken) {
      // The script is started in this folder, so it reads the same file.
      settings
          .find(option)
          .filter(setting -> setting.origin().source() != Source.FILE && !option.secret())
          .ifPresent(setting -> words.addAll(CommandLineOptions.written(setting)));
    }
    String app = app();
    if (app != null) {
      words.add(app);
    }
    return words;
  }

  /** The application, which stands behind the server's name; null where there is none. */
  private @Nullable String app() {
    return settings.text(Option.APP);
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
