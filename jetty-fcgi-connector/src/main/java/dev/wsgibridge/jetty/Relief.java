package dev.wsgibridge.jetty;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.TryExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the thread that waits for what connections bring go on with it: read a request, have it
 * answered, read the next one.
 *
 * <p>Jetty wakes another thread to wait in its place before each request that it has answered,
 * since an application may take long. Two threads that take turns cost as much as a small request
 * itself. So here another one comes only when a request takes longer than a tick, and then, for
 * some time, with each request: what took long once is likely to do so again.
 */
final class Relief extends AbstractLifeCycle {

  private static final Logger LOG = LoggerFactory.getLogger(Relief.class);

  /** How long a thread may be alone with a request. */
  private static final Duration TICK = Duration.ofMillis(1);

  /** Requests that a thread answers within a tick when it is worth to let it go on alone. */
  private static final int QUICK = 10;

  /**
   * How many ticks in a row without a relief make up for one: a thread may also be late because it
   * was not given a core.
   */
  private static final int MENDING_TICKS = 4;

  /** Beyond so many that are not made up for, each request gets a thread of its own. */
  private static final int MAX_RELIEFS = 3;

  /** For how many ticks it does, at first and at most. */
  private static final int MIN_SHARED_TICKS = 64;

  private static final int MAX_SHARED_TICKS = 1024;

  /** Ticks without anything to do after which it pays to be woken instead. */
  private static final int QUIET_TICKS = 8;

  private final TryExecutor threads;
  private final BooleanSupplier low;
  private final List<Lane> lanes = new ArrayList<>();
  private @Nullable Thread watch;
  private volatile boolean asleep;

  /**
   * Relieves by {@code threads}.
   *
   * @param low whether so few of them are left that the thread that waits has to go on doing so,
   *     and may answer nothing: all others may wait for what only it can read
   */
  Relief(TryExecutor threads, BooleanSupplier low) {
    this.threads = threads;
    this.low = low;
  }

  /** For one more thread that waits; before the start. */
  Lane lane() {
    Lane lane = new Lane();
    lanes.add(lane);
    return lane;
  }

  @Override
  protected void doStart() {
    Thread thread = new Thread(this::watch, "relief");
    thread.setDaemon(true);
    watch = thread;
    thread.start();
  }

  @Override
  protected void doStop() {
    LockSupport.unpark(watch);
  }

  private void watch() {
    int quiet = 0;
    while (!isStopping() && !isStopped()) {
      boolean active = false;
      for (Lane lane : lanes) {
        try {
          active |= lane.tick();
        } catch (RuntimeException | Error e) {
          // Such as no memory for a thread; without this one connections would wait for good.
          LOG.error("a thread that is late can't be relieved now", e);
        }
      }
      quiet = active ? 0 : quiet + 1;
      if (quiet < QUIET_TICKS) {
        LockSupport.parkNanos(this, TICK.toNanos());
      } else {
        sleep();
        quiet = 0;
      }
    }
  }

  private void sleep() {
    asleep = true;
    // What came before this was seen.
    if (lanes.stream().noneMatch(Lane::isAway)) {
      LockSupport.park(this);
    }
    asleep = false;
  }

  /**
   * Who waits for what some connections bring, one thread at a time: {@link #tryExecute} is asked
   * for the next one before each request.
   */
  final class Lane implements TryExecutor {

    /** What the next thread is to run, if it has to come. */
    private final AtomicReference<@Nullable Runnable> successor = new AtomicReference<>();

    /** Whether it comes at once. */
    private volatile boolean shared;

    /** What the thread whose successor that is puts off. */
    private volatile @Nullable Leftover away;

    // Written by the thread: how many requests it has begun, how often it came back.
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger returned = new AtomicInteger();

    // Of the watch.
    private int lastBegun;
    private int lastReturned;
    private boolean wasAway;
    private int toMend;
    private int sharedTicks = MIN_SHARED_TICKS;
    private int sharedTicksLeft;

