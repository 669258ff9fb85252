package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An interpreter of this process with its threads, shared by the applications that run in it. */
final class SharedInterpreter {

  private static final Logger LOG = LoggerFactory.getLogger(SharedInterpreter.class);

  /** How long Python may take to end where no one says. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How long exit handlers may take after threads that were cut, which have had all the time. */
  private static final Duration EXIT_HANDLERS = Duration.ofSeconds(1);

  /** Those that run, by their choice's key. */
  private static final Map<Object, SharedInterpreter> RUNNING = new HashMap<>();

  private final Object key;
  private final Carrier carrier;
  private final PythonThreads threads;
  private final Watchdog watchdog;
  private int applications;

  private SharedInterpreter(Object key, Carrier carrier) throws LoadException {
    this.key = key;
    this.carrier = carrier;
    this.threads =
        new PythonThreads(carrier, Resources.text("wsgi_host.py") + Resources.text("guest.py"));
    this.watchdog = new Watchdog(carrier, threads);
  }

  /**
   * The interpreter of that choice, which is started if it does not run yet. Each call is to be
   * followed by one of {@link #leave}.
   */
  static SharedInterpreter enter(PythonChoice.Interpreter choice) throws LoadException {
    synchronized (RUNNING) {
      SharedInterpreter shared = RUNNING.get(choice.key());
      if (shared == null) {
        Carrier carrier = choice.opener().open();
        shared = new SharedInterpreter(choice.key(), carrier);
        LOG.info("{} ({})", carrier.description(), choice.reason());
        RUNNING.put(choice.key(), shared);
      }
      shared.applications++;
      return shared;
    }
  }

  /**
   * Makes room for the calls of an application that is loaded.
   *
   * @param timeout how long one may be silent; zero for ever
   */
  void add(ThreadShare share, Duration timeout) {
    threads.add(share);
    watchdog.watch(timeout);
  }

  /** There are no more calls of that application. */
  void remove(ThreadShare share) {
    threads.remove(share);
  }

  /**
   * An application of this interpreter is closed; with the last one Python ends as at its exit:
   * waits for threads that are no daemons, and runs exit handlers.
   *
   * @param patience how long that may take
   */
  void leave(Duration patience) {
    synchronized (RUNNING) {
      if (--applications > 0) {
        return;
      }
      int millis = (int) Math.max(1, Math.min(patience.toMillis(), Integer.MAX_VALUE));
      AtomicBoolean begun = new AtomicBoolean();
      try {
        GuestSignals.await(carrier, millis);
        begin(
                task ->
                    threads.runFirst(
                        () -> {
                          begun.set(true);
                          task.run();
                        }),
                HostFunction.EXIT,
                millis,
                "")
            .get(millis + EXIT_HANDLERS.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        LOG.warn(
            begun.get()
                ? "Python's exit handlers take longer than they may: they are cut"
                : "a request keeps Python's main thread busy: its exit handlers are not run");
      } catch (ExecutionException e) {
        LOG.error("Python's exit handlers failed", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (!carrier.permanent()) {
        RUNNING.remove(key);
        GuestSignals.release(carrier);
        threads.close(PATIENCE);
        watchdog.close(PATIENCE);
        carrier.close();
      }
    }
  }

  /** Imports an application; the answer is its number. */
  Answer load(String name, List<Path> pythonPath) {
    return begin(threads::runFirst, HostFunction.LOAD, 0, Loading.text(name, pythonPath)).join();
  }

  /**
   * Closes a file that an application has answered with, on any thread: the first may be busy.
   *
   * @param timeout how long the caller waits for that; zero for ever
   */
  Answer close(int file, Duration timeout) throws IOException {
    CompletableFuture<Answer> closed = begin(threads::run, HostFunction.CLOSE, file, "");
    try {
      return timeout.isZero()
          ? closed.join()
          : closed.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof TimeoutException) {
        throw new IOException("all Python threads are busy: its file is closed later", e);
      }
      throw e;
    }
  }

  private CompletableFuture<Answer> begin(
      Consumer<Runnable> where, HostFunction function, int number, String text) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    where.accept(
        () -> {
          try {
            answer.complete(carrier.call(function, Exchange.NONE, number, 0, text));
          } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  /** See {@link PythonThreads#call}. */
  boolean call(PythonCall call) throws UnansweredException {
    return threads.call(call);
  }

  /** See {@link PythonThreads#withdraw}. */
  boolean withdraw(PythonCall call) {
    return threads.withdraw(call);
  }

  /** Whether all threads of the share hang. */
  boolean exhausted(ThreadShare share) {
    return threads.exhausted(share);
  }

  Carrier carrier() {
    return carrier;
  }
}
