package dev.wsgibridge.launcher;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code wsgi-bridge} command. */
public final class Main {

  static final int OK = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  private Main() {}

  /** Exits with 0 after a stop that was asked for, 1 where it can't serve, 2 for wrong usage. */
  public static void main(String... arguments) {
    StopSignal stop = new StopSignal();
    stop.listen();
    int status = run(System.out, System.err, stop, arguments);
    System.out.flush();
    System.err.flush();
    System.exit(status);
  }

  /**
   * Runs the command.
   *
   * @param out gets a line for each listener, and help where it is asked for
   * @param err gets messages for the user
   * @param stop ends the serving
   * @return the exit status
   */
  static int run(PrintStream out, PrintStream err, StopSignal stop, String... arguments) {
    CommandLine command = new CommandLine(Arguments.spec());
    command.setCommandName(System.getProperty("wsgibridge.command", command.getCommandName()));
    try {
      ParseResult parsed = command.parseArgs(arguments);
      if (parsed.isUsageHelpRequested()) {
        command.usage(out);
        return OK;
      }
      if (parsed.isVersionHelpRequested()) {
        command.printVersionHelp(out);
        return OK;
      }
      new Serve(Arguments.of(parsed), out, stop).run();
      return OK;
    } catch (ParameterException e) {
      wrongUsage(command, e, new PrintWriter(err, true, StandardCharsets.UTF_8));
      return WRONG_USAGE;
    } catch (RefusedException e) {
      err.println("%s: %s".formatted(command.getCommandName(), e.getMessage()));
      return FAILED;
    } catch (InterruptedException | RuntimeException | Error e) {
      LoggerFactory.getLogger("wsgi-bridge").error("this should not happen", e);
      return FAILED;
    }
  }

  private static void wrongUsage(CommandLine command, ParameterException wrong, PrintWriter err) {
    err.println("%s: %s".formatted(command.getCommandName(), wrong.getMessage()));
    if (!UnmatchedArgumentException.printSuggestions(wrong, err)) {
      err.println("%s --help shows how it is used".formatted(command.getCommandName()));
    }
  }
}
