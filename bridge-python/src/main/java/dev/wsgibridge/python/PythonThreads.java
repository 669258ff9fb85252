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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that run Python, each with its thread state for good: so what Python keeps by thread,
 * such as a database connection, lives on from request to request.
 *
 * <p>Each application has a {@link ThreadShare}: there are as many threads as all shares together,
 * and no application can take another's. Calls start in the order in which they came. The thread
 * that became idle last gets the next one: under light load one thread does all, with no hand-over
 * of the GIL and with warm caches. Under load there is one, or all: see {@link Width}.
 */
final class PythonThreads {

  private static final Logger LOG = LoggerFactory.getLogger(PythonThreads.class);

  /** Python counts on the 8 MiB of a main thread; recursion beyond the stack would end the JVM. */
  private static final long STACK_BYTES = 16L << 20;

  /** How long it is counted what is done. */
  private static final Duration TICK = Duration.ofMillis(10);

  /** A call, and the thread that it runs on. */
  record Running(PythonThread thread, PythonCall call) {}

  private final Carrier carrier;
  private final List<ThreadShare> shares = new ArrayList<>();

  /** What belongs to no application: for the first thread, and for any. */
  private final Deque<Runnable> forFirst = new ArrayDeque<>();

  private final Deque<Runnable> forAny = new ArrayDeque<>();
  private final Deque<PythonThread> idle = new ArrayDeque<>();

  /** All but those that are written off and replaced. */
  private final List<PythonThread> threads = new ArrayList<>();

  private final PythonThread first;
  private final Width width = new Width();
  private final LongAdder done = new LongAdder();
  private @Nullable Thread watch;
  private boolean watchSleeps;
  private int started;
  private volatile boolean closed;

