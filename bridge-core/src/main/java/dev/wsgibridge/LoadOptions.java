package dev.wsgibridge;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How an application is to be found and run.
 *
 * <p>What of a Python application may run at once is {@code threads}, times the number of its
 * workers where it has some. What comes beyond waits, up to {@code backlog} calls; the next are
 * answered 503. Each that waits holds a thread of the server, so let it be fewer than the server
 * has.
 *
 * @param python what runs Python: {@code auto}, {@code graalpy}, or the path of a Python 3
 * @param pythonPath folders that are searched for Python modules first, in this order
 * @param workers the processes that a Python application runs in, if any
 * @param threads how many calls run at once, in each worker where there are workers; 0 for the
 *     default: 1 in each of several workers, else 8
 * @param backlog how many calls may wait for their turn
 * @param postBuffering where above 0, a Python application is called only when all of a request's
 *     body is there: so many bytes of it are kept in memory, the rest in a temporary file. Where 0,
 *     it is called as soon as a body of known size is there, or its first 64 KiB
 * @param gracefulTimeout how long threads and exit handlers of a Python application may take at its
 *     end, or at that of one of its workers; what is not through by then is cut off
 * @param classLoader where Java classes are looked up
 */
public record LoadOptions(
    String python,
    List<Path> pythonPath,
    Workers workers,
    int threads,
    int backlog,
    int postBuffering,
    Duration gracefulTimeout,
    ClassLoader classLoader) {

  /** {@code auto}: the user's Python where there is one, else GraalPy. */
  public static final String AUTO = "auto";

  /** The Python that is written in Java and needs nothing installed. */
  public static final String GRAALPY = "graalpy";

  /**
   * {@link #backlog} where nothing else is said: half the threads that containers have by default.
   */
  public static final int BACKLOG = 100;

  /** {@link #gracefulTimeout} where nothing else is said. */
  public static final Duration GRACEFUL_TIMEOUT = Duration.ofSeconds(30);

  /** Keeps a copy of the list. */
  public LoadOptions {
    pythonPath = List.copyOf(pythonPath);
    if (threads < 0) {
      throw new IllegalArgumentException(
          "threads: found " + threads + ", expected 1 or more, or 0 for the default");
    }
    if (backlog < 0) {
      throw new IllegalArgumentException("backlog: found " + backlog + ", expected 0 or more");
    }
    if (postBuffering < 0) {
      throw new IllegalArgumentException(
          "post-buffering: found " + postBuffering + ", expected 0 or more");
    }
    if (gracefulTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "graceful timeout: found " + gracefulTimeout + ", expected 0 or more");
    }
  }

  /** Without {@link #postBuffering}, and with the default of {@link #gracefulTimeout}. */
  public LoadOptions(
      String python,
      List<Path> pythonPath,
      Workers workers,
      int threads,
      int backlog,
      ClassLoader classLoader) {
    this(python, pythonPath, workers, threads, backlog, 0, GRACEFUL_TIMEOUT, classLoader);
  }

  /** The defaults: Python as it is found, no further folders, classes from {@code classLoader}. */
  public static LoadOptions defaults(ClassLoader classLoader) {
    return new LoadOptions(AUTO, List.of(), Workers.DEFAULT, 0, BACKLOG, classLoader);
  }

  /** These, with another {@link #python}. */
  public LoadOptions withPython(String other) {
    return new LoadOptions(
        other, pythonPath, workers, threads, backlog, postBuffering, gracefulTimeout, classLoader);
  }

  /** These, with another {@link #pythonPath}. */
  public LoadOptions withPythonPath(Path... folders) {
    return new LoadOptions(
        python,
        List.of(folders),
        workers,
        threads,
        backlog,
        postBuffering,
        gracefulTimeout,
        classLoader);
  }

  /** These, with other {@link #workers}. */
  public LoadOptions withWorkers(Workers other) {
    return new LoadOptions(
        python, pythonPath, other, threads, backlog, postBuffering, gracefulTimeout, classLoader);
  }

  /** These, with another number of {@link #threads}. */
  public LoadOptions withThreads(int count) {
    return new LoadOptions(
        python, pythonPath, workers, count, backlog, postBuffering, gracefulTimeout, classLoader);
  }

  /** These, with another {@link #gracefulTimeout}. */
  public LoadOptions withGracefulTimeout(Duration time) {
    return new LoadOptions(
        python, pythonPath, workers, threads, backlog, postBuffering, time, classLoader);
  }

  /** These, with another {@link #backlog}. */
  public LoadOptions withBacklog(int count) {
    return new LoadOptions(
        python, pythonPath, workers, threads, count, postBuffering, gracefulTimeout, classLoader);
  }

  /** These, with another {@link #postBuffering}. */
  public LoadOptions withPostBuffering(int bytes) {
    return new LoadOptions(
        python, pythonPath, workers, threads, backlog, bytes, gracefulTimeout, classLoader);
  }
}
