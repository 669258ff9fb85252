package dev.wsgibridge.launcher;

import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Settings;
import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What the command does other than serve, by a name of its own: {@code wsgi-bridge NAME}. */
interface Subcommand {

  /** Its options and its help, but for its name. */
  CommandSpec spec();

  /** The application that its command line names; null where it names none. */
  default @Nullable String app(ParseResult parsed) {
    return parsed.matchedPositionalValue(0, (String) null);
  }

  /**
   * The options that may also come from the environment. None at all where what the command makes
   * is for another machine.
   */
  default List<Option> options() {
    return List.of();
  }

  /**
   * Does it.
   *
   * @param parsed of its {@link #spec}
   * @param settings the options of the table that are in force
   * @param out gets what it is there to print, and nothing else
   * @return the exit status
   * @throws ParameterException it is wrong usage
   * @throws RefusedException what is asked for can't be had
   */
  int run(ParseResult parsed, Settings settings, PrintStream out)
      throws RefusedException, InterruptedException;
}
