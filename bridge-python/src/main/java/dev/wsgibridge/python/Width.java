package dev.wsgibridge.python;

/**
 * How many threads are to run Python at a time while more tasks wait: one, or all.
 *
 * <p>Python computes in one thread at a time (the GIL), and threads that take turns at it cost up
 * to half of what they do: one is best for what computes. What waits, for a database or for another
 * service, needs all of them. No clock tells the two apart on a busy machine, so both are tried
 * from time to time, and what gets more done is kept.
 */
final class Width {

  /** For how many measurements each is tried, and then kept. */
  private static final int TRIAL = 5;

  private static final int MIN_KEPT = 50;
  private static final int MAX_KEPT = 800;

  /** All of them must be worth it: by so much they have to get more done. */
  private static final double WORTH = 1.1;

  private enum Phase {
    ALONE,
    TOGETHER,
    KEPT
  }

  private Phase phase = Phase.ALONE;
  private boolean alone = true;
  private int kept = MIN_KEPT;
  private int count;
  private double sum;
  private double doneAlone;

  /** How many threads, of {@code limit}. */
  int of(int limit) {
    return alone ? 1 : limit;
  }

  /**
   * Learns how much was done while tasks waited.
   *
   * @param rate tasks a second
   */
  void measured(double rate) {
    if (alone && rate == 0) {
      // The one may wait for another.
      become(Phase.TOGETHER, false);
      kept = MIN_KEPT;
      doneAlone = 0;
      return;
    }
    sum += rate;
    if (++count < (phase == Phase.KEPT ? kept : TRIAL)) {
      return;
    }
    double done = sum / count;
    switch (phase) {
      case ALONE -> {
        doneAlone = done;
        become(Phase.TOGETHER, false);
      }
      case TOGETHER -> {
        become(Phase.KEPT, done < WORTH * doneAlone);
        kept = Math.min(2 * kept, MAX_KEPT);
      }
      case KEPT -> become(Phase.ALONE, true);
    }
  }

  private void become(Phase next, boolean alone) {
    phase = next;
    this.alone = alone;
    count = 0;
    sum = 0;
  }
}