  /**
   * Starts the interpreter on the first thread, which is Python's main thread from now on.
   *
   * @param host see {@link Carrier#start}
   */
  PythonThreads(Carrier carrier, String host) throws LoadException {
    this.carrier = carrier;
    CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
    first =
        new PythonThread(
            ++started,
            () -> {
              try {
                carrier.start(host);
              } catch (LoadException | RuntimeException | Error e) {
                closed = true;
                ready.completeExceptionally(e);
                return false;
              }
              ready.complete(null);
              return true;
            });
    threads.add(first);
    first.start();
    try {
      ready.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof LoadException cause) {
        throw cause;
      }
      throw e;
    }
  }

  // --- Shares -----------------------------------------------------------------------------------

  /** Makes room for an application; there are further threads as its calls need them. */
  synchronized void add(ThreadShare share) {
    shares.add(share);
  }

  /** The application is closed. */
  synchronized void remove(ThreadShare share) {
    shares.remove(share);
  }

  /** Whether all threads of a share hang. */
  synchronized boolean exhausted(ThreadShare share) {
    return share.exhausted();
  }

  /** How many calls may run at once; this object's lock is held. */
  private int limit() {
    int limit = 1;
    for (int i = 0, sum = 0; i < shares.size(); i++) {
      sum += shares.get(i).limit;
      limit = Math.max(limit, sum);
    }
    return limit;
  }

  // --- Calls ------------------------------------------------------------------------------------

  /**
   * Has a call run in its turn.
   *
   * @return whether it runs already; else it waits
   * @throws UnansweredException too many wait, or all threads of its share hang
   */
  boolean call(PythonCall call) throws UnansweredException {
    ThreadShare share = call.share();
    synchronized (this) {
      requireOpen();
      if (share.exhausted()) {
        throw exhausted();
      }
      if (share.hasRoom() && share.waiting.isEmpty() && busy() < width.of(limit())) {
        share.begin();
        start(call);
        return true;
      }
      share.await(call);
      if (limit() > 1) {
        watch();
      }
      return false;
    }
  }

  private static UnansweredException exhausted() {
    return new UnansweredException(
        UnansweredException.Status.SERVICE_UNAVAILABLE, "all Python threads hang");
  }

  /** Has a call that waits do so no more; false where it doesn't. */
  synchronized boolean withdraw(PythonCall call) {
    return call.share().withdraw(call);
  }

  /** Gives a call to an idle thread, or to a new one; this object's lock is held. */
  private void start(PythonCall call) {
    PythonThread thread = idle.pollLast();
    if (thread == null) {
      thread = further();
      thread.call = call;
      thread.next = call;
      thread.start();
    } else {
      thread.call = call;
      thread.next = call;
      LockSupport.unpark(thread);
    }
  }

  private PythonThread further() {
    PythonThread thread =
        new PythonThread(
            ++started,
            () -> {
              carrier.attach();
              return true;
            });
    threads.add(thread);
    return thread;
  }

  /** The call whose turn it is, from the share that waits for longest; the lock is held. */
  private @Nullable PythonCall nextInTurn() {
    ThreadShare next = null;
    for (int i = 0; i < shares.size(); i++) {
      ThreadShare share = shares.get(i);
      ThreadShare.Waiting waiting = share.hasRoom() ? share.waiting.peekFirst() : null;
      if (waiting != null
          && (next == null || waiting.since() - next.waiting.getFirst().since() < 0)) {
        next = share;
      }
    }
    return next == null ? null : next.next();
  }

  /** Starts what waits, as far as it may run; this object's lock is held. */
  private void dispatch() {
    while (busy() < width.of(limit()) && !closed) {
      PythonCall call = nextInTurn();
      if (call == null) {
        return;
      }
      start(call);
    }
  }

  /** How many threads have something to do; this object's lock is held. */
  private int busy() {
    return threads.size() - idle.size();
  }

  private boolean callsWait() {
    for (int i = 0; i < shares.size(); i++) {
      if (!shares.get(i).waiting.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the Python application is closed");
    }
  }

  // --- How many at a time -----------------------------------------------------------------------

  /** Has it measured what is done while calls wait; this object's lock is held. */
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
    while (awaitCalls()) {
      long begin = System.nanoTime();
      long before = done.sum();
      LockSupport.parkNanos(this, TICK.toNanos());
      measured((done.sum() - before) * 1e9 / (System.nanoTime() - begin));
    }
  }

  /** Waits until calls do; false at the end. */
  private boolean awaitCalls() {
    while (!closed) {
      synchronized (this) {
        watchSleeps = !callsWait();
        if (!watchSleeps) {
          return true;
        }
      }
      LockSupport.park(this);
    }
    return false;
  }

  private synchronized void measured(double rate) {
    if (callsWait()) { // else there was too little to do to learn from it
      width.measured(rate);
      dispatch();
    }
  }

  // --- What belongs to no application -----------------------------------------------------------

  /** Runs a task on the first thread, Python's main thread, where imports belong. */
  void runFirst(Runnable task) {
    synchronized (this) {
      requireOpen();
      if (!idle.remove(first)) {
        forFirst.addLast(task);
        return;
      }
      first.next = task;
    }
    LockSupport.unpark(first);
  }

  /** Runs a task on one of the threads, as soon as one is free. It must not throw. */
  void run(Runnable task) {
    PythonThread thread;
    synchronized (this) {
      requireOpen();
      thread = idle.pollLast();
      if (thread == null) {
        forAny.addLast(task);
        return;
      }
      thread.next = task;
    }
    LockSupport.unpark(thread);
  }

  // --- Calls that hang --------------------------------------------------------------------------

  /** The calls that run now, but for those that are written off. */
  synchronized List<Running> running() {
    List<Running> running = new ArrayList<>();
    for (PythonThread thread : threads) {
      PythonCall call = thread.call;
      if (call != null && thread.writtenOff == null) {
        running.add(new Running(thread, call));
      }
    }
    return running;
  }

  /** No longer counts on a thread that hangs in a call. */
  void writeOff(Running hung) {
    List<ThreadShare.Waiting> refused = List.of();
    PythonThread thread = hung.thread();
    ThreadShare share = hung.call().share();
    boolean replaced;
    synchronized (this) {
      if (thread.call != hung.call() || closed) {
        return;
      }
      replaced = share.writeOff();
      thread.writtenOff = replaced ? WrittenOff.REPLACED : WrittenOff.LOST;
      if (replaced) {
        threads.remove(thread);
      } else if (share.exhausted()) {
        refused = List.copyOf(share.waiting);
        share.waiting.clear();
      }
      dispatch();
    }
    hung.call().writtenOff();
    refused.forEach(waiting -> waiting.call().refuse(exhausted()));
    if (replaced) {
      LOG.warn(
          "{} hangs still, and its exception has not reached it: it is written off, and another takes its place ({} of {} that {} may have so)",
          thread.getName(),
          share.replaced(),
          share.limit,
          share.application);
    } else {
      String found =
          "%s hangs still, as %d others do that were replaced: %s has %d of %d Python threads left, and gets no more; restart the process, which --exit-on-hang does by itself"
              .formatted(
                  thread.getName(), share.replaced(), share.application, share.left(), share.limit);
      LOG.error(found);
      share.onLoss.accept(found);
    }
  }

  private enum WrittenOff {
    REPLACED,
    LOST
  }

  /** A thread is through with a call that was written off; returns whether it goes on. */
  private boolean comeBack(PythonThread thread, PythonCall call, WrittenOff writtenOff) {
    thread.writtenOff = null;
    call.share().comeBack(writtenOff == WrittenOff.REPLACED);
    if (writtenOff == WrittenOff.LOST) {
      return true;
    }
    if (thread != first && threads.size() >= limit()) {
      return false;
    }
    threads.add(thread);
    return true;
  }

  // --- The end ----------------------------------------------------------------------------------

  boolean closed() {
    return closed;
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

  /** One of them. */
  final class PythonThread extends Thread {

    private final BooleanSupplier begin;

    /** What it is to do next. */
    private volatile @Nullable Runnable next;

    // Set under the lock: the call that it has, and whether that hangs for good.
    private @Nullable PythonCall call;
    private volatile @Nullable WrittenOff writtenOff;

    PythonThread(int number, BooleanSupplier begin) {
      super(null, null, "python-" + number, STACK_BYTES);
      this.begin = begin;
      setDaemon(true);
    }

    @Override
    public void run() {
      if (!begin.getAsBoolean()) {
        return;
      }
      Runnable given = next; // what it was started for
      next = null;
      for (Runnable task = given == null ? take() : given; task != null; task = take()) {
        task.run();
        done.increment();
        if (writtenOff != null) {
          LOG.info("{} hangs no more", getName());
        }
      }
      carrier.detach();
    }

    /** The next task, once the last one is over; null when there will be none. */
    private @Nullable Runnable take() {
      synchronized (PythonThreads.this) {
        if (!through()) {
          return null;
        }
        Runnable task = poll();
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

    /** The last task is over; returns whether this thread goes on. */
    private boolean through() {
      PythonCall last = call;
      WrittenOff hung = writtenOff;
      call = null;
      if (last == null) {
        return true;
      }
      if (hung != null) {
        return comeBack(this, last, hung);
      }
      last.share().end();
      return true;
    }

    private @Nullable Runnable poll() {
      Runnable task = next;
      next = null;
      if (task == null && this == first) {
        task = forFirst.pollFirst();
      }
      if (task == null) {
        task = forAny.pollFirst();
      }
      if (task == null && (busy() <= width.of(limit()) || closed)) {
        call = nextInTurn();
        task = call;
      }
      return task;
    }
  }
}
