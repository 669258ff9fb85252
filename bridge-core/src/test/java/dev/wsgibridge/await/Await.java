package dev.wsgibridge.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what only asking tells: for all else there are latches, futures and exits. */
public final class Await {

  /** Much longer than anything takes, also on a machine that has other things to do. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final long PAUSE_MILLIS = 5;

  private Await() {}

  /**
   * Asks until the answer is yes.
   *
   * @param what is waited for, as the message of the failure says it: {@code "the second worker"}
   * @throws AssertionError it did not come within a minute
   */
  public static void until(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited %s in vain for %s".formatted(PATIENCE, what));
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }
}
