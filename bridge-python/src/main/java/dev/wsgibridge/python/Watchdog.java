package dev.wsgibridge.python;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the calls of an interpreter of this process, which can't be killed: one that is
 * silent for longer than its timeout is given up. Its client is answered, the log hears where it
 * stands, and it gets an exception. Where that does not end it, its thread is written off.
 *
 * <p>The thread that looks never waits for Python, which native code may keep from everyone;
 * another thread asks and interrupts.
 */
final class Watchdog {

  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  /** How long Python has to say where a call stands. */
  private static final Duration LAST_WORDS = Duration.ofMillis(500);

  /** How long an exception has to end a call. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private static final Duration MAX_TICK = Duration.ofSeconds(1);
  private static final Duration MIN_TICK = Duration.ofMillis(20);

  /** A call that was given up. */
  private static final class Hang {
    final PythonThreads.Running where;
    final long since = System.nanoTime();
    final CompletableFuture<String> stack;
    boolean told;
    boolean writtenOff;

    Hang(PythonThreads.Running where, CompletableFuture<String> stack) {
      this.where = where;
      this.stack = stack;
    }

    boolean settled() {
      return told && writtenOff;
    }
  }

  private final Carrier carrier;
  private final PythonThreads threads;
  private final Map<PythonCall, Hang> hangs = new HashMap<>();
  private final ExecutorService interrupter;
  private Duration tick = MAX_TICK;
  private @Nullable Thread thread;

  Watchdog(Carrier carrier, PythonThreads threads) {
    this.carrier = carrier;
    this.threads = threads;
    this.interrupter =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread =
                  new Thread(
                      () -> {
                        carrier.attach();
                        task.run();
                        carrier.detach();
                      },
                      "python-interrupter");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** From now on there are calls with this timeout, zero for none. */
  synchronized void watch(Duration timeout) {
    if (timeout.isZero()) {
      return;
    }
    Duration part = timeout.dividedBy(4);
    tick = part.compareTo(tick) < 0 ? part : tick;
    tick = tick.compareTo(MIN_TICK) < 0 ? MIN_TICK : tick;
    if (thread == null) {
      thread = new Thread(this::run, "python-watchdog");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Waits for its threads, which end once those of Python are closed. One that Python keeps ends
   * later.
   */
  void close(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    Thread ending;
    synchronized (this) {
      ending = thread;
    }
    try {
      if (ending == null) {
        interrupter.shutdown();
      } else {
        LockSupport.unpark(ending);
        ending.join(Math.max(1, patience.toMillis()));
      }
      if (!interrupter.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        LOG.warn("a call that hangs keeps the thread that would interrupt it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Duration tick() {
    return tick;
  }

  private void run() {
    while (!threads.closed()) {
      boolean unsettled = hangs.values().stream().anyMatch(hang -> !hang.settled());
      LockSupport.parkNanos(this, (unsettled ? MIN_TICK : tick()).toNanos());
      try {
        look();
      } catch (RuntimeException | Error e) {
        // Without this thread calls would hang for good.
        LOG.error("calls of Python can't be looked after now", e);
      }
    }
    hangs.values().stream().filter(hang -> !hang.told).forEach(Watchdog::tell);
    interrupter.shutdown();
  }

  private void look() {
    List<PythonThreads.Running> running = threads.running();
    for (PythonThreads.Running each : running) {
      if (!hangs.containsKey(each.call()) && each.call().giveUp()) {
        hangs.put(each.call(), new Hang(each, interrupt(each)));
      }
    }
    Collection<Hang> all = hangs.values();
    all.removeIf(hang -> hang.told && !running.contains(hang.where));
    for (Hang hang : all) {
      long age = System.nanoTime() - hang.since;
      if (!hang.told && (hang.stack.isDone() || age > LAST_WORDS.toNanos())) {
        hang.told = true;
        tell(hang);
      }
      if (!hang.writtenOff && age > GRACE.toNanos()) {
        hang.writtenOff = true;
        threads.writeOff(hang.where);
      }
    }
  }

  private static void tell(Hang hang) {
    hang.where.call().tell(hang.where.thread().getName(), hang.stack.getNow(""));
  }

  /** Tells where the call stands, and interrupts it then. */
  private CompletableFuture<String> interrupt(PythonThreads.Running hung) {
    CompletableFuture<String> stack = new CompletableFuture<>();
    try {
      interrupter.execute(
          () -> {
            try {
              stack.complete(carrier.stack(hung.thread()));
              hung.call().interrupt(carrier, hung.thread());
            } catch (RuntimeException | Error e) {
              LOG.warn("{} can't be interrupted", hung.thread().getName(), e);
              stack.complete("");
            }
          });
    } catch (RejectedExecutionException e) {
      stack.complete("");
    }
    return stack;
  }
}
