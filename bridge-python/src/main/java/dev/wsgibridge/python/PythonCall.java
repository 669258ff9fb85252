package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One call of an application in an interpreter of this process: Python runs on its own thread, the
 * caller's waits.
 *
 * <p>Python's thread has the request only while {@link Silence} says that it is its turn: a call
 * that was given up can neither send nor read any more, and its answer is dropped.
 */
final class PythonCall implements Runnable, Python.Reply {

  /** How often a call that waits for its turn looks whether its client is still there. */
  static final Duration LOOK = Duration.ofSeconds(1);

  static final String CLIENT_LEFT = "the client has left while its request waited";

  private static final byte[] NO_BYTES = {};

  private final SharedInterpreter interpreter;
  private final ThreadShare share;
  private final Exchange exchange;
  private final EnvironText environ;
  private final int application;
  private final Duration timeout;
  private final Runnable after;

  private final Silence silence = new Silence();
  private final CompletableFuture<Answer> answered = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Void> finished = new CompletableFuture<>();
  private final AtomicBoolean afterRan = new AtomicBoolean();

  /** Guards that Python is interrupted only while it runs this very call. */
  private final Object interruption = new Object();

  private boolean returned;
  private boolean interrupted;

  /**
   * A call that has not begun.
   *
   * @param application the number by which Python knows it
   * @param timeout how long it may be silent; zero for ever
   * @param after run once Python is through with the call, or it is refused, or written off
   */
  PythonCall(
      SharedInterpreter interpreter,
      ThreadShare share,
      Exchange exchange,
      EnvironText environ,
      int application,
      Duration timeout,
      Runnable after) {
    this.interpreter = interpreter;
    this.share = share;
    this.exchange = exchange;
    this.environ = environ;
    this.application = application;
    this.timeout = timeout;
    this.after = after;
  }

  ThreadShare share() {
    return share;
  }

  // --- On Python's thread -----------------------------------------------------------------------

  @Override
  public void run() {
    Carrier carrier = interpreter.carrier();
    silence.toPython();
    try {
      int flags = environ.flags() | (share.limit > 1 ? EnvironText.MULTITHREAD : 0);
      Exchange watched = new WatchedExchange();
      Answer answer = carrier.call(HostFunction.SERVE, watched, application, flags, environ.text());
      if (silence.toJava()) {
        answered.complete(answer);
      } else if (answer.kind() == Answer.Kind.FILE) {
        carrier.call(HostFunction.CLOSE, Exchange.NONE, answer.file().number(), 0, "");
      }
      if (answer.kind() == Answer.Kind.UNFINISHED) {
        silence.toPython();
        carrier.call(HostFunction.FINISH, watched, 0, 0, "");
      }
    } catch (RuntimeException | Error e) {
      answered.completeExceptionally(e); // nobody asks any more where it was given up
    } finally {
      comeBack(carrier);
    }
  }

  private void comeBack(Carrier carrier) {
    boolean inTime = silence.end();
    boolean recover;
    synchronized (interruption) {
      returned = true;
      recover = interrupted;
    }
    if (recover) {
      carrier.recover();
    }
    runAfter();
    if (inTime) {
      finished.complete(null);
    }
  }

  private void runAfter() {
    if (afterRan.compareAndSet(false, true)) {
      after.run();
    }
  }

  // --- On the caller's thread -------------------------------------------------------------------

  /**
   * Waits for the answer.
   *
   * @param waits whether the call waits for its turn, so that it can be withdrawn
   * @throws UnansweredException there will be none
   */
  Python.Reply await(boolean waits) throws UnansweredException {
    try {
      if (waits) {
        awaitTurn();
      }
      answered.join();
      return this;
    } catch (CompletionException e) {
      if (e.getCause() instanceof UnansweredException unanswered) {
        throw unanswered;
      }
      finished.join();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Returns when there is an answer, or nothing left to look after. */
  private void awaitTurn() throws UnansweredException {
    while (true) {
      String why;
      try {
        answered.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (ExecutionException e) {
        return;
      } catch (TimeoutException e) {
        if (!exchange.clientLeft()) {
          continue;
        }
        why = CLIENT_LEFT;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        why = "the server stops";
      }
      if (interpreter.withdraw(this)) {
        runAfter();
        throw new UnansweredException(UnansweredException.Status.SERVICE_UNAVAILABLE, why);
      }
      return; // its turn has come
    }
  }

  @Override
  public Answer answer() {
    return answered.join();
  }

  @Override
  public byte[] next() {
    return NO_BYTES;
  }

  /** Lets go of a payload, which may be in a file by now. */
  @Override
  public void sending() {
    if (answer().kind() == Answer.Kind.UNFINISHED) {
      answered.obtrudeValue(new Answer(Answer.Kind.UNFINISHED, null, NO_BYTES));
    }
  }

  @Override
  public void end() throws IOException {
    try {
      finished.get();
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      finished.join();
    }
    Answer answer = answer();
    if (answer.kind() == Answer.Kind.FILE) {
      Answer closed = interpreter.close(answer.file().number(), timeout);
      if (closed.kind() == Answer.Kind.FAILED) {
        throw new IOException(new String(closed.payload(), UTF_8));
      }
    }
  }

  // --- From elsewhere ---------------------------------------------------------------------------

  /** Its turn won't come. */
  void refuse(UnansweredException why) {
    runAfter();
    answered.completeExceptionally(why);
  }

  /** Gives it up where it has been silent for too long; {@link #tell} is to follow. */
  boolean giveUp() {
    return !timeout.isZero() && silence.giveUp(timeout);
  }

  /**
   * Ends the caller's wait for a call that was given up.
   *
   * @param thread on which it hangs
   * @param stack where; empty where nobody knows
   */
  void tell(String thread, String stack) {
    String found =
        "%s was silent for %s, which is the --timeout: it is given up and gets an exception; %s"
            .formatted(
                thread,
                timeout.toMillis() % 1000 == 0
                    ? timeout.toSeconds() + " s"
                    : timeout.toMillis() + " ms",
                stack.isEmpty()
                    ? "where it stands can't be known now, such as while native code keeps the GIL"
                    : "it stood at\n" + stack);
    UnansweredException unanswered =
        new UnansweredException(UnansweredException.Status.GATEWAY_TIMEOUT, found);
    answered.completeExceptionally(unanswered);
    finished.completeExceptionally(unanswered);
  }

  /** Interrupts Python, unless it is through with this call. */
  void interrupt(Carrier carrier, Thread thread) {
    synchronized (interruption) {
      if (!returned) {
        interrupted = true;
        carrier.interrupt(thread);
      }
    }
  }

  /** Its thread won't come back, as far as one can see. */
  void writtenOff() {
    runAfter();
  }

  /** The request, as long as it is Java's turn. */
  private final class WatchedExchange implements Exchange {

    private void begin() throws IOException {
      if (!silence.toJava()) {
        throw new IOException("the request is over");
      }
    }

    @Override
    public void send(byte @Nullable [] head, byte[] block) throws IOException {
      begin();
      try {
        exchange.send(head, block);
      } finally {
        silence.toPython();
      }
    }

    @Override
    public byte[] read(int size) throws IOException {
      begin();
      try {
        return exchange.read(size);
      } finally {
        silence.toPython();
      }
    }

    @Override
    public void errors(String text) {
      if (!silence.toJava()) {
        Exchange.NONE.errors(text);
        return;
      }
      try {
        exchange.errors(text);
      } finally {
        silence.toPython();
      }
    }

    @Override
    public Map<String, Object> objects() {
      return exchange.objects();
    }
  }
}
