package dev.wsgibridge.python;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a worker has answered, and what is left to do there once the response is over. */
final class WorkerReply implements Python.Reply {

  /** For how long a worker's thread is kept for a client that reads. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** The replies that are being sent while a thread of a worker is kept for each. */
  static final class Open {

    private final Set<WorkerReply> replies = ConcurrentHashMap.newKeySet();

    /** Ends those that a client takes long to read, each on a thread of its own. */
    void endLate() {
      long now = System.nanoTime();
      List<WorkerReply> late =
          replies.stream().filter(each -> now - each.since > PATIENCE.toNanos()).toList();
      for (WorkerReply each : late) {
        replies.remove(each);
        Thread thread = new Thread(each::endOnce, "python-end");
        thread.setDaemon(true);
        thread.start();
      }
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
    open.replies.add(this);
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
