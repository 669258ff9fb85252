package dev.wsgibridge.launcher;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The wish to stop: SIGTERM, or SIGINT as Ctrl-C sends it. Beside it SIGHUP, the wish to reload.
 *
 * <p>By default the JVM answers them by itself, with exit status 143 or 130 and no way to stop at
 * once during an orderly stop. So it is told to leave them to us.
 */
final class StopSignal {

  private static final int INTERRUPTED = 130;

  private final CompletableFuture<@Nullable Void> raised = new CompletableFuture<>();

  /**
   * From now on the first signal raises this, and a second one ends the process at once. Where it
   * is raised already there is nothing to listen for.
   *
   * @param reload what SIGHUP does
   */
  void listen(Runnable reload) {
    if (raised.isDone()) {
      return;
    }
    try {
      handle("TERM", this::raise);
      handle("INT", this::raise);
      handle("HUP", reload);
    } catch (ReflectiveOperationException e) {
      LoggerFactory.getLogger(StopSignal.class)
          .warn(
              "signals are left to the JVM: requests in flight won't be waited for ({})",
              e.toString());
    }
  }

  private static void handle(String name, Runnable action) throws ReflectiveOperationException {
    // sun.misc.Signal is in every JDK but in no specification: the compiler warns of it.
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object ours =
        Proxy.newProxyInstance(
            handler.getClassLoader(),
            new Class<?>[] {handler},
            (proxy, method, arguments) -> {
              action.run();
              return null;
            });
    signal
        .getMethod("handle", signal, handler)
        .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
  }

  /** What a signal does. */
  void raise() {
    if (!raised.complete(null)) {
      Runtime.getRuntime().halt(INTERRUPTED);
    }
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
