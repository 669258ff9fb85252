package dev.wsgibridge.launcher;

import dev.wsgibridge.Application;
import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.RuleBrokenException;
import dev.wsgibridge.python.PythonApplication;
import dev.wsgibridge.python.PythonException;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.Request;
import dev.wsgibridge.testing.TestClient;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What {@code wsgi-bridge check} found, in plain lines. */
final class CheckReport {

  private static final int FIRST_SERVER_ERROR = 500;

  /** How much of a body is taken: enough of one that does not end. */
  private static final long MOST_BYTES = 64 * 1024 * 1024;

  /** What of {@code wsgi.errors} is shown for one request. */
  private static final int MOST_LINES = 20;

  private final Application application;
  private final Application raw;
  private final Duration timeout;
  private final PrintStream out;
  private boolean hangs;
  private final Set<List<String>> shown = new HashSet<>();

  /**
   * A report that is not begun.
   *
   * @param loaded one application, with the validator before it
   * @param timeout how long an answer may take; zero for ever
   */
  CheckReport(Loaded loaded, Duration timeout, PrintStream out) {
    this.application = loaded.application();
    this.raw = loaded.parts().get(0);
    this.timeout = timeout;
    this.out = out;
  }

  /** Whether a request was given up that the application still works at. */
  boolean hangs() {
    return hangs;
  }

  /**
   * Sends the requests and prints what comes of them.
   *
   * @return whether all is well
   */
  boolean print(String name, String path) throws InterruptedException {
    line("application", name);
    line("runs on", raw instanceof PythonApplication python ? python.description() : java());
    int failed = 0;
    Map<String, Request> requests = requests(path);
    for (Map.Entry<String, Request> request : requests.entrySet()) {
      if (!tried(request.getKey(), request.getValue())) {
        failed++;
      }
      if (hangs) {
        line("result", "the application hangs; the other requests were not sent");
        return false;
      }
    }
    if (raw instanceof PythonApplication) {
      // Last, for many a module is only loaded by a request.
      modules();
    }
    line(
        "result",
        failed == 0
            ? "no request failed, and no rule was broken"
            : "%d of %d requests failed".formatted(failed, requests.size()));
    return failed == 0;
  }

  private String java() {
    return "Java %s: %s".formatted(Runtime.version().feature(), raw.getClass().getName());
  }

  private Map<String, Request> requests(String path) {
    TestClient client = TestClient.of(application);
    String below = path.endsWith("/") ? path : path + "/";
    Map<String, Request> requests = new LinkedHashMap<>();
    for (String target :
        List.of(path, path + "?page=2&q=caf%C3%A9", below + "no-such-caf%C3%A9/a%2Fb")) {
      requests.put("GET " + target, client.request("GET", target));
    }
    requests.put(
        "GET " + path + ", if modified",
        client.request("GET", path).header("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"));
    requests.put("HEAD " + path, client.request("HEAD", path));
    requests.put(
        "POST " + path + ", a form",
        client.request("POST", path).form(Map.of("wsgi-bridge-check", "caf\u00e9")));
    return requests;
  }

  private boolean tried(String title, Request request) throws InterruptedException {
    long start = System.nanoTime();
    Answer answer = sent(request.leaveAfter(MOST_BYTES));
    if (answer == null) {
      hangs = true;
      line(title, "no answer, or no end of it, for %d s".formatted(patience().toSeconds()));
      return false;
    }
    double milliseconds = (System.nanoTime() - start) / 1e6;
    Throwable failure = answer.failure();
    String type = answer.header("Content-Type");
    line(
        title,
        String.format(
            Locale.ROOT,
            "%d %s, %s, %d bytes in %.1f ms",
            answer.status(),
            answer.reason(),
            type == null ? "no Content-Type" : type,
            answer.body().length,
            milliseconds));
    if (failure != null) {
      List<String> told = told(failure);
      (shown.add(told) ? told : List.of("the same again")).forEach(text -> line("", text));
    } else if (answer.outcome() == Outcome.BROKEN_OFF) {
      line("", "the response was broken off");
    }
    answer.errors().lines().limit(MOST_LINES).forEach(text -> line("", "wsgi.errors: " + text));
    return failure == null
        && answer.outcome() != Outcome.BROKEN_OFF
        && answer.status() < FIRST_SERVER_ERROR;
  }

  /** The answer; null where none comes in time. */
  private @Nullable Answer sent(Request request) throws InterruptedException {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                answer.complete(request.send());
              } catch (Throwable e) {
                answer.completeExceptionally(e);
              }
            },
            "check");
    thread.setDaemon(true);
    thread.start();
    try {
      return timeout.isZero()
          ? answer.join()
          : answer.get(patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }

  /** A worker that takes as long as it may is replaced first, and Python's stack is in the log. */
  private Duration patience() {
    return timeout.plusSeconds(1);
  }

  /** A failure, with the line of the application where that is known. */
  private List<String> told(Throwable failure) {
    List<String> told = new ArrayList<>();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof PythonException python) {
        return String.valueOf(python.getMessage()).lines().toList();
      }
      if (cause instanceof RuleBrokenException || cause.getCause() == null) {
        told.add(cause instanceof RuleBrokenException ? cause.getMessage() : cause.toString());
        break;
      }
    }
    String place = place(failure);
    if (place != null) {
      told.add("  the application: " + place);
    }
    return told;
  }

  private @Nullable String place(Throwable failure) {
    if (raw instanceof PythonApplication) {
      List<String[]> application = inspected("application");
      return application.isEmpty()
          ? null
          : "%s, line %s".formatted(application.get(0)[1], application.get(0)[2]);
    }
    String type = raw.getClass().getName();
    for (StackTraceElement frame : failure.getStackTrace()) {
      // Lambdas and classes within it, too.
      if (frame.getClassName().startsWith(type)) {
        return "%s, line %d".formatted(frame.getFileName(), frame.getLineNumber());
      }
    }
    return type;
  }

  private void modules() {
    List<String[]> frameworks = inspected("framework");
    line(
        "frameworks",
        frameworks.isEmpty()
            ? "none that is known"
            : frameworks.stream()
                .map(words -> (words[1] + " " + words[2]).strip())
                .distinct()
                .collect(Collectors.joining(", ")));
    List<String[]> natives = inspected("native");
    if (natives.isEmpty()) {
      line("native modules", "none but Python's own: any Python can run it");
      return;
    }
    natives.forEach(words -> line("native module", words[1] + " (" + words[2] + ")"));
    line("", "CPython takes them, in the JVM and in worker processes;");
    line("", "GraalPy only as its own pip builds them, and in one context only");
  }

  /** What Python tells of itself: the words of each line that begins with {@code kind}. */
  private List<String[]> inspected(String kind) {
    return TestClient.of(raw)
        .request("GET", "/")
        .environ(PythonApplication.INSPECT, "1")
        .send()
        .text()
        .lines()
        .map(line -> line.split("\t", -1))
        .filter(words -> words[0].equals(kind))
        .toList();
  }

  private void line(String title, String text) {
    out.println("%-32s  %s".formatted(title, text).stripTrailing());
    out.flush();
  }
}
