package dev.wsgibridge.python;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an application may take of the {@link PythonThreads}, under whose lock all of this is used.
 *
 * <p>A call that hangs for good keeps its thread. The thread is written off, and another takes its
 * place: for as many as there are threads in the share. Beyond that the share shrinks.
 */
final class ThreadShare {

  /** A call that waits, and since when: {@link System#nanoTime}. */
  record Waiting(PythonCall call, long since) {}

  final String application;
  final int limit;
  final Queue queue = new Queue("Python threads");
  final Deque<Waiting> waiting = new ArrayDeque<>();

  /** Hears, in words for the log, when a thread hangs and is not replaced. */
  final Consumer<String> onLoss;

  private final int backlog;

  /** How many threads of the share have a call, those that are lost included. */
  private int running;

  /** How many are written off, and were replaced. */
  private int replaced;

  /** How many are written off, and were not. */
  private int lost;

  /**
   * A share.
   *
   * @param application its name, for the log
   * @param limit how many calls run at once
   * @param backlog how many may wait
   * @param onLoss hears, in words for the log, when a thread hangs and is not replaced
   */
  ThreadShare(String application, int limit, int backlog, Consumer<String> onLoss) {
    this.application = application;
    this.limit = limit;
    this.backlog = backlog;
    this.onLoss = onLoss;
  }

  /** Whether one more call may run. */
  boolean hasRoom() {
    return running < limit;
  }

  /** Whether no call will ever run again, as far as one can see. */
  boolean exhausted() {
    return lost == limit;
  }

  int replaced() {
    return replaced;
  }

  /** How many threads are left to run calls. */
  int left() {
    return limit - lost;
  }

  void begin() {
    running++;
  }

  void end() {
    running--;
  }

  /**
   * Has a call wait.
   *
   * @throws UnansweredException too many do already
   */
  void await(PythonCall call) throws UnansweredException {
    queue.enter(waiting.size(), backlog);
    waiting.addLast(new Waiting(call, System.nanoTime()));
  }

  /** Whether the call was waiting, and does no more. */
  boolean withdraw(PythonCall call) {
    return waiting.removeIf(each -> each.call() == call);
  }

  /** The call whose turn it is, which is to be run; null where none waits or may run. */
  @Nullable PythonCall next() {
    Waiting next = hasRoom() ? waiting.pollFirst() : null;
    if (next == null) {
      return null;
    }
    running++;
    queue.leave(System.nanoTime() - next.since(), waiting.size());
    return next.call();
  }

  /** A thread hangs for good; returns whether another may take its place. */
  boolean writeOff() {
    if (replaced < limit) {
      replaced++;
      running--;
      return true;
    }
    lost++;
    return false;
  }

  /** A thread that was written off is free after all. */
  void comeBack(boolean wasReplaced) {
    if (wasReplaced) {
      replaced--;
    } else {
      lost--;
      running--;
    }
  }
}
