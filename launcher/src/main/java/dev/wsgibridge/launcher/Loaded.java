package dev.wsgibridge.launcher;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Middleware;
import dev.wsgibridge.Mounts;
import dev.wsgibridge.python.OwnServer;
import dev.wsgibridge.python.PythonApplication;
import dev.wsgibridge.validate.Validator;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.LoggerFactory;

/**
 * The applications of one command, loaded and put together.
 *
 * @param application all of them as one
 * @param parts each by itself, in the order in which they were loaded
 */
record Loaded(Application application, List<Application> parts) implements AutoCloseable {

  /**
   * Loads them on a thread of their own.
   *
   * @param names by prefix; none at all for the tour
   * @param scriptName below which they stand, all together; empty for the root
   * @param lint whether each is checked against the rules of PEP 3333
   * @param share how many requests each may have at a time; 0 for any number
   * @return fails with {@link LoadException}
   */
  static CompletableFuture<Loaded> load(
      Map<String, String> names, String scriptName, boolean lint, int share, LoadOptions options) {
    CompletableFuture<Loaded> loading = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                loading.complete(together(names, scriptName, lint, share, options));
              } catch (Throwable e) {
                loading.completeExceptionally(e);
              }
            },
            "load");
    thread.setContextClassLoader(options.classLoader());
    thread.setDaemon(true);
    thread.start();
    return loading;
  }

  private static Loaded together(
      Map<String, String> names, String scriptName, boolean lint, int share, LoadOptions options)
      throws LoadException {
    Middleware check = lint ? new Validator() : application -> application;
    Map<String, Application> loaded = names.isEmpty() ? Tour.load(options) : each(names, options);
    Map<String, Application> mounts = new LinkedHashMap<>();
    loaded.forEach(
        (prefix, part) -> {
          Application checked = check.wrap(part);
          mounts.put(
              scriptName + prefix, share == 0 ? checked : new Bounded(checked, prefix, share));
        });
    Application only = mounts.size() == 1 ? mounts.get("") : null;
    return new Loaded(only == null ? new Mounts(mounts) : only, List.copyOf(loaded.values()));
  }

  private static Map<String, Application> each(Map<String, String> names, LoadOptions options)
      throws LoadException {
    Map<String, Application> loaded = new LinkedHashMap<>();
    for (Map.Entry<String, String> name : names.entrySet()) {
      loaded.put(name.getKey(), Applications.load(name.getValue(), options));
    }
    return loaded;
  }

  /** The same, below a prefix. */
  Loaded below(String prefix) {
    return new Loaded(new Mounts(Map.of(prefix, application)), parts);
  }

  /** The server that a script has started itself, where that is all that was loaded. */
  Optional<OwnServer> ownServer() {
    return parts.size() == 1 && parts.get(0) instanceof PythonApplication python
        ? python.ownServer()
        : Optional.empty();
  }

  /**
   * Loads the code anew of all that can be.
   *
   * @return whether there was any
   */
  boolean reload() {
    boolean any = false;
    for (Application part : parts) {
      any |= part instanceof PythonApplication python && python.reload();
    }
    return any;
  }

  /** Completes when one of them has lost a thread for good: {@link PythonApplication#stuck}. */
  CompletableFuture<String> stuck() {
    CompletableFuture<String> any = new CompletableFuture<>();
    for (Application part : parts) {
      if (part instanceof PythonApplication python) {
        python.stuck().thenAccept(any::complete);
      }
    }
    return any;
  }

  @Override
  public void close() {
    close(Duration.ofSeconds(5));
  }

  /**
   * Closes them.
   *
   * @param patience how long all of them together may take, as far as they can be cut
   */
  void close(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    for (Application part : parts) {
      if (part instanceof AutoCloseable closeable) {
        try {
          if (part instanceof PythonApplication python) {
            python.close(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
          } else {
            closeable.close();
          }
        } catch (Exception e) {
          LoggerFactory.getLogger(Loaded.class).warn("an application failed when it was closed", e);
        }
      }
    }
  }
}
