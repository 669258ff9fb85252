package dev.wsgibridge.launcher;

import dev.wsgibridge.jetty.GatewayOptions;
import dev.wsgibridge.launcher.FrontModule.Way;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code wsgi-bridge front SERVER}: prints the configuration with which a front server hands on
 * requests to what is served with the same options.
 */
final class Front implements Subcommand {

  private static final String LISTEN = "--listen";
  private static final String MODULE = "--module";
  private static final String KEEP_ALIVE = "--keep-alive";

  /** Sooner than we end it ourselves, so that both never do at the same time. */
  private static final Duration SOONER = Duration.ofSeconds(10);

  /** Safe in every configuration without quoting or escaping. */
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}._~/-]*");

  private static final Pattern PLAIN_SECRET = Pattern.compile("[!-~&&[^\"'\\\\$%{}#`]]*");

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        CommandSpec.create()
            .addPositional(
                PositionalParamSpec.builder()
                    .index("0")
                    .paramLabel("SERVER")
                    .type(String.class)
                    .required(true)
                    .hidden(true)
                    .build())
            .addPositional(
                PositionalParamSpec.builder()
                    .index("1")
                    .paramLabel("APP")
                    .type(String.class)
                    .arity("0..1")
                    .hidden(true)
                    .build())
            .addOption(
                single(
                    MODULE,
                    "NAME",
                    "the server's module, where it has several for a protocol, such as mod_jk"))
            .addOption(
                single(
                    KEEP_ALIVE,
                    "on|off",
                    "whether connections stay open between requests, where the protocol can (default: on)"))
            .addOption(
                single(LISTEN, "ADDRESS", "nginx: what its server { } listens at (default: 80)"));
    for (OptionSpec option : Arguments.spec().options()) {
      spec.addOption(option);
    }
    spec.usageMessage()
        .sortOptions(false)
        .autoWidth(true)
        .header("Prints the configuration of a front server, to paste in.")
        .synopsisHeading("%nUsage: ")
        .customSynopsis("${COMMAND-FULL-NAME} nginx|apache|lighttpd [OPTIONS] [APP]")
        .descriptionHeading("%n")
        .description("Options and APP as for serving, and:")
        .optionListHeading("%nOptions:%n");
    return spec;
  }

  private static OptionSpec single(String name, String value, String description) {
    return OptionSpec.builder(name)
        .paramLabel(value)
        .type(String.class)
        .description(description)
        .build();
  }

  @Override
  public int run(ParseResult parsed, PrintStream out) throws RefusedException {
    String server = parsed.matchedPositionalValue(0, "");
    List<FrontModule> modules =
        Stream.of(FrontModule.values()).filter(module -> module.server().equals(server)).toList();
    if (modules.isEmpty()) {
      throw new ParameterException(
          parsed.commandSpec().commandLine(),
          "found '%s', expected one of %s"
              .formatted(server, names(Stream.of(FrontModule.values()).map(FrontModule::server))));
    }
    modules = chosen(server, modules, parsed.matchedOptionValue(MODULE, (String) null));
    boolean keepAlive =
        switch (parsed.matchedOptionValue(KEEP_ALIVE, "on")) {
          case "on" -> true;
          case "off" -> false;
          default ->
              throw new ParameterException(
                  parsed.commandSpec().commandLine(), KEEP_ALIVE + ": expected on or off");
        };
    Map<String, String> common = new HashMap<>();
    common.put("listen", parsed.matchedOptionValue(LISTEN, "80"));
    path(prefix(Arguments.of(parsed)), common);
    String secret = parsed.matchedOptionValue("--ajp-secret", (String) null);
    if (secret != null) {
      if (!PLAIN_SECRET.matcher(secret).matches()) {
        throw new RefusedException(
            "--ajp-secret: found a character that a configuration would read as its own, expected letters, digits and most other ASCII");
      }
      common.put("secret", secret);
    }
    StringBuilder text = new StringBuilder();
    if (!parsed.hasMatchedOption("--bind")) {
      Address assumed = Address.assumed(modules.get(0));
      text.append("# No --bind was given: this is for --bind ").append(assumed).append('\n');
      text.append(text(modules.get(0), assumed, keepAlive, common));
    } else {
      for (String url : Arguments.of(parsed).binds()) {
        text.append(text.isEmpty() ? "" : "\n");
        Address address = Address.parse(url);
        text.append(text(speaker(server, modules, address), address, keepAlive, common));
      }
    }
    out.print(text);
    out.flush();
    return Main.OK;
  }

  private static List<FrontModule> chosen(
      String server, List<FrontModule> modules, @Nullable String title) throws RefusedException {
    if (title == null) {
      return modules;
    }
    List<FrontModule> named = modules.stream().filter(m -> m.title().equals(title)).toList();
    if (named.isEmpty()) {
      throw new RefusedException(
          "--module: found '%s', expected one of %s's: %s"
              .formatted(title, server, names(modules.stream().map(FrontModule::title))));
    }
    return named;
  }

  private static FrontModule speaker(String server, List<FrontModule> modules, Address address)
      throws RefusedException {
    List<FrontModule> speakers =
        modules.stream().filter(m -> m.protocol().equals(address.protocol())).toList();
    if (speakers.isEmpty()) {
      throw new RefusedException(
          "--bind: found %s, expected what %s speaks: %s"
              .formatted(address, server, names(modules.stream().map(FrontModule::protocol))));
    }
    for (FrontModule speaker : speakers) {
      if (speaker.ways().contains(address.way())) {
        return speaker;
      }
    }
    throw new RefusedException(
        "--bind: found %s, expected an address that %s can reach, such as %s"
            .formatted(address, speakers.get(0).title(), Address.assumed(speakers.get(0))));
  }

  private static String names(Stream<String> names) {
    Set<String> once = names.collect(LinkedHashSet::new, Set::add, Set::addAll);
    return String.join(", ", once);
  }

  /** The path that is handed on: that of the only application, else the prefix of them all. */
  private static String prefix(Arguments arguments) throws RefusedException {
    String prefix = arguments.scriptName();
    if (arguments.app() == null && arguments.mounts().size() == 1) {
      String mount = arguments.mounts().get(0);
      prefix += mount.substring(0, Math.max(mount.indexOf('='), 0));
    }
    if (!PLAIN.matcher(prefix).matches()) {
      throw new RefusedException(
          "front: found the prefix '%s', expected letters, digits and any of . _ ~ - /: what else there is needs another way of quoting in each server; print it for another prefix and change it there"
              .formatted(prefix));
    }
    return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
  }

  private static void path(String prefix, Map<String, String> values) {
    values.put("path-or-root", prefix.isEmpty() ? "/" : prefix);
    values.put("location", prefix.isEmpty() ? "/" : "^~ " + prefix + "/");
    if (prefix.isEmpty()) {
      values.put("root?", "");
    } else {
      values.put("below?", "");
      values.put("path", prefix);
      values.put("path-regex", prefix.replace(".", "\\."));
    }
  }

  private static String text(
      FrontModule module, Address address, boolean keepAlive, Map<String, String> common) {
    Map<String, String> values = new HashMap<>(common);
    String protocol = module.protocol();
    values.put("bind", address.toString());
    values.put("name", address.name());
    values.put("module", module.title());
    values.put("gateway", module.title().replace("mod_", "").replace("ajp13", "ajp"));
    values.put(protocol + "?", "");
    values.put("cgi", protocol.equals("fcgi") ? "fastcgi" : protocol);
    if (!protocol.equals("ajp")) {
      values.put("cgi-params?", "");
    }
    boolean open = keepAlive && (protocol.equals("fcgi") || protocol.equals("ajp"));
    values.put(open ? "keep-alive?" : "no-keep-alive?", "");
    values.put("keep-alive-seconds", seconds(GatewayOptions.DEFAULT.keepAlive()));
    values.put("idle-seconds", seconds(GatewayOptions.DEFAULT.idleTimeout()));
    values.put(
        "reuse-options",
        open
            ? " enablereuse=on ttl=" + seconds(GatewayOptions.DEFAULT.keepAlive())
            : protocol.equals("ajp") ? " disablereuse=on" : "");
    String secret = protocol.equals("ajp") ? values.get("secret") : null;
    values.put("secret-option", secret == null ? "" : " secret=" + secret);
    values.put("a2mod", module.title().replace("mod_", ""));
    String path = values.getOrDefault("path", "") + (values.containsKey("path") ? "" : "/");
    if (address.way() == Way.UNIX) {
      values.put("socket", address.path());
      values.put("address", "unix:" + address.path());
      values.put(
          "url", "unix:%s|%s://%s%s".formatted(address.path(), protocol, address.name(), path));
    } else {
      values.put("host", address.host());
      values.put("port", Integer.toString(address.port()));
      values.put("address", address.authority());
      values.put("url", "%s://%s%s".formatted(protocol, address.authority(), path));
    }
    return Template.of("front/" + module.template()).with(values);
  }

  private static String seconds(Duration timeout) {
    return Long.toString(timeout.minus(SOONER).toSeconds());
  }

  /** Where the application listens. */
  private record Address(String protocol, Way way, String host, int port, String path) {

    private static final Pattern FORM =
        Pattern.compile("([a-z]+)(?:://(\\[[^]]*]|[^:/]+):(\\d{1,5})/?|\\+unix://(/.*)|\\+fd:(0))");

    static Address parse(String url) throws RefusedException {
      Matcher form = FORM.matcher(url);
      if (!form.matches()) {
        throw new RefusedException("--bind: '%s': expected fcgi://HOST:PORT".formatted(url));
      }
      if (form.group(5) != null) {
        return new Address(form.group(1), Way.INHERITED, "", 0, "");
      }
      if (form.group(4) != null) {
        return new Address(form.group(1), Way.UNIX, "", 0, form.group(4));
      }
      return new Address(
          form.group(1), Way.TCP, form.group(2), Integer.parseInt(form.group(3)), "");
    }

    static Address assumed(FrontModule module) {
      return new Address(
          module.protocol(),
          Way.TCP,
          "127.0.0.1",
          module.protocol().equals("ajp") ? 8009 : 9000,
          "");
    }

    String authority() {
      return host + ":" + port;
    }

    /** A name that no other address has. */
    String name() {
      return (protocol + "-" + (way == Way.UNIX ? path : authority()))
          .replaceAll("[^A-Za-z0-9]+", "-");
    }

    @Override
    public String toString() {
      return switch (way) {
        case TCP -> protocol + "://" + authority();
        case UNIX -> protocol + "+unix://" + path;
        case INHERITED -> protocol + "+fd:0";
      };
    }
  }
}
