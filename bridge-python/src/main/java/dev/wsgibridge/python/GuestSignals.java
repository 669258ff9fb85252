package dev.wsgibridge.python;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals that Python applications in this process handle, beside the process's own handlers. Which
 * they may have is decided in {@code guest.py}.
 */
public final class GuestSignals {

  private static final Logger LOG = LoggerFactory.getLogger(GuestSignals.class);

  /** Python counts on the 8 MiB of a main thread. */
  private static final long STACK_BYTES = 16L << 20;

  /** Who wants a signal, by its name. */
  private static final Map<String, Set<Carrier>> TAKEN = new HashMap<>();

  /** The threads that run handlers, with whose. */
  private static final Map<Thread, Carrier> RUNNING = new ConcurrentHashMap<>();

  private GuestSignals() {}

  /**
   * Has each signal of that name told to the guest from now on, by {@link HostFunction#SIGNALLED}
   * on a thread of its own: a handler that waits for a request must not wait behind it.
   *
   * @param name such as {@code TERM}
   * @param number the signal's, for Python
   * @param instead whether the process's own handler is left out as long as a guest has one
   * @return false where the JVM doesn't give the signal away
   */
  public static boolean take(Carrier guest, String name, int number, boolean instead) {
    synchronized (TAKEN) {
      Set<Carrier> guests = TAKEN.get(name);
      if (guests == null) {
        Set<Carrier> all = new CopyOnWriteArraySet<>();
        try {
          ProcessSignal.handle(
              name,
              before -> {
                all.forEach(each -> tell(each, name, number));
                if (!instead || all.isEmpty()) {
                  before.run();
                }
              });
        } catch (ReflectiveOperationException e) {
          LOG.debug("SIG{} is not given away", name, e);
          return false;
        }
        TAKEN.put(name, all);
        guests = all;
      }
      guests.add(guest);
      return true;
    }
  }

  private static void tell(Carrier guest, String name, int number) {
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                guest.attach();
                try {
                  guest.call(HostFunction.SIGNALLED, Exchange.NONE, number, 0, "");
                } finally {
                  guest.detach();
                }
              } catch (RuntimeException | Error e) {
                LOG.error("Python could not be told of SIG{}", name, e);
              } finally {
                RUNNING.remove(Thread.currentThread());
              }
            },
            "python-SIG" + name,
            STACK_BYTES);
    thread.setDaemon(true);
    RUNNING.put(thread, guest);
    thread.start();
  }

  /** Waits for the guest's handlers that run, for so long. */
  static void await(Carrier guest, long millis) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    for (Map.Entry<Thread, Carrier> running : RUNNING.entrySet()) {
      if (running.getValue().equals(guest)) {
        running.getKey().join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      }
    }
  }

  /** The guest ends. */
  static void release(Carrier guest) {
    synchronized (TAKEN) {
      TAKEN.values().forEach(guests -> guests.remove(guest));
    }
  }
}
