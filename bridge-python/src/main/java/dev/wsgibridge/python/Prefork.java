package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * An application in worker processes of the user's CPython, forked by {@code worker.py}.
 *
 * <p>A request goes to a thread of the worker that has the fewest of them, and waits where none is
 * free; no more run at once than there are workers times threads, not even while a worker is
 * replaced. A worker that dies takes its own requests along, and is replaced; one that has died at
 * its start three times in a row is not.
 *
 * <p>All state is guarded by this object's lock; what the processes say comes on the thread of the
 * {@link Reception}.
 */
final class Prefork implements Python, Reception.Events {

  private static final Logger LOG = LoggerFactory.getLogger(Prefork.class);

  private static final int MAX_FAILURES = 3;

  private static final Duration PROGRESS = Duration.ofSeconds(10);

  /** How long a request may still take when the application is closed. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How long a worker that hangs has to say where it stands. */
  private static final Duration LAST_WORDS = Duration.ofMillis(500);

  /**
   * How long the master has to say what a worker has died of, and what the worker has sent before
   * may be read.
   */
  private static final Duration INQUEST = Duration.ofSeconds(1);

  /** A reception that breaks twice within this time is not started again by itself. */
  private static final Duration RELAPSE = Duration.ofMinutes(1);

  private static final int SIGQUIT = 3;
  private static final int SIGKILL = 9;
  private static final int SIGSEGV = 11;

  /** A call that waits for its turn. */
  private static final class Waiter {
    final Thread thread = Thread.currentThread();
    volatile @Nullable WorkerThread given;
    volatile @Nullable UnansweredException refused;
  }

  /** A worker that is gone, and not spoken of yet. */
  private record Obituary(Worker worker, Worker.State last, int requests, long since) {}

  private final PythonProbe python;
  private final Workers options;
  private final int size;
  private final int backlog;
  private final Duration gracefulTimeout;
  private final String name;
  private final String load;
  private final WorkerFiles files;
  private final Queue queue;
  private final AtomicInteger requests = new AtomicInteger();
  private final WorkerReply.Open open = new WorkerReply.Open(() -> waiting() > 0);

  private final Deque<Waiter> waiters = new ArrayDeque<>();
  private final Map<Integer, Obituary> obituaries = new HashMap<>();
  private final CompletableFuture<String> loaded = new CompletableFuture<>();

  /** All that have workers: those of before, the current one, the next. */
  private final List<Master> masters = new ArrayList<>();

  /** Replaced where its thread could not go on. */
  private Reception reception;

  private @Nullable Master current;
  private @Nullable Master next;
  private boolean reloadAgain;
  private boolean broken;
  private boolean closed;
  private int running;
  private int lastNumber;

  /** When the reception was broken last: {@link System#nanoTime}; null for never. */
  private @Nullable Long brokenAt;

  private Prefork(PythonProbe python, String name, LoadOptions options) throws IOException {
    this.python = python;
    this.options =
        options.workers().count() > 0 ? options.workers() : options.workers().withCount(1);
    this.size =
        options.threads() > 0
            ? options.threads()
            : options.workers().count() > 0 ? 1 : InProcess.DEFAULT_THREADS;
    this.backlog = options.backlog();
    this.gracefulTimeout = options.gracefulTimeout();
    this.name = name;
    this.load = Loading.text(name, options.pythonPath());
    this.queue = new Queue("%d threads of Python's workers".formatted(this.options.count() * size));
    this.files = WorkerFiles.create();
    try {
      this.reception = new Reception(files.socket(), this);
    } catch (IOException | RuntimeException e) {
      files.delete();
      throw e;
    }
  }

  /** Starts the workers, and waits until all of them are ready. */
  static Prefork load(PythonChoice.Processes choice, String name, LoadOptions options)
      throws LoadException {
    Prefork prefork;
    try {
      prefork = new Prefork(choice.python(), name, options);
    } catch (IOException e) {
      throw new LoadException("Python's workers can't be started: " + e.getMessage(), e);
    }
    LOG.info("{} ({})", prefork.description(), choice.reason());
    boolean done = false;
    try {
      synchronized (prefork) {
        prefork.current = prefork.start();
      }
      prefork.awaitLoaded();
      done = true;
      return prefork;
    } finally {
      if (!done) {
        prefork.close();
      }
    }
  }

