package dev.wsgibridge.launcher;

import dev.wsgibridge.jetty.ClientLimits;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options that say what clients may ask of the server. */
final class ClientArguments {

  static final String MAX_RESPONSE_HEAD = "--max-response-head";
  static final String REQUEST_HEAD_TIMEOUT = "--request-head-timeout";
  static final String MIN_REQUEST_RATE = "--min-request-rate";
  static final String MIN_RESPONSE_RATE = "--min-response-rate";

  private static final int LEAST_HEAD_BYTES = 1024;

  private ClientArguments() {}

  /** The options, in the order of the help. */
  static List<OptionSpec> options() {
    ClientLimits defaults = ClientLimits.DEFAULT;
    return List.of(
        OptionSpec.builder(REQUEST_HEAD_TIMEOUT)
            .paramLabel("TIME")
            .type(Duration.class)
            .converters(new Timeout())
            .description(
                "how long the head of a request may take to arrive; 0 for as long as it likes (default: %ds)"
                    .formatted(defaults.headTimeout().toSeconds()))
            .build(),
        WorkerArguments.number(
            MIN_REQUEST_RATE,
            "BYTES",
            0,
            "how many bytes of its body a client must send in a second, on the average of 20 s or more, where the application waits for them; 0 for any (default: %d)"
                .formatted(defaults.minRequestRate())),
        WorkerArguments.number(
            MIN_RESPONSE_RATE,
            "BYTES",
            0,
            "how many bytes of a response a client must take in a second, in the same way; 0 for any (default: %d)"
                .formatted(defaults.minResponseRate())),
        WorkerArguments.number(
            MAX_RESPONSE_HEAD,
            "BYTES",
            LEAST_HEAD_BYTES,
            "how long the status and the headers of a response may be; longer ones are a 500 (default: %d)"
                .formatted(defaults.responseHeadBytes())));
  }

  /** Reads the command line. */
  static ClientLimits of(ParseResult parsed) {
    ClientLimits defaults = ClientLimits.DEFAULT;
    return new ClientLimits(
        parsed.matchedOptionValue(MAX_RESPONSE_HEAD, defaults.responseHeadBytes()),
        parsed.matchedOptionValue(REQUEST_HEAD_TIMEOUT, defaults.headTimeout()),
        parsed.matchedOptionValue(MIN_REQUEST_RATE, defaults.minRequestRate()),
        parsed.matchedOptionValue(MIN_RESPONSE_RATE, defaults.minResponseRate()),
        defaults.grace());
  }
}
