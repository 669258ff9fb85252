package dev.wsgibridge.python;

/**
 * How many threads are to run Python at a time while more tasks wait.
 *
 * <p>Python computes in one thread at a time (the GIL), and threads that take turns at it cost up
 * to a third of what they do. So one is best for what computes; what waits, for a database or for
 * another service, needs several. Which it is shows in the CPU time that they use together: where
 * it is less than a core has to give, they wait, and there are to be more of them; about one core
 * is what computes, where fewer may do as well; beyond that they compute outside of the GIL.
 */
final class Width {

  private static final double MOSTLY_WAITING = 0.25;
  private static final double WAITING = 0.7;
  private static final double OUTSIDE_OF_THE_GIL = 1.1;

  /** For how many measurements fewer threads are not tried again after that was wrong. */
  private static final int MAX_PATIENCE = 256;

  private int width = 1;
  private int patience = 1;
  private int untilFewer = 1;
  private boolean fewerTried;

  /** How many threads. */
  int get() {
    return width;
  }

  /**
   * Learns from a measurement.
   *
   * @param cores how much CPU time the threads had, divided by how long it was measured
   * @param limit how many threads there may be
   */
  void measured(double cores, int limit) {
    if (cores < WAITING) {
      if (fewerTried) {
        patience = Math.min(2 * patience, MAX_PATIENCE);
      }
      untilFewer = patience;
      fewerTried = false;
      width = Math.min(limit, cores < MOSTLY_WAITING ? 2 * width : width + 1);
    } else if (cores > OUTSIDE_OF_THE_GIL) {
      width = Math.min(limit, width + 1);
    } else if (width > 1 && --untilFewer <= 0) {
      width--;
      fewerTried = true;
      untilFewer = 1;
    }
  }
}
