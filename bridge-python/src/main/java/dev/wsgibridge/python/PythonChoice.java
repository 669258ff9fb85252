package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What is to run Python, and why. */
sealed interface PythonChoice {

  /** Why, for the log. */
  String reason();

  /**
   * An interpreter of this process.
   *
   * @param key the same for choices that can share an interpreter
   * @param opener makes the carrier
   */
  record Interpreter(Object key, String reason, Opener opener) implements PythonChoice {}

  /** As many interpreters of this process as there are to be workers. */
  record Interpreters(List<Interpreter> each, String reason) implements PythonChoice {}

  /**
   * Worker processes.
   *
   * @param python what they run
   */
  record Processes(PythonProbe python, String reason) implements PythonChoice {}

  /** Makes a carrier that is not started. */
  @FunctionalInterface
  interface Opener {
    Carrier open() throws LoadException;
  }

  int FIRST_JDK_IN_JVM = 22;
  int FIRST_MINOR_VERSION = 9;

  /**
   * Chooses.
   *
   * @param options {@link LoadOptions#python} and {@link LoadOptions#workers} tell what is wished
   */
  static PythonChoice of(LoadOptions options) throws LoadException {
    String needed = needsProcess(options.workers());
    if (needed != null && options.workers().count() == 0) {
      throw new LoadException(
          "%s: found --workers 0, which runs Python inside the JVM, expected --workers 1 or more; or leave %1$s out"
              .formatted(needed));
    }
    return switch (options.python()) {
      case LoadOptions.AUTO -> auto(options);
      case LoadOptions.GRAALPY -> graalPy(options, "--python graalpy");
      default -> named(options);
    };
  }

  private static PythonChoice auto(LoadOptions options) throws LoadException {
    String environment = System.getenv("VIRTUAL_ENV");
    String asked = "python3";
    String place = "python3 on the PATH";
    if (environment != null && Files.isExecutable(Path.of(environment, "bin", "python"))) {
      asked = Path.of(environment, "bin", "python").toString();
      place = "the virtual environment " + environment;
    }
    String trouble;
    try {
      Optional<PythonProbe> probe = PythonProbe.ask(asked);
      if (probe.isEmpty()) {
        trouble = "no python3 on the PATH";
      } else {
        String obstacle = obstacle(probe.get());
        if (obstacle == null) {
          return cPython(options, probe.get(), place);
        }
        trouble = "not %s: %s".formatted(place, obstacle);
      }
    } catch (LoadException e) {
      trouble = "not %s: it does not work".formatted(place);
    }
    if (options.workers().count() > 0) {
      throw new LoadException(
          "--workers: %s; install CPython 3.%d or newer, or name one with --python"
              .formatted(trouble, FIRST_MINOR_VERSION));
    }
    return graalPy(options, trouble);
  }

  private static PythonChoice named(LoadOptions options) throws LoadException {
    String python = options.python();
    Optional<PythonProbe> probe = PythonProbe.ask(python);
    if (probe.isEmpty()) {
      throw new LoadException(
          "--python %s: found %s, expected auto, graalpy or the path of a Python 3"
              .formatted(
                  python, Files.isDirectory(Path.of(python)) ? "a folder" : "no such program"));
    }
    String obstacle = obstacle(probe.get());
    if (obstacle != null) {
      throw new LoadException("--python %s: %s".formatted(python, obstacle));
    }
    return cPython(options, probe.get(), "--python " + python);
  }

