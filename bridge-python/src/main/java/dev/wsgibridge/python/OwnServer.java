package dev.wsgibridge.python;

import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.time.Duration;
import java.util.List;

/**
 * What a script has started to be served by. It was not started: its options are WSGI Bridge's.
 *
 * @param name {@code flup.server.fcgi.WSGIServer}, or {@code wsgiref.simple_server}
 * @param options what that asks for, as it would be written on the command line of WSGI Bridge:
 *     {@code --bind=fcgi+fd:0}, {@code --threads=1}; or {@value #CGI}
 */
public record OwnServer(String name, List<String> options) {

  /** The option of one that answers a single request, by CGI. */
  private static final String CGI = "cgi";

  /** Keeps a copy of the list. */
  public OwnServer {
    options = List.copyOf(options);
  }

  /** Whether it answers the one request that its process was started for. */
  public boolean cgi() {
    return options.contains(CGI);
  }

  /** These options, and what this asks for where they leave it open. */
  LoadOptions askedOf(LoadOptions open) {
    Workers workers = open.workers();
    if (workers.count() == Workers.AUTO && has("--workers=")) {
      workers =
          new Workers(
              number("--workers=", 0),
              workers.hasTimeout()
                  ? workers.timeout()
                  : Duration.ofSeconds(number("--timeout=", (int) Workers.TIMEOUT.toSeconds())),
              workers.maxRequests() == 0 ? number("--max-requests=", 0) : workers.maxRequests(),
              workers.maxRequestsJitter(),
              workers.maxRssBytes(),
              workers.preload(),
              workers.reload());
    }
    return open.withWorkers(workers)
        .withThreads(open.threads() == 0 ? number("--threads=", cgi() ? 1 : 0) : open.threads());
  }

  private boolean has(String begin) {
    return options.stream().anyMatch(option -> option.startsWith(begin));
  }

  private int number(String begin, int otherwise) {
    return options.stream()
        .filter(option -> option.startsWith(begin))
        .map(option -> Integer.valueOf(option.substring(begin.length())))
        .findFirst()
        .orElse(otherwise);
  }
}
