package dev.wsgibridge.python;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be seen of calls that wait for their turn: a line of the log when one has waited long,
 * and when one is refused, but not for each.
 */
final class Queue {

  private static final Logger LOG = LoggerFactory.getLogger(Queue.class);

  /** A wait that is worth a line. */
  private static final Duration LONG = Duration.ofSeconds(1);

  /** Between two lines. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final String forWhat;
  private final Pause waited = new Pause();
  private final Pause refused = new Pause();
  private final AtomicLong refusals = new AtomicLong();

  /** A queue for {@code forWhat}: {@code 8 Python threads}. */
  Queue(String forWhat) {
    this.forWhat = forWhat;
  }

  /**
   * A call comes, and has to wait.
   *
   * @param waiting how many do already
   * @param most how many may
   * @throws UnansweredException too many wait already; the log knows
   */
  void enter(int waiting, int most) throws UnansweredException {
    if (waiting < most) {
      return;
    }
    refusals.incrementAndGet();
    if (refused.over()) {
      LOG.warn(
          "{} requests wait for the {}, as many as --backlog allows; {} more answered 503",
          waiting,
          forWhat,
          refusals.getAndSet(0));
    }
    throw new UnansweredException(
        UnansweredException.Status.SERVICE_UNAVAILABLE, "too many requests wait");
  }

  /**
   * A call's turn has come.
   *
   * @param nanos how long it has waited
   * @param waiting how many wait still
   */
  void leave(long nanos, int waiting) {
    if (nanos >= LONG.toNanos() && waited.over()) {
      LOG.warn(
          "a request has waited {} ms for the {}, which are all busy, and {} more wait; --threads and --workers say how many there are",
          nanos / 1_000_000,
          forWhat,
          waiting);
    }
  }

  /** Keeps lines apart. */
  private static final class Pause {

    private final AtomicLong last = new AtomicLong(System.nanoTime() - PAUSE.toNanos());

    boolean over() {
      long now = System.nanoTime();
      long then = last.get();
      return now - then >= PAUSE.toNanos() && last.compareAndSet(then, now);
    }
  }
}
