package dev.wsgibridge.launcher;

import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.jetty.ClientLimits;
import dev.wsgibridge.options.Group;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What the user asks for, by the command line or in another way.
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

  /** All options of serving, in the order of the table. */
  static final List<Option> OPTIONS =
      Arrays.stream(Option.values()).filter(option -> option != Option.APP).toList();

  private static final long MEGABYTE = 1 << 20;

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
            .addPositional(CommandLineOptions.app());
    for (Group group : Group.values()) {
      List<Option> part = OPTIONS.stream().filter(option -> option.group() == group).toList();
      if (group == Group.SERVING) {
        CommandLineOptions.add(spec, part);
      } else {
        ArgGroupSpec.Builder heading =
            ArgGroupSpec.builder().validate(false).heading("%n" + group.title() + ":%n");
        part.forEach(option -> CommandLineOptions.specs(option).forEach(heading::addArg));
        spec.addArgGroup(heading.build());
      }
    }
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
        .footerHeading("%n")
        .footer(
            "Options may also stand in the environment, as WSGI_BRIDGE_THREADS=8, and in the",
            "file wsgi-bridge.toml, as threads = 8. A flag is turned off by --no- before its",
            "name. docs/options.md has more about each.",
            "",
            "Examples:",
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

  /** What is in force. */
  static Arguments of(Settings settings) {
    ClientLimits limits = ClientLimits.DEFAULT;
    return new Arguments(
        settings.text(Option.APP),
        settings.texts(Option.BIND),
        settings.texts(Option.MOUNT),
        settings.text(Option.SCRIPT_NAME, ""),
        settings.flag(Option.LINT),
        new Workers(
            settings.number(Option.WORKERS, Workers.AUTO),
            // Not given, a script may say it.
            settings.given(Option.TIMEOUT) ? settings.time(Option.TIMEOUT) : null,
            settings.number(Option.MAX_REQUESTS),
            settings.number(Option.MAX_REQUESTS_JITTER),
            settings.number(Option.RELOAD_ON_RSS) * MEGABYTE,
            settings.flag(Option.PRELOAD),
            settings.flag(Option.RELOAD)),
        settings.number(Option.THREADS),
        settings.number(Option.BACKLOG),
        settings.number(Option.POST_BUFFERING),
        settings.time(Option.GRACEFUL_TIMEOUT),
        settings.time(Option.GRACEFUL_IDLE),
        settings.text(Option.PYTHON, LoadOptions.AUTO),
        settings.texts(Option.PYTHON_PATH).stream().map(Path::of).toList(),
        settings.texts(Option.CLASSPATH),
        new ClientLimits(
            settings.number(Option.MAX_RESPONSE_HEAD),
            settings.time(Option.REQUEST_HEAD_TIMEOUT),
            settings.number(Option.MIN_REQUEST_RATE),
            settings.number(Option.MIN_RESPONSE_RATE),
            limits.grace()),
        FrontArguments.of(settings));
  }

  /** How the applications are to be loaded. */
  LoadOptions loadOptions(ClassLoader classLoader) {
    return new LoadOptions(
        python, pythonPath, workers, threads, backlog, postBuffering, gracefulTimeout, classLoader);
  }
}
