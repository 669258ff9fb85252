package dev.wsgibridge.launcher;

import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Origin;
import dev.wsgibridge.options.Setting;
import dev.wsgibridge.options.Settings;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tomlj.Toml;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code wsgi-bridge config}: prints the options that are in force, and where each comes from. What
 * it prints is a configuration file that means the same, but for secrets.
 */
final class Config implements Subcommand {

  /** Where the comments begin, if the values leave room. */
  private static final int COLUMN = 44;

  private final Sources sources;

  /** With what else a start would ask. */
  Config(Sources sources) {
    this.sources = sources;
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        CommandSpec.create()
            .mixinStandardHelpOptions(true)
            .versionProvider(new Versions())
            .addPositional(CommandLineOptions.app());
    CommandLineOptions.add(spec, Arguments.OPTIONS);
    spec.usageMessage()
        .sortOptions(false)
        .autoWidth(true)
        .header("Prints the options that are in force, and where each comes from.")
        .synopsisHeading("%nUsage: ")
        .customSynopsis("${COMMAND-FULL-NAME} [OPTIONS] [APP]")
        .descriptionHeading("%n")
        .description(
            "OPTIONS and APP as for serving, of which nothing is started. The output is a",
            "configuration file, of which a secret is left out.")
        .optionListHeading("%nOptions:%n");
    return spec;
  }

  @Override
  public List<Option> options() {
    return List.of(Option.values());
  }

  @Override
  public int run(ParseResult parsed, Settings settings, PrintStream out) {
    Settings all = sources.withPlatform(settings);
    out.println("# Sources, the strongest first: command line, environment, file, default.");
    for (Option option : Option.values()) {
      out.println(line(option, all));
    }
    out.flush();
    return Main.OK;
  }

  private static String line(Option option, Settings settings) {
    Optional<Setting> found = settings.find(option);
    List<Setting> overridden = settings.overridden(option);
    String weaker =
        overridden.stream()
            .map(setting -> "%s of %s".formatted(value(setting), place(setting)))
            .collect(Collectors.joining(", "));
    if (found.isPresent()) {
      // A file can't name the file.
      String mark = option.secret() || option == Option.CONFIG ? "# " : "";
      return commented(
          mark + option.key() + " = " + value(found.get()),
          place(found.get()) + (weaker.isEmpty() ? "" : "; overrides " + weaker));
    }
    if (!weaker.isEmpty()) {
      return "# %s is left out: %s, since a stronger source names an application"
          .formatted(option.key(), weaker);
    }
    Object fallback = settings.value(option);
    return fallback == null
        ? "# %s is not given%s"
            .formatted(option.key(), option.notGiven().isEmpty() ? "" : ": " + option.notGiven())
        // A default that stands in a file is given, which may mean something else.
        : commented("# " + option.key() + " = " + toml(fallback), "default");
  }

  private static String commented(String text, String comment) {
    return ("%-" + COLUMN + "s # %s").formatted(text, comment);
  }

  private static String place(Setting setting) {
    Origin origin = setting.origin();
    return switch (origin.source()) {
      case COMMAND_LINE -> "command line";
      // Its key is that of the option.
      case FILE -> origin.name().substring(0, origin.name().lastIndexOf(": "));
      default -> origin.name();
    };
  }

  private static String value(Setting setting) {
    return setting.option().secret() ? "***" : toml(setting.value());
  }

  private static String toml(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(Config::toml).collect(Collectors.joining(", ", "[", "]"));
    }
    return value instanceof Integer || value instanceof Boolean
        ? value.toString()
        : '"' + Toml.tomlEscape(Option.written(value)).toString() + '"';
  }
}
