package dev.wsgibridge.launcher;

import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.Bind.Inherited;
import dev.wsgibridge.jetty.Bind.Tcp;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code wsgi-bridge front SERVER}: prints the configuration with which a front server hands on
 * requests to what is served with the same options.
 */
final class Front implements Subcommand {

  private static final String MODULE = "--module";
  private static final String VIA = "--via";
  private static final String KEEP_ALIVE = "--keep-alive";
  private static final String LISTEN = "--listen";
  private static final String SCRIPT = "--script";
  static final String STREAM_UPLOADS = "--stream-uploads";

  /** How a script begins that was written here, and may be written anew. */
  private static final String SCRIPT_MARK = "#!/bin/sh\n# Written by \"wsgi-bridge front\"";

  private static final List<FrontModule> MODULES = List.of(FrontModule.values());

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        CommandSpec.create()
            .addPositional(positional("0", "SERVER", "1"))
            .addPositional(positional("1", "APP", "0..1"))
            .addOption(
                single(MODULE, "NAME", "the server's module, such as mod_jk (see below for all)"))
            .addOption(
                single(
                    VIA,
                    "WAY",
                    "Apache's mod_proxy_fcgi: by proxypass, or sethandler (default: proxypass)"))
            .addOption(
                single(
                    KEEP_ALIVE,
                    "on|off",
                    "whether connections stay open between requests, where the module can (default: on)"))
            .addOption(
                single(
                    LISTEN,
                    "[ADDRESS:]PORT",
                    "nginx, Caddy, HAProxy: where it listens, if it has no site for it yet (default: 80)"))
            .addOption(
                OptionSpec.builder(STREAM_UPLOADS)
                    .type(boolean.class)
                    .description(
                        "nginx: hands uploads on as they come (not by SCGI); by default it waits for all of one, so that a slow client holds no thread")
                    .build())
            .addOption(
                single(
                    SCRIPT,
                    "FILE",
                    "where the front starts the application (fcgi+fd:0, mod_cgid, …): writes the script that it starts"));
    CommandLineOptions.add(spec, Arguments.OPTIONS);
    spec.usageMessage()
        .sortOptions(false)
        .autoWidth(true)
        .header("Prints the configuration of a front server, to paste in.")
        .synopsisHeading("%nUsage: ")
        .customSynopsis("${COMMAND-FULL-NAME} nginx|apache|lighttpd|caddy|haproxy [OPTIONS] [APP]")
        .descriptionHeading("%n")
        .description("OPTIONS and APP as for serving, and a few more.")
        .optionListHeading("%nOptions:%n")
        .footerHeading("%nModules, and what they speak:%n")
        .footer(
            MODULES.stream()
                .map(FrontModule::server)
                .distinct()
                .map(
                    server ->
                        "  %-8s  %s"
                            .formatted(
                                server,
                                names(of(server), m -> m.title() + " (" + m.scheme() + ")")))
                .toArray(String[]::new));
    return spec;
  }

  private static PositionalParamSpec positional(String index, String label, String arity) {
    return PositionalParamSpec.builder()
        .index(index)
        .paramLabel(label)
        .type(String.class)
        .arity(arity)
        .hidden(true)
        .build();
  }

  private static OptionSpec single(String name, String value, String description) {
    return OptionSpec.builder(name)
        .paramLabel(value)
        .type(String.class)
        .description(description)
        .build();
  }

  @Override
  public @Nullable String app(ParseResult parsed) {
    return parsed.matchedPositionalValue(1, (String) null);
  }

  @Override
  public List<Option> options() {
    return List.of(Option.values());
  }

  @Override
  public int run(ParseResult parsed, Settings settings, PrintStream out) throws RefusedException {
    String server = parsed.matchedPositionalValue(0, "");
    List<FrontModule> modules = of(server);
    if (modules.isEmpty()) {
      throw refused("front", server, MODULES, FrontModule::server);
    }
    String module = parsed.matchedOptionValue(MODULE, (String) null);
    if (module != null) {
      modules = modules.stream().filter(m -> m.title().equals(module)).toList();
      if (modules.isEmpty()) {
        throw refused(MODULE, module, of(server), FrontModule::title);
      }
    }
    boolean byHandler = choice(parsed, VIA, "proxypass", "sethandler").equals("sethandler");
    if (byHandler) {
      modules = modules.stream().filter(FrontModule::byHandler).toList();
      if (modules.isEmpty()) {
        throw new RefusedException(
            "--via: found sethandler, expected it with Apache's mod_proxy_fcgi only");
      }
    }
    List<Bind> binds =
        settings.given(Option.BIND) ? Serve.binds(Arguments.of(settings)) : List.of();
    FrontText text =
        new FrontText(
            parsed, settings, binds, choice(parsed, KEEP_ALIVE, "on", "off").equals("on"));
    List<String> printed = new ArrayList<>();
    FrontModule first = modules.get(0);
    if (first.protocol() == null) {
      printed.add(text.of(first, null, script(parsed, text, first)));
    } else if (binds.isEmpty()) {
      Bind usual = first.usual();
      printed.add("# No --bind was given. This is for --bind " + usual);
      printed.add(text.of(first, usual, null));
    } else {
      for (Bind bind : binds) {
        FrontModule speaker = speaker(modules, bind);
        Path script = bind.address() instanceof Inherited ? script(parsed, text, speaker) : null;
        printed.add(text.of(speaker, bind, script));
      }
    }
    out.print(String.join("\n", printed));
    out.flush();
    return Main.OK;
  }

  private static List<FrontModule> of(String server) {
    return MODULES.stream().filter(module -> module.server().equals(server)).toList();
  }

  private static FrontModule speaker(List<FrontModule> modules, Bind bind) throws RefusedException {
    List<FrontModule> speaking = modules.stream().filter(m -> m.protocol() != null).toList();
    List<FrontModule> speakers =
        speaking.stream().filter(m -> m.protocol() == bind.protocol()).toList();
    if (speakers.isEmpty()) {
      throw refused("--bind", bind.toString(), speaking, m -> m.scheme() + "://HOST:PORT");
    }
    if (bind.address() instanceof Tcp tcp && tcp.port() == 0) {
      throw new RefusedException(
          "--bind: found %s, expected the port that it gets".formatted(bind));
    }
    for (FrontModule speaker : speakers) {
      if (speaker.reach().includes(bind.address())) {
        return speaker;
      }
    }
    throw new RefusedException(
        "--bind: found %s, expected an address to which %s can connect, such as %s"
            .formatted(bind, names(speakers, FrontModule::title), speakers.get(0).usual()));
  }

  private static String choice(ParseResult parsed, String option, String first, String second)
      throws RefusedException {
    String found = parsed.matchedOptionValue(option, first);
    if (!found.equals(first) && !found.equals(second)) {
      throw new RefusedException(
          "%s: found '%s', expected %s or %s".formatted(option, found, first, second));
    }
    return found;
  }

  private static RefusedException refused(
      String option, String found, List<FrontModule> expected, Function<FrontModule, String> name) {
    return new RefusedException(
        "%s: found '%s', expected one of %s".formatted(option, found, names(expected, name)));
  }

  private static String names(List<FrontModule> modules, Function<FrontModule, String> name) {
    Set<String> once = new LinkedHashSet<>();
    modules.forEach(module -> once.add(name.apply(module)));
    return String.join(", ", once);
  }

  /** Writes the script that the front starts. */
  private static Path script(ParseResult parsed, FrontText text, FrontModule module)
      throws RefusedException {
    String file = parsed.matchedOptionValue(SCRIPT, (String) null);
    if (file == null) {
      throw new RefusedException(
          "%s starts the application: expected --script FILE, the script to be written for that"
              .formatted(module.title()));
    }
    Path script = Path.of(file).toAbsolutePath().normalize();
    try {
      if (Files.exists(script) && !Files.readString(script).startsWith(SCRIPT_MARK)) {
        throw new RefusedException(
            "--script: %s is there already, and wasn't written here; remove it, or name another"
                .formatted(script));
      }
      Files.writeString(script, text.script(module));
      if (!script.toFile().setExecutable(true, false)) {
        throw new IOException("it can't be made executable");
      }
      return script;
    } catch (IOException e) {
      throw new RefusedException("--script: %s: %s".formatted(script, e), e);
    }
  }
}
