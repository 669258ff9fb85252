package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run Python, each with its thread state for good: so what Python keeps by thread,
 * such as a database connection, lives on from request to request.
 *
 * <p>Tasks start in the order in which they came. The thread that became idle last gets the next
 * one: under light load one thread does all, with no hand-over of the GIL and with warm caches.
 * Under load there is one, or all: see {@link Width}.
 */
final class PythonThreads {

  /** Python counts on the 8 MiB of a main thread; recursion beyond the stack would end the JVM. */
  private static final long STACK_BYTES = 16L << 20;

  /** How long it is counted what is done. */
  private static final Duration TICK = Duration.ofMillis(10);

  private final Carrier carrier;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private final Deque<Runnable> forFirst = new ArrayDeque<>();
  private final Deque<PythonThread> idle = new ArrayDeque<>();
  private final List<PythonThread> threads = new ArrayList<>();
  private final Width width = new Width();
  private final LongAdder done = new LongAdder();
  private @Nullable Thread watch;
  private boolean watchSleeps;
  private int limit = 1;
  private int backlog;
  private final Queue queue = new Queue("Python threads");
  private volatile boolean closed;

  /**
   * Starts the interpreter on the first thread, which is Python's main thread from now on.
   *
   * @param host see {@link Carrier#start}
   */
  PythonThreads(Carrier carrier, String host) throws LoadException {
    this.carrier = carrier;
    CompletableFuture<@Nullable Void> started = new CompletableFuture<>();
    add(
        () -> {
          try {
            carrier.start(host);
          } catch (LoadException | RuntimeException | Error e) {
            closed = true;
            started.completeExceptionally(e);
            return false;
          }
          started.complete(null);
          return true;
        },
        null);
    try {
      started.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof LoadException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /**
   * Lets there be further threads, up to {@code count} in all, as tasks need them, and up to {@code
   * tasks} that wait.
   */
  synchronized void growTo(int count, int tasks) {
    limit = Math.max(limit, count);
    backlog = Math.max(backlog, tasks);
  }

  private synchronized void add(BooleanSupplier first, @Nullable Runnable task) {
    PythonThread thread = new PythonThread(threads.size() + 1, first);
    thread.next = task;
    threads.add(thread);
    thread.start();
  }

  /** How many tasks may run at once. */
  synchronized int limit() {
    return limit;
  }

  /** Runs a task on one of the threads, soon. It must not throw. */
  void run(Runnable task) {
    run(task, null);
  }

  /**
   * Runs a task that clients may send any number of. It must not throw.
   *
   * @throws UnansweredException too many wait already
   */
  void runInTurn(Runnable task) throws UnansweredException {
    synchronized (this) {
      if (busy() < width.of(limit) || closed) {
        run(task, null);
        return;
      }
      queue.enter(waiting.size(), backlog);
      long arrival = System.nanoTime();
      await(
          () -> {
            queue.leave(System.nanoTime() - arrival, waiting());
            task.run();
          });
    }
  }

  /** Has a task wait for a thread; this object's lock is held. */
  private void await(Runnable task) {
    waiting.addLast(task);
    if (limit > 1) {
      watch();
    }
  }

  /** How many threads have a task; this object's lock is held. */
  private int busy() {
    return threads.size() - idle.size();
  }

  /** Has it measured what is done while tasks wait; this object's lock is held. */
  private void watch() {
    if (watch == null) {
      watch = new Thread(this::measure, "python-threads");
      watch.setDaemon(true);
      watch.start();
    } else if (watchSleeps) {
      watchSleeps = false;
      LockSupport.unpark(watch);
    }
  }

  private void measure() {
    while (tasksWait()) {
      long begin = System.nanoTime();
      long before = done.sum();
      LockSupport.parkNanos(this, TICK.toNanos());
      measured((done.sum() - before) * 1e9 / (System.nanoTime() - begin));
    }
  }

  /** Waits until tasks do; false at the end. */
  private boolean tasksWait() {
    while (!closed) {
      synchronized (this) {
        watchSleeps = waiting.isEmpty();
        if (!watchSleeps) {
          return true;
        }
      }
      LockSupport.park(this);
    }
    return false;
  }

  private synchronized void measured(double rate) {
    if (waiting.isEmpty()) {
      return; // there was too little to do to learn from it
    }
    width.measured(rate);
    while (busy() < width.of(limit) && !waiting.isEmpty() && !closed) {
      run(waiting.removeFirst(), null);
    }
  }

  private synchronized int waiting() {
    return waiting.size();
  }

  /** Runs a task on the first thread, Python's main thread, where imports belong. */
  void runFirst(Runnable task) {
    run(task, threads.get(0));
  }

  private void run(Runnable task, @Nullable PythonThread only) {
    PythonThread thread = only;
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the Python application is closed");
      }
      if (only == null) {
        thread = idle.pollLast();
      } else if (!idle.remove(only)) {
        thread = null;
      }
      if (thread == null) {
        if (only == null && threads.size() < limit) {
          add(
              () -> {
                carrier.attach();
                return true;
              },
              task);
        } else if (only == null) {
          await(task);
        } else {
          forFirst.addLast(task);
        }
        return;
      }
      thread.next = task;
    }
    LockSupport.unpark(thread);
  }

  /** Lets the threads end when nothing waits any more, and waits for them that long in all. */
  void close(Duration patience) {
    List<PythonThread> ending;
    synchronized (this) {
      closed = true;
      ending = List.copyOf(threads);
      idle.clear();
    }
    LockSupport.unpark(watch);
    ending.forEach(LockSupport::unpark);
    long end = System.nanoTime() + patience.toNanos();
    try {
      for (PythonThread thread : ending) {
        thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class PythonThread extends Thread {

    private final BooleanSupplier first;
    private volatile @Nullable Runnable next;

    PythonThread(int number, BooleanSupplier first) {
      super(null, null, "python-" + number, STACK_BYTES);
      this.first = first;
      setDaemon(true);
    }

    @Override
    public void run() {
      if (!first.getAsBoolean()) {
        return;
      }
      for (Runnable task = take(); task != null; task = take()) {
        task.run();
        done.increment();
      }
      carrier.detach();
    }

    /** The next task; null when there will be none. */
    private @Nullable Runnable take() {
      synchronized (PythonThreads.this) {
        Runnable task = next;
        next = null;
        if (task == null && this == threads.get(0)) {
          task = forFirst.pollFirst();
        }
        if (task == null && (busy() <= width.of(limit) || closed)) {
          task = waiting.pollFirst();
        }
        if (task != null || closed) {
          return task;
        }
        idle.addLast(this);
      }
      while (true) {
        Runnable task = next;
        if (task != null) {
          next = null;
          return task;
        }
        // In this order: a task that was given before the end is run.
        if (closed && next == null) {
          return null;
        }
        LockSupport.park(this);
      }
    }
  }
}