    /** Puts a task off until the thread's turn is over, or late: it may be what that waits for. */
    @Override
    public void execute(Runnable task) {
      Leftover leftover = Leftover.OF_THREAD.get();
      if (!leftover.inTurn || !leftover.alone) {
        threads.execute(task);
        return;
      }
      leftover.tasks.add(task);
      if (!leftover.alone) {
        leftover.handOver(threads); // It has become late meanwhile.
      }
    }

    /** What there is to do for a connection that was selected. */
    Runnable turn(Runnable task) {
      return new Turn(task);
    }

    @Override
    public boolean tryExecute(Runnable task) {
      Leftover leftover = Leftover.OF_THREAD.get();
      if (shared || low.getAsBoolean()) {
        leftover.alone = false;
        return threads.tryExecute(task);
      }
      leftover.alone = true;
      away = leftover;
      begun.setRelease(begun.getPlain() + 1);
      successor.set(task);
      if (asleep) {
        LockSupport.unpark(watch);
      }
      return true;
    }

    /** The thread is back, and waits. */
    void back() {
      successor.setRelease(null);
      returned.setRelease(returned.getPlain() + 1);
    }

    private boolean isAway() {
      return successor.get() != null;
    }

    /** Looks after the thread; returns whether there is anything to look after. */
    boolean tick() {
      if (shared) {
        shared = --sharedTicksLeft > 0;
        return true;
      }
      int begunNow = begun.getAcquire();
      int returnedNow = returned.getAcquire();
      int requests = begunNow - lastBegun;
      boolean late = wasAway && returnedNow == lastReturned && requests < QUICK;
      lastBegun = begunNow;
      lastReturned = returnedNow;
      if (late && relieve()) {
        toMend += MENDING_TICKS;
        if (toMend > MAX_RELIEFS * MENDING_TICKS) {
          share();
        }
      } else if (toMend > 0) {
        toMend--;
      } else {
        sharedTicks = MIN_SHARED_TICKS;
      }
      wasAway = isAway();
      return toMend > 0 || requests > 0 || wasAway;
    }

    private boolean relieve() {
      Leftover leftover = away; // of who is away now: the next one comes by what follows
      Runnable task = successor.getAndSet(null);
      if (task == null) {
        return false;
      }
      try {
        handOver(task);
        if (leftover != null) {
          leftover.alone = false;
          leftover.handOver(threads);
        }
        return true;
      } catch (RuntimeException | Error e) {
        successor.compareAndSet(null, task); // once more at the next tick
        throw e;
      }
    }

    private void handOver(Runnable task) {
      if (threads.tryExecute(task)) {
        return;
      }
      if (low.getAsBoolean()) {
        // The last ones went while this one was away.
        Thread further = new Thread(task, "relief");
        further.setDaemon(true);
        further.start();
      } else {
        threads.execute(task);
      }
    }

    private void share() {
      shared = true;
      sharedTicksLeft = sharedTicks;
      sharedTicks = Math.min(2 * sharedTicks, MAX_SHARED_TICKS);
      // One that is late again at once is not to be tried for long.
      toMend -= MENDING_TICKS;
    }
  }

  /** What a thread has put off until its turn is over. */
  private static final class Leftover {

    private static final ThreadLocal<Leftover> OF_THREAD = ThreadLocal.withInitial(Leftover::new);

    /** Added by the thread, taken by it or by the watch. */
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    private boolean inTurn;

    /** Whether nobody else waits in this thread's place. */
    private volatile boolean alone;

    void handOver(Executor threads) {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        threads.execute(task);
      }
    }
  }

  private record Turn(Runnable task) implements Invocable.Task, Closeable {

    @Override
    public InvocationType getInvocationType() {
      return Invocable.getInvocationType(task);
    }

    @Override
    public void run() {
      Leftover leftover = Leftover.OF_THREAD.get();
      leftover.inTurn = true;
      try {
        task.run();
      } finally {
        leftover.inTurn = false;
        for (Runnable next = leftover.tasks.poll(); next != null; next = leftover.tasks.poll()) {
          next.run();
        }
      }
    }

    /** Where there is no thread to run it. */
    @Override
    public void close() throws IOException {
      if (task instanceof Closeable closeable) {
        closeable.close();
      }
    }
  }
}