  private void awaitLoaded() throws LoadException {
    long start = System.nanoTime();
    while (true) {
      try {
        loaded.get(PROGRESS.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        LOG.info(
            "Python's workers are still loading the application, for {} s now",
            Duration.ofNanos(System.nanoTime() - start).toSeconds());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof LoadException refused
            ? refused
            : new LoadException("Python's workers can't be started", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LoadException("interrupted while Python's workers were starting", e);
      }
    }
  }

  @Override
  public String description() {
    return "CPython %s in %d worker process%s of %d thread%s"
        .formatted(
            python.minorVersion(),
            options.count(),
            options.count() == 1 ? "" : "es",
            size,
            size == 1 ? "" : "s");
  }

  @Override
  public @Nullable OwnServer ownServer() {
    return Loading.loaded(loaded.join()).ownServer();
  }

  // --- Requests ---------------------------------------------------------------------------------

  @Override
  public Reply call(Exchange exchange, EnvironText environ) throws UnansweredException {
    while (true) {
      WorkerThread thread = acquire(exchange);
      try {
        return call(thread, exchange, environ);
      } catch (WorkerThread.NotBegunException e) {
        // The worker was dead already: another one shall have it.
        LOG.debug("{} is gone", thread.worker().name(), e);
      }
    }
  }

  private Reply call(WorkerThread thread, Exchange exchange, EnvironText environ)
      throws UnansweredException, WorkerThread.NotBegunException {
    int flags =
        environ.flags()
            | (size > 1 ? EnvironText.MULTITHREAD : 0)
            | (options.count() > 1 ? EnvironText.MULTIPROCESS : 0);
    boolean over = true;
    try {
      Answer answer = thread.serve(exchange, environ, flags);
      over = thread.intact();
      return new WorkerReply(thread, exchange, answer, open, over ? null : this::release);
    } catch (WorkerThread.NotBegunException e) {
      if (thread.hung()) {
        throw unanswered(thread, e);
      }
      throw e;
    } catch (IOException e) {
      throw unanswered(thread, e);
    } finally {
      if (over) {
        release(thread);
      }
    }
  }

  private UnansweredException unanswered(WorkerThread thread, IOException failure) {
    String name = thread.worker().name();
    UnansweredException unanswered =
        thread.hung()
            ? new UnansweredException(
                UnansweredException.Status.GATEWAY_TIMEOUT,
                "%s was silent for %s, which is the --timeout: it is replaced"
                    .formatted(name, shown(options.timeout())))
            : new UnansweredException(
                UnansweredException.Status.BAD_GATEWAY,
                "%s has died while it served the request".formatted(name));
    unanswered.initCause(failure);
    return unanswered;
  }

  private static String shown(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }

  private WorkerThread acquire(Exchange exchange) throws UnansweredException {
    Waiter waiter;
    synchronized (this) {
      if (waiters.isEmpty()) {
        WorkerThread free = free();
        if (free != null) {
          return free;
        }
      }
      requireHope();
      queue.enter(waiters.size(), backlog);
      waiter = new Waiter();
      waiters.addLast(waiter);
    }
    open.endAll();
    long arrival = System.nanoTime();
    while (true) {
      WorkerThread given = waiter.given;
      if (given != null) {
        queue.leave(System.nanoTime() - arrival, waiting());
        return given;
      }
      UnansweredException refused = waiter.refused;
      if (refused != null) {
        throw refused;
      }
      LockSupport.parkNanos(this, PythonCall.LOOK.toNanos());
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        giveUp(waiter, "the server stops");
      } else if (waiter.given == null && exchange.clientLeft()) {
        giveUp(waiter, PythonCall.CLIENT_LEFT);
      }
    }
  }

  /** Waits no more, unless its turn has come. */
  private synchronized void giveUp(Waiter waiter, String why) {
    if (waiters.remove(waiter)) {
      waiter.refused = unavailable(why);
    }
  }

  private synchronized int waiting() {
    return waiters.size();
  }

  private static UnansweredException unavailable(String message) {
    return new UnansweredException(UnansweredException.Status.SERVICE_UNAVAILABLE, message);
  }

  /** A thread that is free, and from now on taken; null where there is none. */
  private @Nullable WorkerThread free() {
    Master from = current;
    if (from == null || closed || running >= options.count() * size) {
      return null;
    }
    Worker best = null;
    for (Worker worker : from.workers) {
      if (worker.available() && (best == null || worker.busy() < best.busy())) {
        best = worker;
      }
    }
    if (best == null) {
      return null;
    }
    running++;
    WorkerThread thread = best.take();
    if (best.limit > 0 && best.served >= best.limit) {
      best.leave("it has served %d requests, see --max-requests".formatted(best.served));
      fill(from);
    }
    return thread;
  }

  private void release(WorkerThread thread) {
    Worker worker = thread.worker();
    boolean full =
        options.maxRssBytes() > 0
            && thread.intact()
            && worker.residentBytes() > options.maxRssBytes();
    synchronized (this) {
      running--;
      if (!thread.intact() && worker.state == Worker.State.READY) {
        // It is dead, or not to be trusted any more.
        worker.leave("it has not served a request to its end");
        worker.suspect = true;
      } else if (full && worker.state == Worker.State.READY) {
        worker.leave(
            "its memory is above %d MB, see --reload-on-rss"
                .formatted(options.maxRssBytes() >> 20));
      }
      worker.giveBack(thread);
      if (worker.state != Worker.State.READY) {
        tidyUp(worker);
      }
      dispatch();
    }
  }

  /** A worker that takes no more requests has one thread less that is busy. */
  private void tidyUp(Worker worker) {
    Master master = masterOf(worker);
    if (master == null) {
      return;
    }
    if (worker.state == Worker.State.DEAD && worker.busy() == 0) {
      master.workers.remove(worker);
    }
    if (master == current) {
      fill(master);
    }
  }

  /** Gives those that wait what is free. */
  private void dispatch() {
    while (!waiters.isEmpty()) {
      WorkerThread free = free();
      if (free == null) {
        return;
      }
      Waiter waiter = waiters.removeFirst();
      waiter.given = free;
      LockSupport.unpark(waiter.thread);
    }
  }

  /** Those that wait need a worker that is there or to come. */
  private void requireHope() throws UnansweredException {
    if (closed || current == null || (broken && !current.hasReadyWorkers())) {
      throw unavailable("there are no workers");
    }
  }

  private void refuseWaitersWithoutHope() {
    try {
      requireHope();
    } catch (UnansweredException e) {
      for (Waiter waiter : waiters) {
        waiter.refused = e;
        LockSupport.unpark(waiter.thread);
      }
      waiters.clear();
    }
  }

  // --- Workers ----------------------------------------------------------------------------------

  /** Starts a master, which will fork workers once it is there. */
  private Master start() throws LoadException {
    int number = ++lastNumber;
    try {
      restore();
    } catch (IOException e) {
      throw new LoadException("the folder of Python's workers can't be made: " + e, e);
    }
    ProcessBuilder command =
        new ProcessBuilder(
            python.executable().toString(),
            files.script().toString(),
            files.socket().toString(),
            String.valueOf(number));
    Path output = files.output(number);
    command.redirectErrorStream(true).redirectOutput(output.toFile());
    command.environment().remove(PythonProbe.VARIABLE);
    try {
      Process process = command.start();
      process.getOutputStream().close();
      Master master = new Master(number, process);
      masters.add(master);
      CompletableFuture<Void> unused = process.onExit().thenRun(() -> exited(master, output));
      return master;
    } catch (IOException e) {
      throw new LoadException(
          "%s can't be started: %s".formatted(python.executable(), e.getMessage()), e);
    }
  }

  /** Sees to it that a process which starts finds its files, and someone who listens. */
  private void restore() throws IOException {
    boolean unbound = files.restore();
    if (!reception.isOpen()) {
      reception = new Reception(files.socket(), this);
    } else if (unbound) {
      reception.listenAt(files.socket());
    }
  }

  /** What a master that never came has to say is in a file. */
  private void exited(Master master, Path output) {
    String said;
    try {
      said = Files.readString(output).strip();
      Files.deleteIfExists(output);
    } catch (IOException | UncheckedIOException e) {
      said = "";
    }
    synchronized (this) {
      if (!master.connected() && masters.contains(master)) {
        failed(
            master,
            new LoadException(
                "%s can't run workers (exit status %d)%s"
                    .formatted(
                        python.executable(),
                        master.process().exitValue(),
                        said.isEmpty() ? "" : ":\n" + said)));
      }
    }
  }

  /** Sees to it that a master has as many workers as it should. */
  private void fill(Master master) {
    while (!closed
        && !(broken && master == current)
        && masters.contains(master)
        && master.lasting() < options.count()) {
      int limit = options.maxRequests();
      if (limit > 0) {
        limit += ThreadLocalRandom.current().nextInt(options.maxRequestsJitter() + 1);
      }
      Worker worker = new Worker(++lastNumber, size, limit);
      master.workers.add(worker);
      if (master.ready) {
        fork(master, worker);
      }
    }
  }

  private void fork(Master master, Worker worker) {
    try {
      restore();
    } catch (IOException e) {
      failed(master, new LoadException("the folder of Python's workers can't be made: " + e, e));
      return;
    }
    worker.watches =
        options.reload()
            && master.workers.stream()
                .noneMatch(other -> other.watches && other.state != Worker.State.DEAD);
    byte[] number = ByteBuffer.allocate(Integer.BYTES).putInt(worker.number).array();
    master.send(
        Wire.frame(Wire.FORK, number, Wire.utf8((worker.watches ? "1" : "0") + files.socket())));
  }

  /** The application can't be loaded, or its workers die at their start. */
  private void failed(Master master, LoadException why) {
    if (!loaded.isDone()) {
      loaded.completeExceptionally(why);
    } else if (master == next) {
      LOG.error("the application can't be loaded anew; it goes on as it was: {}", why.getMessage());
      next = null;
      abandon(master);
      if (reloadAgain) {
        reload();
      }
    } else if (master == current && !broken) {
      broken = true;
      LOG.error(
          "no more workers are started until a reload (SIGHUP), and what can't be served is answered 503: {}",
          why.getMessage());
      refuseWaitersWithoutHope();
    }
  }

  private void abandon(Master master) {
    masters.remove(master);
    master.workers.forEach(Worker::dead);
    master.close();
  }

  @Override
  public synchronized boolean reload() {
    if (closed) {
      return true;
    }
    if (next != null) {
      reloadAgain = true;
      return true;
    }
    reloadAgain = false;
    LOG.info("loading the application anew");
    try {
      next = start();
    } catch (LoadException e) {
      LOG.error("the application can't be loaded anew; it goes on as it was: {}", e.getMessage());
    }
    return true;
  }

  /** A worker takes requests from now on. */
  private void ready(Master master, Worker worker) {
    worker.state = Worker.State.READY;
    master.failures = 0;
    LOG.debug("{} is ready", worker.name());
    if (!allReady(master)) {
      if (master == current && loaded.isDone()) {
        dispatch();
      }
      return;
    }
    if (master == next) {
      Master before = current;
      current = master;
      next = null;
      broken = false;
      LOG.info("the application is loaded anew");
      if (before != null) {
        retire(before);
      }
      if (reloadAgain) {
        reload();
      }
    }
    loaded.complete(worker.answer);
    dispatch();
  }

  private boolean allReady(Master master) {
    return master.workers.stream().filter(worker -> worker.state == Worker.State.READY).count()
        >= options.count();
  }

  /** The workers of before end when they have answered what they have. */
  private void retire(Master before) {
    for (Worker worker : before.workers) {
      if (worker.state == Worker.State.READY) {
        worker.leave("its code is of before the reload");
      } else if (worker.state == Worker.State.STARTING) {
        worker.dead();
      }
    }
    forget(before);
  }

  /** A master of before whose last worker is gone ends too. */
  private void forget(Master master) {
    if (master != current
        && master != next
        && master.workers.stream().allMatch(worker -> worker.state == Worker.State.DEAD)) {
      masters.remove(master);
      master.close();
    }
  }

  private @Nullable Master masterOf(Worker worker) {
    for (Master master : masters) {
      if (master.workers.contains(worker)) {
        return master;
      }
    }
    return null;
  }

  private @Nullable Master master(int number) {
    for (Master master : masters) {
      if (master.number == number) {
        return master;
      }
    }
    return null;
  }

  private @Nullable Worker worker(int number) {
    for (Master master : masters) {
      Worker worker = master.worker(number);
      if (worker != null && worker.state != Worker.State.DEAD) {
        return worker;
      }
    }
    return null;
  }

  /** A worker is gone; why may be told later. */
  private void gone(Worker worker) {
    Worker.State last = worker.state;
    Obituary obituary = new Obituary(worker, last, worker.busy(), System.nanoTime());
    Master master = masterOf(worker);
    worker.dead();
    if (master != null) {
      if (worker.busy() == 0) {
        master.workers.remove(worker);
      }
      if (last == Worker.State.STARTING) {
        master.failures++;
      }
      notifyAll();
      forget(master);
    }
    if (worker.end == null) {
      obituaries.put(worker.number, obituary);
    } else {
      bury(obituary, worker.end);
    }
  }

  /** Speaks of a worker that is gone, and then has it replaced. */
  private void bury(Obituary obituary, String how) {
    Worker worker = obituary.worker();
    switch (obituary.last()) {
      case STARTING -> LOG.error("{} {} while it was starting", worker.name(), how);
      case READY ->
          LOG.error(
              "{} {}; {}",
              worker.name(),
              how,
              obituary.requests() == 0
                  ? "it had no request"
                  : "%d of its requests won't be answered".formatted(obituary.requests()));
      case LEAVING, DEAD ->
          LOG.atLevel(worker.suspect ? Level.ERROR : Level.INFO)
              .log("{} {}: {}", worker.name(), how, worker.reason);
    }
    for (Master master : List.copyOf(masters)) {
      if (master != current && master != next) {
        continue;
      }
      if (master.failures >= MAX_FAILURES) {
        failed(
            master,
            new LoadException(
                "%d workers have died at their start, one after the other; the last one, %s, %s"
                    .formatted(master.failures, worker.name(), how)));
      } else {
        fill(master);
      }
    }
  }

  // --- What the processes say -------------------------------------------------------------------

  @Override
  public synchronized void threadCame(int number, int pid, long ident, SocketChannel channel) {
    Worker worker = worker(number);
    WorkerThread thread =
        worker == null ? null : new WorkerThread(worker, ident, channel, requests);
    if (worker == null || thread == null || worker.state != Worker.State.STARTING) {
      closeQuietly(channel);
      return;
    }
    worker.add(thread);
    Master master = masterOf(worker);
    if (master != null && worker.complete()) {
      ready(master, worker);
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // Closed it is.
    }
  }

  @Override
  public synchronized void came(int role, int number, int pid, SocketChannel channel)
      throws ProtocolException {
    if (role == Wire.MASTER) {
      Master master = master(number);
      if (master == null) {
        closeQuietly(channel);
        return;
      }
      if (master.connected()) {
        throw new ProtocolException(
            "worker: found a second connection of master %d, expected one".formatted(number));
      }
      master.came(channel);
      master.send(
          Wire.frame(
              Wire.SETUP,
              String.join(
                  "\n",
                  String.valueOf(size),
                  options.reload() ? "1" : "0",
                  options.preload() ? "1" : "0",
                  load)));
      if (!options.preload()) {
        canFork(master);
      }
      return;
    }
    Worker worker = worker(number);
    if (worker == null) {
      closeQuietly(channel); // that ends it
      return;
    }
    if (role == Wire.CONTROL && worker.connected) {
      throw new ProtocolException(
          "worker: found a second control connection of %s, expected one".formatted(worker.name()));
    }
    worker.pid = pid;
    worker.add(channel);
    worker.connected |= role == Wire.CONTROL;
  }

  private void canFork(Master master) {
    master.ready = true;
    for (Worker worker : master.workers) {
      if (worker.state == Worker.State.STARTING) {
        fork(master, worker);
      }
    }
    fill(master);
  }

  @Override
  public synchronized void said(int role, int number, int type, ByteBuffer contents)
      throws ProtocolException {
    Master master = role == Wire.MASTER ? master(number) : null;
    if (master != null) {
      switch (type) {
        case Wire.LOADED -> {
          if (master.ready) {
            throw new ProtocolException("worker: found LOADED of a master that is loaded");
          }
          canFork(master);
        }
        case Wire.FAILED -> failed(master, loadException(contents));
        case Wire.EXITED -> exited(contents);
        default -> LOG.debug("a master says {}", type);
      }
      return;
    }
    Worker worker = worker(number);
    Master parent = worker == null ? null : masterOf(worker);
    if (worker == null || parent == null) {
      return;
    }
    switch (type) {
      case Wire.LOADED -> {
        if (worker.loaded) {
          throw new ProtocolException("worker: found LOADED of a worker that is loaded");
        }
        worker.loaded = true;
        worker.answer = Reception.rest(contents);
        if (worker.complete()) {
          ready(parent, worker);
        }
      }
      case Wire.FAILED -> {
        LoadException why = loadException(contents);
        worker.dead();
        parent.workers.remove(worker);
        if (loaded.isDone() && parent == current) {
          LOG.error("{} can't load the application: {}", worker.name(), why.getMessage());
          if (++parent.failures < MAX_FAILURES) {
            fill(parent);
            return;
          }
        }
        failed(parent, why);
      }
      case Wire.LEAVING -> {
        if (worker.state == Worker.State.READY) {
          worker.leave("it got SIGTERM");
          fill(parent);
        }
      }
      case Wire.CHANGED -> {
        LOG.info("{} has changed", Reception.rest(contents));
        reload();
      }
      default -> LOG.debug("a worker says {}", type);
    }
  }

  private LoadException loadException(ByteBuffer contents) {
    boolean noModule = contents.get() == '1';
    byte[] message = new byte[contents.remaining()];
    contents.get(message);
    return Loading.failed(name, noModule, Wire.text(message));
  }

  /** A master says how a worker has ended. */
  private void exited(ByteBuffer contents) {
    int number = contents.getInt();
    int pid = contents.getInt();
    int status = contents.getInt();
    Worker worker = worker(number);
    if (worker == null) {
      Obituary obituary = obituaries.remove(number);
      if (obituary != null) {
        bury(obituary, how(status, obituary.worker()));
      }
      return;
    }
    worker.pid = pid;
    worker.end = how(status, worker);
    worker.endedAt = System.nanoTime();
    if (!worker.connected) {
      gone(worker);
    } // else what it has still said comes first, and then the end of its connection
  }

  private static String how(int status, Worker worker) {
    if (status >= 0) {
      return "has ended with exit status " + status;
    }
    return switch (-status) {
      case SIGKILL ->
          worker.killed
              ? "was killed"
              : "was killed by SIGKILL, from outside, as the kernel does when memory runs out";
      case SIGSEGV -> "has crashed with SIGSEGV; native code of a module may do so";
      default -> "was ended by signal %d; kill -l names it".formatted(-status);
    };
  }

  @Override
  public synchronized void left(int role, int number) {
    if (role == Wire.CONTROL) {
      Worker worker = worker(number);
      if (worker != null) {
        gone(worker);
      }
      return;
    }
    Master master = master(number);
    if (master == null || closed) {
      return;
    }
    replace(master);
  }

  /** A master is gone, unasked: its workers go on, and another one takes its place. */
  private void replace(Master master) {
    if (!loaded.isDone()) {
      failed(
          master,
          new LoadException("the process that forks Python's workers has died while they loaded"));
      return;
    }
    if (master == next) {
      failed(master, new LoadException("the process that forks workers has died"));
      return;
    }
    masters.remove(master);
    if (master != current) {
      return;
    }
    // If it lives after all, it is not trusted any more; but with a last word it would end the
    // workers.
    master.process().destroyForcibly();
    LOG.error(
        "the process that forks Python's workers has died; they go on, and another one is started");
    try {
      Master heir = start();
      for (Worker worker : master.workers) {
        if (worker.state == Worker.State.STARTING) {
          worker.dead(); // who knows how far it has come
        } else {
          heir.workers.add(worker);
        }
      }
      current = heir;
    } catch (LoadException e) {
      failed(master, e);
    }
  }

  @Override
  public synchronized void broken(Throwable why) {
    if (closed) {
      return;
    }
    LOG.error("the thread that watches Python's workers has failed; they are ended", why);
    List.copyOf(masters).forEach(this::abandon);
    current = null;
    next = null;
    long now = System.nanoTime();
    if (!loaded.isDone()) {
      loaded.completeExceptionally(
          new LoadException("the thread that watches Python's workers has failed", why));
    } else if (brokenAt != null && now - brokenAt < RELAPSE.toNanos()) {
      LOG.error("no more workers are started until a reload (SIGHUP); requests get 503");
    } else {
      try {
        current = start();
        broken = false;
      } catch (LoadException e) {
        LOG.error("requests get 503 until a reload (SIGHUP): {}", e.getMessage());
      }
    }
    brokenAt = now;
    refuseWaitersWithoutHope();
  }

  @Override
  public void tick() {
    open.endLate();
    supervise();
  }

  private synchronized void supervise() {
    long now = System.nanoTime();
    for (Master master : List.copyOf(masters)) {
      for (Worker worker : List.copyOf(master.workers)) {
        tick(master, worker, now);
      }
    }
    List<Obituary> late = new ArrayList<>();
    for (Iterator<Obituary> each = obituaries.values().iterator(); each.hasNext(); ) {
      Obituary obituary = each.next();
      if (now - obituary.since() > INQUEST.toNanos()) {
        each.remove();
        late.add(obituary);
      }
    }
    late.sort(Comparator.comparingLong(Obituary::since));
    late.forEach(obituary -> bury(obituary, "is gone"));
  }

  private void tick(Master master, Worker worker, long now) {
    if (worker.state == Worker.State.DEAD) {
      if (now - worker.diedAt > INQUEST.toNanos()) {
        worker.dropAll();
      }
      return;
    }
    if (worker.end != null && now - worker.endedAt > INQUEST.toNanos()) {
      gone(worker); // a child of its own keeps the connection open
      return;
    }
    if (!options.timeout().isZero()) {
      for (WorkerThread thread : worker.busyThreads()) {
        if (!thread.hung() && thread.silentMillis() > options.timeout().toMillis()) {
          hangs(master, worker, thread);
        }
      }
    }
    if (worker.state == Worker.State.READY && worker.unasked() != null) {
      worker.leave("it has sent what nobody asked for: no request is trusted to it any more");
      worker.suspect = true;
      if (master == current) {
        fill(master);
      }
    }
    if (worker.state == Worker.State.LEAVING && worker.busy() == 0 && worker.killAt == null) {
      // Its requests are served, and its threads and exit handlers have their time.
      Duration patience = worker.hung || worker.suspect ? LAST_WORDS : gracefulTimeout;
      worker.killAt = now + patience.toNanos();
    }
    if (worker.killAt != null && now - worker.killAt > 0) {
      if (!worker.killed && !worker.hung && !worker.suspect) {
        LOG.warn(
            "{} is killed: its threads and exit handlers have not ended within {}, the --graceful-timeout",
            worker.name(),
            shown(gracefulTimeout));
      }
      worker.killAt = now + LAST_WORDS.toNanos();
      worker.kill();
    }
  }

  /**
   * A request takes too long: its worker says where it stands, and goes when the others are over.
   */
  private void hangs(Master master, Worker worker, WorkerThread thread) {
    LOG.error(
        "{} hangs: its thread {} was silent for {}; what its threads do follows",
        worker.name(),
        thread.name(),
        shown(options.timeout()));
    // Before the signal, which wakes some of what hangs: the request is lost already.
    thread.giveUp();
    ByteBuffer signal = Wire.frame(Wire.SIGNAL, (int) worker.pid, SIGQUIT);
    master.send(signal);
    worker.hung = true;
    if (worker.state == Worker.State.READY) {
      worker.leave("it hung");
    }
    if (master == current) {
      fill(master);
    }
  }

  // --- The end ----------------------------------------------------------------------------------

  @Override
  public void close() {
    close(PATIENCE.plus(gracefulTimeout));
  }

  @Override
  public void close(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    List<Master> last;
    Reception listening;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      listening = reception;
      refuseWaitersWithoutHope();
      last = List.copyOf(masters);
      for (Master master : last) {
        for (Worker worker : List.copyOf(master.workers)) {
          if (worker.state == Worker.State.READY) {
            worker.leave("the application is closed");
          }
        }
      }
      awaitWorkers(end);
      last.forEach(Master::close);
    }
    listening.close();
    for (Master master : last) {
      end(master.process());
    }
    open.close();
    files.delete();
  }

  /**
   * Workers finish their requests, wait for their threads, run their exit handlers, and end.
   *
   * @param end until when: {@link System#nanoTime}
   */
  private void awaitWorkers(long end) {
    long begin = System.nanoTime();
    try {
      for (List<Worker> left = leaving(); !left.isEmpty(); left = leaving()) {
        long now = System.nanoTime();
        boolean busy = left.stream().anyMatch(worker -> worker.busy() > 0);
        if (now - end >= 0 || (busy && now - begin >= PATIENCE.toNanos())) {
          LOG.warn(
              "killed, since they have not ended in the {} ms that a stop had left for them: {}",
              Duration.ofNanos(now - begin).toMillis(),
              left.stream().map(Worker::name).collect(Collectors.joining(", ")));
          return;
        }
        wait(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Worker> leaving() {
    return masters.stream()
        .flatMap(master -> master.workers.stream())
        .filter(worker -> worker.state == Worker.State.LEAVING)
        .toList();
  }

  /** Waits for the end of a process that ends of itself, for a moment. */
  private static void end(Process process) {
    try {
      if (!process.waitFor(INQUEST.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
