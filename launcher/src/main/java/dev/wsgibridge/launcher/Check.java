package dev.wsgibridge.launcher;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Reader;
import dev.wsgibridge.options.Settings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code wsgi-bridge check}: loads an application under the validator, sends it a handful of
 * requests, without a socket, and tells what came of it.
 */
final class Check implements Subcommand {

  static final String PATH = "--path";

  /** What this says itself, and shorter. */
  private static final String[] LOGS = {
    "org.slf4j.simpleLogger.log.dev.wsgibridge.Gateway",
    "org.slf4j.simpleLogger.log.dev.wsgibridge.python"
  };

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        CommandSpec.create()
            .mixinStandardHelpOptions(true)
            .versionProvider(new Versions())
            .addPositional(CommandLineOptions.app())
            .addOption(
                // Not of CheckWar, whose Jetty no other start has to load.
                Arguments.single(PATH, "/PATH", "the page to ask for (default: /)"));
    CommandLineOptions.add(spec, CommandLineOptions.readBy(Reader.CHECK));
    spec.usageMessage()
        .sortOptions(false)
        .autoWidth(true)
        .header("Tries an application, and tells what it found.")
        .synopsisHeading("%nUsage: ")
        .customSynopsis("${COMMAND-FULL-NAME} [OPTIONS] APP|FILE.war")
        .descriptionHeading("%n")
        .description(
            "Loads the application, holds it against the rules of PEP 3333, and asks it for a page in several ways,",
            "one of them the POST of a form with one field. Tells which Python runs it, the frameworks and the native",
            "modules that it has loaded and who can run them, each answer, and each rule that was broken. It ends with",
            "status 0, or 1 where a request failed or a rule was broken.",
            "A FILE.war is deployed in an embedded Jetty, and asked for a page and a static file by HTTP.")
        .optionListHeading("%nOptions:%n")
        .footerHeading("%nExamples:%n")
        .footer(
            "  ${COMMAND-FULL-NAME} examples/hello.py",
            "  ${COMMAND-FULL-NAME} mysite.wsgi:application --path /admin/ --python graalpy",
            "  ${COMMAND-FULL-NAME} site.war");
    return spec;
  }

  @Override
  public List<Option> options() {
    return CommandLineOptions.withApplication(Reader.CHECK);
  }

  @Override
  public int run(ParseResult parsed, Settings settings, PrintStream out)
      throws RefusedException, InterruptedException {
    String name = CommandLineOptions.requireApplication(parsed, settings);
    if (name.endsWith(".war")) {
      return CheckWar.run(parsed, Path.of(name), out);
    }
    for (String log : LOGS) {
      if (System.getProperty(log) == null) {
        System.setProperty(log, log.endsWith("Gateway") ? "off" : "warn");
      }
    }
    Arguments arguments = Arguments.of(settings);
    String path = parsed.matchedOptionValue(PATH, "/");
    if (!path.startsWith("/")) {
      throw new RefusedException(
          "%s: found '%s', expected a path such as /admin/".formatted(PATH, path));
    }
    // One worker tells as much as several.
    Workers workers = arguments.workers().withCount(Math.min(arguments.workers().count(), 1));
    LoadOptions options =
        arguments.loadOptions(Serve.classLoader(arguments.classpath())).withWorkers(workers);
    try {
      Loaded loaded = Loaded.load(Map.of("", name), "", true, 0, options).join();
      CheckReport report = new CheckReport(loaded, workers.timeout(), out);
      boolean well = report.print(name, path);
      // What hangs can't be closed; it ends with the process.
      if (!report.hangs()) {
        loaded.close();
      }
      return well ? Main.OK : Main.FAILED;
    } catch (CompletionException e) {
      if (e.getCause() instanceof LoadException refused) {
        throw new RefusedException(String.valueOf(refused.getMessage()), refused);
      }
      throw e;
    }
  }
}
