package dev.wsgibridge.launcher;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.CgiParams.Trust;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.cgi.CgiRequest;
import dev.wsgibridge.cgi.ProcessVariables;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Reader;
import dev.wsgibridge.options.Settings;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code wsgi-bridge cgi}: answers the request that a web server has started this process for. No
 * server of ours is started.
 */
final class Cgi implements Subcommand {

  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.log.dev.wsgibridge.python";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        CommandSpec.create()
            .mixinStandardHelpOptions(true)
            .versionProvider(new Versions())
            .addPositional(CommandLineOptions.app());
    CommandLineOptions.add(spec, CommandLineOptions.readBy(Reader.CGI));
    spec.usageMessage()
        .sortOptions(false)
        .autoWidth(true)
        .header("Answers one request as a CGI program, which a web server starts for each.")
        .synopsisHeading("%nUsage: ")
        .customSynopsis("${COMMAND-FULL-NAME} [OPTIONS] APP")
        .descriptionHeading("%n")
        .description(
            "The request comes in the environment and on standard input, the response goes to standard output,",
            "and what there is to say to standard error, the server's log. It ends with status 0, or 1 where the",
            "application could not be loaded or has broken its response off.")
        .optionListHeading("%nOptions:%n")
        .footerHeading("%nExamples:%n")
        .footer(
            "  #!/bin/sh",
            "  exec /opt/wsgi-bridge/run cgi /srv/app/hello.py",
            "      a script for a cgi-bin folder; it is made executable with chmod +x",
            "  REQUEST_METHOD=GET REQUEST_URI=/ ${COMMAND-FULL-NAME} examples/hello.py",
            "      the same by hand");
    return spec;
  }

  @Override
  public List<Option> options() {
    return CommandLineOptions.withApplication(Reader.CGI);
  }

  @Override
  public int run(ParseResult parsed, Settings settings, PrintStream out) throws RefusedException {
    String app = CommandLineOptions.requireApplication(parsed, settings);
    begin();
    Arguments arguments = Arguments.of(settings);
    String prefix = Serve.prefix(Option.SCRIPT_NAME.flag(), arguments.scriptName());
    LoadOptions options =
        arguments
            .loadOptions(Serve.classLoader(arguments.classpath()))
            .withWorkers(Workers.DEFAULT)
            .withThreads(1);
    if (!isStartedByServer()) {
      String command = parsed.commandSpec().qualifiedName();
      throw new RefusedException(
          "found no REQUEST_METHOD in the environment, expected a web server to set it; by hand: REQUEST_METHOD=GET REQUEST_URI=/ %s %s"
              .formatted(command, app));
    }
    Map<String, String> names = Map.of("", app);
    return answer(
        arguments, prefix, () -> Loaded.load(names, prefix, arguments.lint(), 0, options));
  }

  /** Whether a web server has started this process to answer a request. */
  static boolean isStartedByServer() {
    return System.getenv(Environ.REQUEST_METHOD) != null;
  }

  /** To be called before anything is loaded. */
  static void begin() {
    // The server's log need not hear at each request which Python it is.
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "warn");
    }
    // What an application prints would become part of the response.
    System.setOut(System.err);
  }

  /**
   * Answers the request.
   *
   * @param prefix below which the application stands
   * @param loading begins to load it, and isn't called where there is no request to answer
   * @return the exit status
   */
  static int answer(Arguments arguments, String prefix, Supplier<CompletableFuture<Loaded>> loading)
      throws RefusedException {
    FrontArguments front = arguments.front();
    CgiParams params =
        ProcessVariables.params()
            .trusting(new Trust(front.split(true, prefix), front.remoteUser()));
    // System.in would read on beyond the body's end, and System.out keeps to itself that the server
    // has gone.
    InputStream in = new FileInputStream(FileDescriptor.in);
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    PrintWriter errors = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    CgiRequest request;
    try {
      request = new CgiRequest(params, in, out, errors);
    } catch (IllegalArgumentException e) {
      refuse(400, "Bad Request");
      throw new RefusedException("CGI: " + e.getMessage(), e);
    }
    try (Loaded loaded = loading.get().join()) {
      return request.serve(loaded.application()) == Outcome.BROKEN_OFF ? Main.FAILED : Main.OK;
    } catch (CompletionException e) {
      refuse(500, "Internal Server Error");
      if (e.getCause() instanceof LoadException refused) {
        throw new RefusedException(String.valueOf(refused.getMessage()), refused);
      }
      throw e;
    }
  }

  /** Answers that there is no answer. */
  static void refuse(int status, String reason) {
    try {
      CgiRequest.refuse(status, reason, new FileOutputStream(FileDescriptor.out));
    } catch (IOException e) {
      // Nobody is left to hear it; the log is told in any case.
    }
  }
}
