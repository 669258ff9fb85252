package dev.wsgibridge;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Worker processes for a Python application: prefork, as gunicorn and uWSGI do it. Each application
 * has its own.
 *
 * @param count how many; 0 to run the application inside the JVM; or {@link #AUTO}
 * @param timeout how long Python may be silent in a request, before its worker is replaced, or its
 *     thread where it runs inside the JVM: the time in which neither a byte is sent nor one asked
 *     for. Zero is for ever; null where it is not given, so that a script may say it, and else it
 *     is {@link #TIMEOUT}
 * @param maxRequests after how many requests a worker is replaced; 0 for never
 * @param maxRequestsJitter up to how many more those may be, by chance, so that not all workers are
 *     replaced at once
 * @param maxRssBytes above which resident memory a worker is replaced; 0 for never
 * @param preload whether the application is loaded once, before the workers are forked
 * @param reload whether the workers are replaced when a file of the application changes
 */
public record Workers(
    int count,
    @Nullable Duration timeout,
    int maxRequests,
    int maxRequestsJitter,
    long maxRssBytes,
    boolean preload,
    boolean reload) {

  /** {@link #timeout} where nothing else is said. */
  public static final Duration TIMEOUT = Duration.ofSeconds(30);

  /**
   * Inside the JVM where CPython can be there and this is no web application, which should not meet
   * others in one interpreter; else one worker.
   */
  public static final int AUTO = -1;

  /** Nothing else is said. */
  public static final Workers DEFAULT = of(AUTO);

  /** Checks each figure. */
  public Workers {
    atLeast(AUTO, "workers", count);
    atLeast(0, "max-requests", maxRequests);
    atLeast(0, "max-requests-jitter", maxRequestsJitter);
    atLeast(0, "reload-on-rss", maxRssBytes);
    if (timeout != null && timeout.isNegative()) {
      throw new IllegalArgumentException(
          "timeout: found %s, expected 0 or more".formatted(timeout));
    }
  }

  private static void atLeast(int least, String name, long found) {
    if (found < least) {
      throw new IllegalArgumentException("%s: found %d, expected 0 or more".formatted(name, found));
    }
  }

  /** How long Python may be silent: what was given, or {@link #TIMEOUT}. */
  @Override
  public Duration timeout() {
    return timeout == null ? TIMEOUT : timeout;
  }

  /** Whether a timeout was given. */
  public boolean hasTimeout() {
    return timeout != null;
  }

  /** These, but for {@link #count}. */
  public Workers withCount(int other) {
    return new Workers(
        other, timeout, maxRequests, maxRequestsJitter, maxRssBytes, preload, reload);
  }

  /** So many workers, and the defaults. */
  public static Workers of(int count) {
    return new Workers(count, null, 0, 0, 0, false, false);
  }
}
