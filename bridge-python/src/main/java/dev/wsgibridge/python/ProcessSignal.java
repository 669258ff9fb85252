package dev.wsgibridge.python;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Signals of this process, as {@code sun.misc.Signal} tells of them: it is in every JDK but in no
 * specification, so the compiler warns of it.
 */
public final class ProcessSignal {

  private ProcessSignal() {}

  /**
   * Takes a signal.
   *
   * @param name such as {@code TERM}
   * @param action run at each signal, on a thread of its own; is given what would have run before
   * @throws ReflectiveOperationException this JDK has no such class, or the signal is the JVM's own
   */
  public static void handle(String name, Consumer<Runnable> action)
      throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    Object signal = signalType.getConstructor(String.class).newInstance(name);
    Handler handler = new Handler(action);
    Object ours =
        Proxy.newProxyInstance(
            handlerType.getClassLoader(),
            new Class<?>[] {handlerType},
            (proxy, method, arguments) -> {
              handler.run();
              return null;
            });
    Object before =
        signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, ours);
    if (before != null
        && !Objects.equals(handlerType.getField("SIG_DFL").get(null), before)
        && !Objects.equals(handlerType.getField("SIG_IGN").get(null), before)) {
      Method handle = handlerType.getMethod("handle", signalType);
      handler.before =
          () -> {
            try {
              handle.invoke(before, signal);
            } catch (IllegalAccessException | InvocationTargetException e) {
              throw new IllegalStateException("SIG" + name, e);
            }
          };
    }
  }

  private static final class Handler {
    final Consumer<Runnable> action;
    volatile Runnable before = () -> {};

    Handler(Consumer<Runnable> action) {
      this.action = action;
    }

    void run() {
      action.accept(before);
    }
  }
}
