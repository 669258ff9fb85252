package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * An application in several interpreters of this process, each with its own modules and threads:
 * what {@code --workers} is on GraalPy. A call goes to the one with the fewest calls in flight.
 */
final class Contexts implements Python {

  private final List<InProcess> contexts;
  private final AtomicIntegerArray inFlight;

  private Contexts(List<InProcess> contexts) {
    this.contexts = List.copyOf(contexts);
    this.inFlight = new AtomicIntegerArray(contexts.size());
  }

  static Contexts load(PythonChoice.Interpreters choice, String name, LoadOptions options)
      throws LoadException {
    int count = choice.each().size();
    // --backlog is for all of them together.
    LoadOptions ofEach = options.withBacklog((options.backlog() + count - 1) / count);
    List<InProcess> contexts = new ArrayList<>(count);
    boolean done = false;
    try {
      for (PythonChoice.Interpreter each : choice.each()) {
        contexts.add(InProcess.load(each, name, ofEach));
      }
      done = true;
      return new Contexts(contexts);
    } finally {
      if (!done) {
        contexts.forEach(each -> each.close(SharedInterpreter.PATIENCE));
      }
    }
  }

  @Override
  public @Nullable OwnServer ownServer() {
    return contexts.get(0).ownServer();
  }

  @Override
  public String description() {
    String one = contexts.get(0).description();
    return contexts.size() == 1 ? one : "%d contexts of %s".formatted(contexts.size(), one);
  }

  @Override
  public Reply call(Exchange exchange, EnvironText environ) throws UnansweredException {
    int context = takeLeastBusy();
    EnvironText told = contexts.size() == 1 ? environ : environ.withMultiprocess();
    return contexts.get(context).call(exchange, told, () -> inFlight.decrementAndGet(context));
  }

  private int takeLeastBusy() {
    while (true) {
      int least = 0;
      int calls = inFlight.get(0);
      boolean fit = !contexts.get(0).exhausted();
      for (int i = 1; i < inFlight.length(); i++) {
        boolean thisFit = !contexts.get(i).exhausted();
        if (thisFit == fit ? inFlight.get(i) < calls : thisFit) {
          least = i;
          calls = inFlight.get(i);
          fit = thisFit;
        }
      }
      if (inFlight.compareAndSet(least, calls, calls + 1)) {
        return least;
      }
    }
  }

  @Override
  public boolean reload() {
    return false;
  }

  @Override
  public CompletionStage<String> stuck() {
    CompletableFuture<String> any = new CompletableFuture<>();
    contexts.forEach(each -> each.stuck().thenAccept(any::complete));
    return any;
  }

  @Override
  public void close() {
    close(SharedInterpreter.PATIENCE);
  }

  @Override
  public void close(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    for (InProcess each : contexts) {
      each.close(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
  }
}