  /** In the JVM or beside it. */
  private static PythonChoice cPython(LoadOptions options, PythonProbe probe, String reason)
      throws LoadException {
    int workers = options.workers().count();
    if (workers > 0) {
      return new Processes(probe, reason);
    }
    String obstacle = obstacleInJvm(probe);
    String needed = needsProcess(options.workers());
    if (workers == Workers.AUTO) {
      if (needed != null) {
        obstacle = needed + " is for a process of its own";
      }
      if (inWebApplication()) {
        obstacle = "web applications should not meet in one interpreter";
      }
      if (obstacle != null) {
        return new Processes(probe, "%s; not in the JVM: %s".formatted(reason, obstacle));
      }
    } else if (obstacle != null) {
      throw new LoadException(
          "--workers 0: %s can't run in the JVM: %s; or leave --workers 0 out"
              .formatted(probe.executable(), obstacle));
    }
    return new Interpreter(
        // Two web applications must not meet in it, even where they share these very classes.
        List.of(options.classLoader(), probe.executable()),
        reason,
        () -> CPython.IN_JVM.orElseThrow().carrier(probe));
  }

  /**
   * The option, if there is one, for which Python has to run in a process of its own; else null.
   */
  private static @Nullable String needsProcess(Workers workers) {
    if (workers.maxRequests() > 0) {
      return "--max-requests";
    }
    if (workers.maxRssBytes() > 0) {
      return "--reload-on-rss";
    }
    if (workers.preload()) {
      return "--preload";
    }
    return workers.reload() ? "--reload" : null;
  }

  /** Whether these classes are a web application's rather than the process's own. */
  static boolean inWebApplication() {
    return !PythonChoice.class.getClassLoader().equals(ClassLoader.getSystemClassLoader());
  }

  private static PythonChoice graalPy(LoadOptions options, String reason) throws LoadException {
    String obstacle = GraalPyJars.obstacle();
    if (obstacle != null) {
      throw new LoadException(
          "nothing here can run Python: GraalPy can't (%s); %s".formatted(obstacle, reason));
    }
    String needed = needsProcess(options.workers());
    if (needed != null) {
      throw new LoadException(
          "%s: found GraalPy (%s), which runs inside the JVM, expected CPython, whose workers are processes; leave the option out, or name a CPython with --python"
              .formatted(needed, reason));
    }
    // Web applications that share these very classes don't share an interpreter.
    ClassLoader classLoader = options.classLoader();
    int workers = options.workers().count();
    if (workers <= 0) {
      return new Interpreter(classLoader, reason, () -> new GraalPyCarrier(classLoader));
    }
    List<Interpreter> each =
        IntStream.rangeClosed(1, workers)
            .mapToObj(
                number ->
                    new Interpreter(
                        List.of(classLoader, number),
                        "context %d of %d, %s".formatted(number, workers, reason),
                        () -> new GraalPyCarrier(classLoader)))
            .toList();
    return new Interpreters(each, reason);
  }

  /** What keeps this Python from being run at all. */
  private static @Nullable String obstacle(PythonProbe probe) {
    if (!probe.implementation().equals("cpython")) {
      return "it is %s, expected CPython".formatted(probe.implementation());
    }
    if (Integer.parseInt(probe.minorVersion().substring("3.".length())) < FIRST_MINOR_VERSION) {
      return "it is Python %s, expected 3.%d or newer"
          .formatted(probe.version(), FIRST_MINOR_VERSION);
    }
    return null;
  }

  /** What keeps this Python out of this JVM, and the cure. */
  private static @Nullable String obstacleInJvm(PythonProbe probe) {
    int jdk = Runtime.version().feature();
    if (jdk < FIRST_JDK_IN_JVM) {
      return "this is JDK %d, and it takes JDK %d or newer; set JAVA_HOME"
          .formatted(jdk, FIRST_JDK_IN_JVM);
    }
    if (CPython.IN_JVM.isEmpty()) {
      return "bridge-python-ffm is not on the class path";
    }
    return CPython.IN_JVM.get().obstacle(probe).orElse(null);
  }

  /** Looked up where it is needed: on an older JDK its class can't be loaded. */
  final class CPython {

    static final Optional<CPythonInJvm> IN_JVM = find();

    private static Optional<CPythonInJvm> find() {
      try {
        return ServiceLoader.load(CPythonInJvm.class, CPythonInJvm.class.getClassLoader())
            .findFirst();
      } catch (ServiceConfigurationError e) {
        return Optional.empty();
      }
    }
  }
}
