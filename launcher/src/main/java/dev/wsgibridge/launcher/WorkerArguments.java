package dev.wsgibridge.launcher;

import dev.wsgibridge.Workers;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** What the user wrote of worker processes, by the names that gunicorn and uWSGI have for it. */
final class WorkerArguments {

  static final String WORKERS = "--workers";
  static final String TIMEOUT = "--timeout";
  static final String MAX_REQUESTS = "--max-requests";
  static final String MAX_REQUESTS_JITTER = "--max-requests-jitter";
  static final String RELOAD_ON_RSS = "--reload-on-rss";
  static final String PRELOAD = "--preload";
  static final String RELOAD = "--reload";
  static final String BACKLOG = "--backlog";
  static final String POST_BUFFERING = "--post-buffering";
  static final String EXIT_ON_HANG = "--exit-on-hang";

  /** What has no meaning to an application in Java. */
  static final List<String> FOR_PYTHON =
      List.of(TIMEOUT, MAX_REQUESTS, MAX_REQUESTS_JITTER, RELOAD_ON_RSS, PRELOAD, RELOAD);

  private static final long MEGABYTE = 1 << 20;

  private WorkerArguments() {}

  /** The options, in the order of the help. */
  static List<OptionSpec> options() {
    return List.of(
        number(
            WORKERS,
            "N",
            0,
            "run a Python application in N processes of your Python, each with --threads threads (default there: 1), instead of inside the JVM, which is 0; SIGHUP replaces them gracefully"),
        OptionSpec.builder(TIMEOUT)
            .paramLabel("TIME")
            .type(Duration.class)
            .converters(new Timeout())
            .description(
                "how long Python may be silent in a request, neither sending nor reading, before it is answered 504: then its worker is replaced, or inside the JVM its thread; 0 for ever (default: %ds)"
                    .formatted(Workers.TIMEOUT.toSeconds()))
            .build(),
        number(MAX_REQUESTS, "N", 0, "replace a worker after N requests (default: 0, never)"),
        number(
            MAX_REQUESTS_JITTER,
            "N",
            0,
            "and up to N more, by chance, so that they aren't replaced all at once (default: 0)"),
        number(
            RELOAD_ON_RSS,
            "MB",
            0,
            "replace a worker whose resident memory is above this (default: 0, never)"),
        flag(PRELOAD, "load the application once, before the workers are forked from it"),
        flag(RELOAD, "replace the workers when a file of the application changes"),
        number(
            BACKLOG,
            "N",
            0,
            "how many requests may wait for a Python thread; the next get 503 (default, and at most for all applications together: %d)"
                .formatted(ThreadPlan.WAITING)),
        number(
            POST_BUFFERING,
            "BYTES",
            0,
            "call Python only when all of a request's body is there, of which more than so many bytes are put into a temporary file (default: 0, call it when 64 KB are there)"),
        flag(
            EXIT_ON_HANG,
            "end the process, with status 75, when calls hang inside the JVM in so many threads that no more are replaced, so that what supervises it starts a new one"));
  }

  private static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  /** An option whose value is a whole number, {@code least} or more. */
  static OptionSpec number(String name, String label, int least, String description) {
    ITypeConverter<Integer> converter =
        text -> {
          try {
            int number = Integer.parseInt(text);
            if (number >= least) {
              return number;
            }
          } catch (NumberFormatException e) {
            // Said below.
          }
          throw new TypeConversionException(
              "found '%s', expected %d or more".formatted(text, least));
        };
    return OptionSpec.builder(name)
        .paramLabel(label)
        .type(Integer.class)
        .converters(converter)
        .description(description)
        .build();
  }

  /** The workers that are wished for. */
  static Workers workers(ParseResult parsed) {
    return new Workers(
        parsed.matchedOptionValue(WORKERS, Workers.AUTO),
        parsed.matchedOptionValue(TIMEOUT, (Duration) null),
        parsed.matchedOptionValue(MAX_REQUESTS, 0),
        parsed.matchedOptionValue(MAX_REQUESTS_JITTER, 0),
        parsed.matchedOptionValue(RELOAD_ON_RSS, 0) * MEGABYTE,
        parsed.hasMatchedOption(PRELOAD),
        parsed.hasMatchedOption(RELOAD));
  }

  /** How many requests may wait. */
  static int backlog(ParseResult parsed) {
    return parsed.matchedOptionValue(BACKLOG, ThreadPlan.WAITING);
  }

  /** What of a request's body is kept in memory where all of it is awaited; 0 where it isn't. */
  static int postBuffering(ParseResult parsed) {
    return parsed.matchedOptionValue(POST_BUFFERING, 0);
  }
}
