package dev.wsgibridge.contract;

/**
 * How many requests a Python application can answer at once.
 *
 * @param workers how many processes, or contexts of GraalPy, run it
 * @param threads how many threads each of them has; 0 for several, as nothing is said
 */
record Scale(int workers, int threads) {

  /** Where nothing is said. */
  static final Scale USUAL = new Scale(1, 0);

  /** For the reader of a report. */
  String title() {
    return counted(workers, "worker") + " × " + counted(threads, "thread");
  }

  /** Whether a request has to wait until the one before it is answered. */
  boolean isOneAtATime() {
    return workers == 1 && threads == 1;
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}
