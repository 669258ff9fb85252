package dev.wsgibridge.launcher;

import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.jetty.ClientLimits;
import dev.wsgibridge.jetty.WsgiServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * What the user wrote on the command line.
 *
 * @param app the application's name, null where there is none
 * @param binds URLs to listen at
 * @param mounts {@code /PREFIX=APP}, each
 * @param scriptName the prefix of all of it, empty where there is none
 * @param lint whether to check against the rules of PEP 3333
 * @param workers processes that Python applications run in
 * @param threads how many requests are answered at once, 0 for the default
 * @param backlog how many requests may wait for a Python thread
 * @param postBuffering bytes of a request's body in memory where all of it is awaited, else 0
 * @param gracefulTimeout how long a stop may take: requests in flight, and then Python's end
 * @param gracefulIdle how long a connection must have been idle before a stop closes it
 * @param python what runs Python
 * @param pythonPath folders of Python modules
 * @param classpath class paths, each of one or more entries
 * @param clients what clients may ask of the server
 * @param front what concerns the front web server
 */
record Arguments(
    @Nullable String app,
    List<String> binds,
    List<String> mounts,
    String scriptName,
    boolean lint,
    Workers workers,
    int threads,
    int backlog,
    int postBuffering,
    Duration gracefulTimeout,
    Duration gracefulIdle,
    String python,
    List<Path> pythonPath,
    List<String> classpath,
    ClientLimits clients,
    FrontArguments front) {

  static final String BIND = "--bind";
  private static final String MOUNT = "--mount";
  static final String SCRIPT_NAME = "--script-name";
  static final String LINT = "--lint";
  static final String THREADS = "--threads";
  private static final String GRACEFUL_TIMEOUT = "--graceful-timeout";
  private static final String GRACEFUL_IDLE = "--graceful-idle";
  static final String PYTHON = "--python";
  static final String PYTHON_PATH = "--python-path";
  static final String CLASSPATH = "--classpath";

  private static final String DEFAULT_BIND = "http://127.0.0.1:8080";
  private static final String DEFAULT_TIMEOUT = "30s";

  /**
   * The command and its help. It is put together here rather than read from annotations, because
   * that takes picocli a tenth of a second of every start.
   */
  static CommandSpec spec() {
    CommandSpec spec =
        CommandSpec.create()
            .name("wsgi-bridge")
            .mixinStandardHelpOptions(true)
            .versionProvider(new Versions())
            .addPositional(
                PositionalParamSpec.builder()
                    .paramLabel("APP")
                    .type(String.class)
                    .arity("0..1")
                    .hidden(true)
                    .build())
            .addOption(
                repeatable(
                    BIND,
                    "URL",
                    "where to listen; repeatable: http://HOST:PORT (port 0 picks a free one), http+unix:///PATH, or http+fd:0 for a listening socket on fd 0; behind a web server fcgi, scgi, uwsgi or ajp instead of http. Default: "
                        + DEFAULT_BIND))
            .addOption(
                repeatable(MOUNT, "/PREFIX=APP", "another application, below /PREFIX; repeatable"))
            .addOption(
                single(
                    SCRIPT_NAME,
                    "/PREFIX",
                    "serve below /PREFIX, as behind a front server that keeps the prefix"))
            .addOption(
                OptionSpec.builder(LINT)
                    .type(boolean.class)
                    .description("check the application against the rules of PEP 3333")
                    .build())
            .addOption(
                WorkerArguments.number(
                    THREADS,
                    "N",
                    1,
                    "how many requests are answered at once (with --workers: by each worker)"))
            .addOption(
                OptionSpec.builder(GRACEFUL_TIMEOUT)
                    .paramLabel("TIME")
                    .type(Duration.class)
                    .converters(new Timeout())
                    .description(
                        "how long a stop by SIGTERM or Ctrl-C may take, with the requests in flight: 500ms, 30s, 2m (default: "
                            + DEFAULT_TIMEOUT
                            + ")")
                    .build())
            .addOption(
                OptionSpec.builder(GRACEFUL_IDLE)
                    .paramLabel("TIME")
                    .type(Duration.class)
                    .converters(new Timeout())
                    .description(
                        "how long a connection must have been idle before a stop closes it, since its next request may be on its way (default: %dms)"
                            .formatted(WsgiServer.Options.GRACEFUL_IDLE.toMillis()))
                    .build())
            .addOption(
                single(
                    PYTHON,
                    "WHICH",
                    "auto: your Python where there is one, else GraalPy; or graalpy; or the path of a python3 (default: auto)"))
            .addOption(repeatable(PYTHON_PATH, "DIR", "a folder of Python modules; repeatable"))
            .addOption(
                repeatable(CLASSPATH, "PATH", "folders and jars of Java classes; repeatable"));
    ArgGroupSpec.Builder workers =
        ArgGroupSpec.builder().validate(false).heading("%nPython in processes of its own:%n");
    WorkerArguments.options().forEach(workers::addArg);
    spec.addArgGroup(workers.build());
    ArgGroupSpec.Builder clients =
        ArgGroupSpec.builder().validate(false).heading("%nSlow and large:%n");
    ClientArguments.options().forEach(clients::addArg);
    spec.addArgGroup(clients.build());
    ArgGroupSpec.Builder behind =
        ArgGroupSpec.builder().validate(false).heading("%nBehind a front web server:%n");
    FrontArguments.options().forEach(behind::addArg);
    spec.addArgGroup(behind.build());
    spec.usageMessage()
        .sortOptions(false)
        .autoWidth(true)
        .header(
            "Serves a WSGI application, in Python or in Java: over HTTP, or behind a front web server.")
        .synopsisHeading("%nUsage: ")
        .customSynopsis("${COMMAND-NAME} [OPTIONS] [APP]")
        .descriptionHeading("%n")
        .description(
            "APP is one of",
            "  FILE.py[:CALLABLE]  a Python file; CALLABLE defaults to application, then app",
            "  MODULE[:CALLABLE]   a Python module; a factory such as create_app() works too",
            "  SCRIPT              a Python file that starts flup's or wsgiref's server",
            "                      itself: any file without .py (hello.fcgi), any with",
            "                      wsgi-bridge in its first line, or without an application;",
            "                      served as it asks, unless an option says otherwise",
            "  CLASS               a Java class that implements dev.wsgibridge.Application",
            "  cgi:FILE            a CGI program, in any language; cgi:FOLDER for a folder",
            "Without APP and --mount it serves a tour of what it can do.")
        .optionListHeading("%nOptions:%n")
        .commandListHeading("%nInstead of serving:%n")
        .footerHeading("%nExamples:%n")
        .footer(
            "  ${COMMAND-NAME}",
            "      the tour, at http://127.0.0.1:8080",
            "  ${COMMAND-NAME} examples/hello.py",
            "      a Python file",
            "  ${COMMAND-NAME} mysite.wsgi:application --python-path src",
            "      a module below src; the active virtual environment is found by itself",
            "  ${COMMAND-NAME} shop:create_app --bind http://0.0.0.0:8000 --threads 8",
            "      an application factory, for other machines too",
            "  ${COMMAND-NAME} mysite.wsgi --workers 4 --max-requests 1000",
            "      prefork: four processes, each replaced after a thousand requests",
            "  ${COMMAND-NAME} dev.wsgibridge.examples.Hello --classpath target/classes",
            "      a Java application",
            "  ${COMMAND-NAME} shop.py --bind fcgi+unix:///run/shop.sock --chown-socket :www-data",
            "      behind nginx or Apache, by FastCGI",
            "  ${COMMAND-NAME} --mount /shop=shop.py --mount /api=com.example.Api --lint",
            "      Python and Java side by side, both checked");
    return spec;
  }

  static OptionSpec repeatable(String name, String value, String description) {
    return OptionSpec.builder(name)
        .paramLabel(value)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .description(description)
        .build();
  }

  static OptionSpec single(String name, String value, String description) {
    return OptionSpec.builder(name)
        .paramLabel(value)
        .type(String.class)
        .description(description)
        .build();
  }

  /**
   * Reads the command line.
   *
   * @throws ParameterException it is wrong usage
   */
  static Arguments of(ParseResult parsed) {
    return new Arguments(
        parsed.matchedPositionalValue(0, (String) null),
        parsed.matchedOptionValue(BIND, List.of(DEFAULT_BIND)),
        parsed.matchedOptionValue(MOUNT, List.of()),
        parsed.matchedOptionValue(SCRIPT_NAME, ""),
        parsed.hasMatchedOption(LINT),
        WorkerArguments.workers(parsed),
        parsed.matchedOptionValue(THREADS, 0),
        WorkerArguments.backlog(parsed),
        WorkerArguments.postBuffering(parsed),
        parsed.matchedOptionValue(GRACEFUL_TIMEOUT, new Timeout().convert(DEFAULT_TIMEOUT)),
        parsed.matchedOptionValue(GRACEFUL_IDLE, WsgiServer.Options.GRACEFUL_IDLE),
        parsed.matchedOptionValue(PYTHON, LoadOptions.AUTO),
        parsed.matchedOptionValue(PYTHON_PATH, List.<String>of()).stream().map(Path::of).toList(),
        parsed.matchedOptionValue(CLASSPATH, List.of()),
        ClientArguments.of(parsed),
        FrontArguments.of(parsed));
  }

  /**
   * Reads the command line as if further options stood there; those that do stand there win.
   *
   * @param further {@code --NAME=VALUE}, each
   * @throws ParameterException one of them is wrong
   */
  static Arguments of(ParseResult parsed, List<String> further) {
    List<String> words = new ArrayList<>();
    for (String word : further) {
      if (!parsed.hasMatchedOption(word.substring(0, word.indexOf('=')))) {
        words.add(word);
      }
    }
    words.addAll(parsed.originalArgs());
    return of(new CommandLine(spec()).parseArgs(words.toArray(String[]::new)));
  }

  /** How the applications are to be loaded. */
  LoadOptions loadOptions(ClassLoader classLoader) {
    return new LoadOptions(
        python, pythonPath, workers, threads, backlog, postBuffering, gracefulTimeout, classLoader);
  }
}
