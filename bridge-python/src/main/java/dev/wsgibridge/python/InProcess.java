package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An application in an interpreter of this process.
 *
 * <p>Each {@link PythonCall} is queued for one of the interpreter's threads, which runs the
 * application and its iterable to the end; blocks that have to go out before the next is asked for
 * are sent from there.
 */
final class InProcess implements Python {

  /** How many calls run at once where no one says. */
  static final int DEFAULT_THREADS = 8;

  private final SharedInterpreter interpreter;
  private final ThreadShare share;
  private final Duration timeout;
  private final Loading.Loaded loaded;
  private final CompletableFuture<String> stuck;

  private InProcess(
      SharedInterpreter interpreter,
      ThreadShare share,
      Duration timeout,
      Loading.Loaded loaded,
      CompletableFuture<String> stuck) {
    this.interpreter = interpreter;
    this.share = share;
    this.timeout = timeout;
    this.loaded = loaded;
    this.stuck = stuck;
  }

  static InProcess load(PythonChoice.Interpreter choice, String name, LoadOptions options)
      throws LoadException {
    SharedInterpreter interpreter = SharedInterpreter.enter(choice);
    boolean done = false;
    try {
      Loading.Loaded loaded = Loading.loaded(name, interpreter.load(name, options.pythonPath()));
      OwnServer ownServer = loaded.ownServer();
      LoadOptions asked = ownServer == null ? options : ownServer.askedOf(options);
      CompletableFuture<String> stuck = new CompletableFuture<>();
      ThreadShare share =
          new ThreadShare(
              name,
              asked.threads() == 0 ? DEFAULT_THREADS : asked.threads(),
              options.backlog(),
              stuck::complete);
      Duration timeout = asked.workers().timeout();
      interpreter.add(share, timeout);
      done = true;
      return new InProcess(interpreter, share, timeout, loaded, stuck);
    } finally {
      if (!done) {
        interpreter.leave(SharedInterpreter.PATIENCE);
      }
    }
  }

  @Override
  public @Nullable OwnServer ownServer() {
    return loaded.ownServer();
  }

  @Override
  public String description() {
    return interpreter.carrier().description();
  }

  @Override
  public Reply call(Exchange exchange, EnvironText environ) throws UnansweredException {
    return call(exchange, environ, () -> {});
  }

  /**
   * Calls the application.
   *
   * @param after run once Python is through with the request, or has refused it, or its thread is
   *     written off
   */
  Reply call(Exchange exchange, EnvironText environ, Runnable after) throws UnansweredException {
    PythonCall call =
        new PythonCall(interpreter, share, exchange, environ, loaded.number(), timeout, after);
    boolean runs;
    try {
      runs = interpreter.call(call);
    } catch (UnansweredException | RuntimeException e) {
      after.run();
      throw e;
    }
    return call.await(!runs);
  }

  @Override
  public CompletionStage<String> stuck() {
    return stuck;
  }

  /** Whether all of its threads hang. */
  boolean exhausted() {
    return interpreter.exhausted(share);
  }

  @Override
  public boolean reload() {
    return false;
  }

  @Override
  public void close() {
    close(SharedInterpreter.PATIENCE);
  }

  @Override
  public void close(Duration patience) {
    interpreter.remove(share);
    interpreter.leave(patience);
  }
}
