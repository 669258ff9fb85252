package dev.wsgibridge.python;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a worker has answered, and what is left to do there once the response is over. */
final class WorkerReply implements Python.Reply {

  /** For how long a worker's thread is kept for a client that reads, where nobody wants it. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** The replies that are being sent while a thread of a worker is kept for each. */
  static final class Open {

    private static final long KEEP_SECONDS = 1;

    private final Set<WorkerReply> replies = ConcurrentHashMap.newKeySet();
    private final BooleanSupplier wanted;
    private final ExecutorService threads;

    /**
     * None.
     *
     * @param wanted whether a request waits for a worker's thread
     */
    Open(BooleanSupplier wanted) {
      this.wanted = wanted;
      threads =
          new ThreadPoolExecutor(
              0,
              Integer.MAX_VALUE, // there are no more than threads of workers
              KEEP_SECONDS,
              TimeUnit.SECONDS,
              new SynchronousQueue<>(),
              task -> {
                Thread thread = new Thread(task, "python-end");
                thread.setDaemon(true);
                return thread;
              },
              new ThreadPoolExecutor.DiscardPolicy());
    }

    private void add(WorkerReply reply) {
      replies.add(reply);
      if (wanted.getAsBoolean()) {
        end(reply);
      }
    }

    /** Somebody wants a worker's thread. */
    void endAll() {
      replies.forEach(this::end);
    }

    /** Ends those that a client takes long to read, so that their workers may be replaced. */
    void endLate() {
      long now = System.nanoTime();
      replies.stream().filter(each -> now - each.since > PATIENCE.toNanos()).forEach(this::end);
    }

    private void end(WorkerReply reply) {
      if (replies.remove(reply)) {
        threads.execute(reply::endOnce);
      }
    }

    void close() {
      threads.shutdown();
    }
  }

  private final WorkerThread thread;
  private final Exchange exchange;
  private final Answer answer;
  private final Open open;
  private final Consumer<WorkerThread> release;
  private long since;

  private boolean ended;
  private @Nullable IOException failure;

  /**
   * An answer.
   *
   * @param release takes the thread back, once; null where that has been done
   */
  WorkerReply(
      WorkerThread thread,
      Exchange exchange,
      Answer answer,
      Open open,
      @Nullable Consumer<WorkerThread> release) {
    this.thread = thread;
    this.exchange = exchange;
    this.answer = answer;
    this.open = open;
    this.release = release == null ? none -> {} : release;
    ended = release == null;
  }

  @Override
  public Answer answer() {
    return answer;
  }

  @Override
  public byte[] next() throws IOException {
    return thread.next();
  }

  @Override
  public void sending() {
    since = System.nanoTime();
    open.add(this);
  }

  @Override
  public void end() throws IOException {
    open.replies.remove(this);
    IOException failed = endOnce();
    if (failed != null) {
      throw failed;
    }
  }

  private synchronized @Nullable IOException endOnce() {
    if (!ended) {
      ended = true;
      try {
        thread.finish(exchange, answer.kind());
      } catch (IOException e) {
        failure = e;
      } finally {
        release.accept(thread);
      }
    }
    return failure;
  }
}
