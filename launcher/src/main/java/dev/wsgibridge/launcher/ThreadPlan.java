package dev.wsgibridge.launcher;

import dev.wsgibridge.LoadOptions;

/**
 * How the server's threads are divided among the applications of one command: each holds a share at
 * the most, whatever it does with it, so that the others are answered all the same.
 *
 * <p>A request holds a thread from its first byte to the last of its response, and while it waits
 * for a thread of Python or for a worker. So as many may wait as there are threads for it.
 *
 * @param server how many threads the server has; 0 for its default
 * @param share how many an application may hold; 0 where it is the only one, and may hold all
 * @param backlog how many calls of an application may wait
 */
record ThreadPlan(int server, int share, int backlog) {

  /** How many requests may wait in all. A thread that waits costs some 100 KB. */
  static final int WAITING = 512;

  /** How many of an application may wait, however many applications there are. */
  private static final int LEAST_WAITING = 32;

  /** For what is neither at work nor waits: refusals, slow clients of the only application. */
  private static final int SPARE = 64;

  /** Threads for an application in Java, where there are several. */
  private static final int JAVA_SHARE = 100;

  private static final int PYTHON_THREADS = 8;

  /** Where all applications are Java's: they run on the server's threads. */
  static ThreadPlan ofClasses(int applications, int threads, int backlog) {
    if (applications <= 1) {
      return new ThreadPlan(threads, 0, backlog);
    }
    int server = threads > 0 ? threads : applications * JAVA_SHARE;
    return new ThreadPlan(server, Math.max(1, server / applications), backlog);
  }

  /** Where some are Python's, or programs, with threads or processes of their own. */
  static ThreadPlan of(int applications, LoadOptions options) {
    int backlog =
        Math.min(options.backlog(), Math.max(LEAST_WAITING, WAITING / Math.max(1, applications)));
    int workers = options.workers().count();
    int threads = options.threads();
    int atWork =
        workers > 0
            ? Math.multiplyExact(workers, Math.max(1, threads))
            : threads > 0 ? threads : PYTHON_THREADS;
    int share = atWork + Math.max(backlog, LEAST_WAITING);
    return new ThreadPlan(
        Math.max(1, applications) * share + SPARE, applications <= 1 ? 0 : share, backlog);
  }
}
