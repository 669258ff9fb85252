package dev.wsgibridge.launcher;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An application that holds so many of the server's threads at a time, and no more: what comes
 * beyond is answered 503 at once, so that the other applications are answered as ever.
 */
final class Bounded implements Application {

  private static final Logger LOG = LoggerFactory.getLogger("wsgi-bridge");

  /** Between two lines of the log. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final Application application;
  private final String prefix;
  private final int share;
  private final Semaphore free;
  private final AtomicLong refusals = new AtomicLong();
  private final AtomicLong lastLine = new AtomicLong(System.nanoTime() - PAUSE.toNanos());

  /**
   * Bounds an application.
   *
   * @param prefix where it stands, for the log
   * @param share how many requests it may have at a time, up to the end of their responses
   */
  Bounded(Application application, String prefix, int share) {
    this.application = application;
    this.prefix = prefix;
    this.share = share;
    this.free = new Semaphore(share);
  }

  @Override
  public Body call(Environ environ, StartResponse startResponse) throws Exception {
    if (!free.tryAcquire()) {
      return refused(startResponse);
    }
    boolean held = false;
    try {
      Body body = application.call(environ, startResponse);
      held = body != null; // Gateway tells what it thinks of null
      return held ? body.onClose(free::release) : body;
    } finally {
      if (!held) {
        free.release();
      }
    }
  }

  private Body refused(StartResponse startResponse) {
    refusals.incrementAndGet();
    long now = System.nanoTime();
    long last = lastLine.get();
    if (now - last >= PAUSE.toNanos() && lastLine.compareAndSet(last, now)) {
      LOG.warn(
          "{} has {} requests, which is its share of the server's threads; {} more answered 503",
          prefix.isEmpty() ? "/" : prefix,
          share,
          refusals.getAndSet(0));
    }
    startResponse.start(
        "503 Service Unavailable",
        List.of(
            new Header("Content-Type", "text/plain; charset=utf-8"),
            new Header("Retry-After", "1")));
    return Body.of("Service Unavailable\n");
  }
}
