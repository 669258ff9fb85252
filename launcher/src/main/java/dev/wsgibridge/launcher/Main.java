package dev.wsgibridge.launcher;

import dev.wsgibridge.options.Names;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.OptionException;
import dev.wsgibridge.options.Settings;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code wsgi-bridge} command. */
public final class Main {

  static final int OK = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  /** sysexits.h's EX_TEMPFAIL: to be started again. */
  static final int HANGS = 75;

  private Main() {}

  private static SortedMap<String, Subcommand> subcommands(Sources sources) {
    return new TreeMap<>(
        Map.of(
            "cgi",
            new Cgi(),
            "check",
            new Check(),
            "config",
            new Config(sources),
            "front",
            new Front(),
            "war",
            new War()));
  }

  /**
   * Exits with 0 after a stop that was asked for, 130 where a second signal ended that, 1 where it
   * can't serve, 2 for wrong usage, 75 where Python hangs and that was asked for.
   */
  public static void main(String... arguments) {
    LogOutput.install();
    StopSignal stop = new StopSignal();
    int status =
        run(new Sources(System.getenv(), Path.of("")), System.out, System.err, stop, arguments);
    System.out.flush();
    System.err.flush();
    System.exit(stop.exitStatus(status));
  }

  /**
   * Runs the command.
   *
   * @param sources where options are found beside the command line
   * @param out gets a line for each listener, help where it is asked for, or what a subcommand
   *     prints
   * @param err gets messages for the user
   * @param stop ends the serving
   * @return the exit status
   */
  static int run(
      Sources sources, PrintStream out, PrintStream err, StopSignal stop, String... arguments) {
    CommandLine command = new CommandLine(Arguments.spec());
    command.setCommandName(System.getProperty("wsgibridge.command", command.getCommandName()));
    SortedMap<String, Subcommand> subcommands = subcommands(sources);
    subcommands.forEach((name, subcommand) -> command.addSubcommand(name, subcommand.spec()));
    // --split front
    command.setAllowSubcommandsAsOptionParameters(true);
    CommandLine asked = command;
    Settings settings = Settings.of(List.of());
    try {
      ParseResult parsed = command.parseArgs(arguments);
      if (parsed.hasSubcommand()) {
        requireNothingBefore(parsed);
        parsed = parsed.subcommand();
        asked = parsed.commandSpec().commandLine();
      }
      if (parsed.isUsageHelpRequested()) {
        asked.usage(out);
        return OK;
      }
      if (parsed.isVersionHelpRequested()) {
        asked.printVersionHelp(out);
        return OK;
      }
      Subcommand subcommand = subcommands.get(asked.getCommandName());
      settings = settings(parsed, subcommand, sources);
      return subcommand == null
          ? new Serve(settings, sources, out, stop).run()
          : subcommand.run(parsed, settings, out);
    } catch (ParameterException e) {
      wrongUsage(e, new PrintWriter(err, true, StandardCharsets.UTF_8));
      return WRONG_USAGE;
    } catch (OptionException e) {
      err.println("%s: %s".formatted(name(asked), e.getMessage()));
      return WRONG_USAGE;
    } catch (RefusedException e) {
      String message = settings.located(String.valueOf(e.getMessage()));
      err.println("%s: %s".formatted(name(asked), message));
      return FAILED;
    } catch (InterruptedException | RuntimeException | Error e) {
      LoggerFactory.getLogger("wsgi-bridge").error("this should not happen", e);
      return FAILED;
    }
  }

  private static Settings settings(
      ParseResult parsed, @Nullable Subcommand subcommand, Sources sources) {
    String app =
        subcommand == null
            ? parsed.matchedPositionalValue(0, (String) null)
            : subcommand.app(parsed);
    return sources.read(
        parsed, app, subcommand == null ? List.of(Option.values()) : subcommand.options());
  }

  /** What stands before a subcommand is the serving's, and would be lost. */
  private static void requireNothingBefore(ParseResult parsed) {
    for (ArgSpec before : parsed.matchedArgs()) {
      throw new ParameterException(
          parsed.commandSpec().commandLine(),
          "found %s before %s, expected it behind"
              .formatted(
                  before instanceof OptionSpec option ? option.longestName() : before.paramLabel(),
                  parsed.subcommand().commandSpec().name()));
    }
  }

  private static void wrongUsage(ParameterException wrong, PrintWriter err) {
    String name = name(wrong.getCommandLine());
    err.println("%s: %s".formatted(name, wrong.getMessage()));
    boolean told = false;
    if (wrong instanceof UnmatchedArgumentException unmatched) {
      for (String word : unmatched.getUnmatched()) {
        told |= translate(word, err);
      }
    }
    if (!told && !UnmatchedArgumentException.printSuggestions(wrong, err)) {
      err.println("%s --help shows how it is used".formatted(name));
    }
  }

  /** Says what gunicorn's or uWSGI's option is called here. */
  private static boolean translate(String word, PrintWriter err) {
    if (!word.startsWith("--")) {
      return false;
    }
    String theirs = word.replaceFirst("=.*", "");
    Optional<Option> ours = Names.foreign(theirs.substring(2));
    ours.ifPresent(
        option ->
            err.println(
                "%s is called %s here"
                    .formatted(theirs, option == Option.APP ? option.label() : option.flag())));
    return ours.isPresent();
  }

  /** {@code wsgi-bridge}, or {@code wsgi-bridge NAME}. */
  private static String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName();
  }
}
