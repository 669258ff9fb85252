package dev.wsgibridge.launcher;

import dev.wsgibridge.python.ProcessSignal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wish to stop: SIGTERM, or SIGINT as Ctrl-C sends it. Beside it SIGHUP, the wish to reload.
 *
 * <p>By default the JVM answers them by itself, with exit status 143 or 130 and no way to stop at
 * once during an orderly stop. So it is told to leave them to us.
 */
final class StopSignal {

  private static final Logger LOG = LoggerFactory.getLogger("wsgi-bridge");

  private static final int INTERRUPTED = 130;

  private final CompletableFuture<@Nullable Void> raised = new CompletableFuture<>();

  /** Signals to stop, so far. */
  private final AtomicInteger signals = new AtomicInteger();

  private volatile Runnable abort = () -> {};

  /**
   * From now on the first signal raises this, and a second one ends the process at once, as soon as
   * {@link #onSecond} is through; a third doesn't wait for that. Where it is raised already there
   * is nothing to listen for.
   *
   * @param reload what SIGHUP does
   */
  void listen(Runnable reload) {
    if (raised.isDone()) {
      return;
    }
    try {
      ProcessSignal.handle("TERM", before -> raise());
      ProcessSignal.handle("INT", before -> raise());
      ProcessSignal.handle("HUP", before -> reload.run());
      // By default it would end the process; tools that rotate logs send it.
      ProcessSignal.handle(
          "USR1",
          before ->
              LOG.info("SIGUSR1: there is no log to be opened again; it goes to standard error"));
    } catch (ReflectiveOperationException e) {
      LOG.warn(
          "signals are left to the JVM: requests in flight won't be waited for ({})", e.toString());
    }
  }

  /** Sets what a second signal does before it ends the process. */
  void onSecond(Runnable action) {
    abort = action;
  }

  /** What a signal does. */
  void raise() {
    int count = signals.incrementAndGet();
    if (raised.complete(null)) {
      return;
    }
    try {
      if (count <= 2) {
        abort.run();
        System.err.flush();
      }
    } finally {
      Runtime.getRuntime().halt(INTERRUPTED);
    }
  }

  /**
   * The exit status of the process.
   *
   * @param status where no second signal has ended it
   */
  int exitStatus(int status) {
    return signals.get() > 1 ? INTERRUPTED : status;
  }

  /** Stops without a signal, once. */
  void end() {
    raised.complete(null);
  }

  /** Done once this is raised. */
  CompletableFuture<@Nullable Void> raised() {
    return raised;
  }

  /** Waits until this is raised. */
  void await() throws InterruptedException {
    try {
      raised.get();
    } catch (ExecutionException e) {
      throw new AssertionError("it only ever completes", e);
    }
  }
}
