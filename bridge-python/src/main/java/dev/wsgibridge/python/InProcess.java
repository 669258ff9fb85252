package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * An application in an interpreter of this process.
 *
 * <p>Each call is queued for one of the interpreter's threads, which runs the application and its
 * iterable to the end; blocks that have to go out before the next is asked for are sent from there.
 */
final class InProcess implements Python {

  /** How many calls run at once where no one says. */
  static final int DEFAULT_THREADS = 8;

  private static final byte[] NO_BYTES = {};

  private final SharedInterpreter interpreter;
  private final Loading.Loaded loaded;

  private InProcess(SharedInterpreter interpreter, Loading.Loaded loaded) {
    this.interpreter = interpreter;
    this.loaded = loaded;
  }

  static InProcess load(PythonChoice.Interpreter choice, String name, LoadOptions options)
      throws LoadException {
    SharedInterpreter interpreter = SharedInterpreter.enter(choice);
    boolean done = false;
    try {
      Loading.Loaded loaded = Loading.loaded(name, interpreter.load(name, options.pythonPath()));
      OwnServer ownServer = loaded.ownServer();
      LoadOptions asked = ownServer == null ? options : ownServer.askedOf(options);
      interpreter.allow(
          asked.threads() == 0 ? DEFAULT_THREADS : asked.threads(), options.backlog());
      done = true;
      return new InProcess(interpreter, loaded);
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
   * @param after run once Python is through with the request, or has refused it
   */
  Reply call(Exchange exchange, EnvironText environ, Runnable after) throws UnansweredException {
    Call call = new Call(exchange, environ, after);
    boolean queued = false;
    try {
      interpreter.run(call);
      queued = true;
    } finally {
      if (!queued) {
        after.run();
      }
    }
    return call.await();
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
    interpreter.leave(patience);
  }

  /** One call on its way: Python runs on its own thread, the caller's waits. */
  private final class Call implements Runnable, Reply {

    private final Exchange exchange;
    private final EnvironText environ;
    private final Runnable after;
    private final CompletableFuture<Answer> answered = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> finished = new CompletableFuture<>();

    Call(Exchange exchange, EnvironText environ, Runnable after) {
      this.exchange = exchange;
      this.environ = environ;
      this.after = after;
    }

    @Override
    public void run() {
      Carrier carrier = interpreter.carrier();
      try {
        int flags = environ.flags() | (interpreter.multithread() ? EnvironText.MULTITHREAD : 0);
        Answer answer =
            carrier.call(HostFunction.SERVE, exchange, loaded.number(), flags, environ.text());
        answered.complete(answer);
        if (answer.kind() == Answer.Kind.UNFINISHED) {
          carrier.call(HostFunction.FINISH, exchange, 0, 0, "");
        }
      } catch (RuntimeException | Error e) {
        answered.completeExceptionally(e);
      } finally {
        after.run();
        finished.complete(null);
      }
    }

    Reply await() {
      try {
        answered.join();
        return this;
      } catch (CompletionException e) {
        finished.join();
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
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

    @Override
    public void end() throws IOException {
      finished.join();
      Answer answer = answer();
      if (answer.kind() == Answer.Kind.FILE) {
        Answer closed = interpreter.close(answer.file().number());
        if (closed.kind() == Answer.Kind.FAILED) {
          throw new IOException(new String(closed.payload(), UTF_8));
        }
      }
    }
  }
}
