package dev.wsgibridge.launcher;

import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What the command does other than serve, by a name of its own: {@code wsgi-bridge NAME}. */
interface Subcommand {

  /** Its options and its help, but for its name. */
  CommandSpec spec();

  /**
   * Does it.
   *
   * @param parsed of its {@link #spec}
   * @param out gets what it is there to print, and nothing else
   * @return the exit status
   * @throws ParameterException it is wrong usage
   * @throws RefusedException what is asked for can't be had
   */
  int run(ParseResult parsed, PrintStream out) throws RefusedException, InterruptedException;
}
