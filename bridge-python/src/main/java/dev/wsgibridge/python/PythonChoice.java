package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * What is to run Python, and why.
 *
 * @param key the same for choices that can share an interpreter
 * @param reason for the log
 * @param opener makes the carrier
 */
record PythonChoice(Object key, String reason, Opener opener) {

  /** Makes a carrier that is not started. */
  @FunctionalInterface
  interface Opener {
    Carrier open() throws LoadException;
  }

  private static final int FIRST_JDK_IN_JVM = 22;
  private static final int FIRST_MINOR_VERSION = 9;

  /**
   * Chooses.
   *
   * @param options {@link LoadOptions#python} tells what is wished
   */
  static PythonChoice of(LoadOptions options) throws LoadException {
    return switch (options.python()) {
      case LoadOptions.AUTO -> auto(options.classLoader());
      case LoadOptions.GRAALPY -> graalPy(options.classLoader(), "--python graalpy");
      default -> named(options.classLoader(), options.python());
    };
  }

  private static PythonChoice auto(ClassLoader classLoader) throws LoadException {
    String environment = System.getenv("VIRTUAL_ENV");
    String asked = "python3";
    String place = "python3 on the PATH";
    if (environment != null && Files.isExecutable(Path.of(environment, "bin", "python"))) {
      asked = Path.of(environment, "bin", "python").toString();
      place = "the virtual environment " + environment;
    }
    Optional<PythonProbe> probe;
    try {
      probe = PythonProbe.ask(asked);
    } catch (LoadException e) {
      return graalPy(classLoader, "not %s: it does not work".formatted(place));
    }
    if (probe.isEmpty()) {
      return graalPy(classLoader, "no python3 on the PATH");
    }
    Optional<String> obstacle = obstacle(probe.get());
    return obstacle.isEmpty()
        ? inJvm(classLoader, probe.get(), place)
        : graalPy(classLoader, "not %s: %s".formatted(place, obstacle.get()));
  }

  private static PythonChoice named(ClassLoader classLoader, String python) throws LoadException {
    Optional<PythonProbe> probe = PythonProbe.ask(python);
    if (probe.isEmpty()) {
      throw new LoadException(
          "--python %s: found %s, expected auto, graalpy or the path of a Python 3"
              .formatted(
                  python, Files.isDirectory(Path.of(python)) ? "a folder" : "no such program"));
    }
    Optional<String> obstacle = obstacle(probe.get());
    if (obstacle.isPresent()) {
      throw new LoadException("--python %s: %s".formatted(python, obstacle.get()));
    }
    return inJvm(classLoader, probe.get(), "--python " + python);
  }

  private static PythonChoice inJvm(ClassLoader classLoader, PythonProbe probe, String reason) {
    return new PythonChoice(
        // Two web applications must not meet in it, even where they share these very classes.
        List.of(classLoader, probe.executable()),
        reason,
        () -> CPython.IN_JVM.orElseThrow().carrier(probe));
  }

  private static PythonChoice graalPy(ClassLoader classLoader, String reason) throws LoadException {
    String obstacle = GraalPyJars.obstacle();
    if (obstacle != null) {
      throw new LoadException(
          "nothing here can run Python: GraalPy can't (%s); %s".formatted(obstacle, reason));
    }
    // Web applications that share these very classes don't share an interpreter.
    return new PythonChoice(classLoader, reason, () -> new GraalPyCarrier(classLoader));
  }

  /** What keeps this Python out of this JVM, and the cure. */
  private static Optional<String> obstacle(PythonProbe probe) {
    if (!probe.implementation().equals("cpython")) {
      return Optional.of(
          "it is %s, and only CPython can be run in the JVM".formatted(probe.implementation()));
    }
    if (Integer.parseInt(probe.minorVersion().substring("3.".length())) < FIRST_MINOR_VERSION) {
      return Optional.of(
          "it is Python %s, expected 3.%d or newer"
              .formatted(probe.version(), FIRST_MINOR_VERSION));
    }
    int jdk = Runtime.version().feature();
    if (jdk < FIRST_JDK_IN_JVM) {
      return Optional.of(
          "this is JDK %d, and CPython in the JVM needs JDK %d or newer; set JAVA_HOME"
              .formatted(jdk, FIRST_JDK_IN_JVM));
    }
    if (CPython.IN_JVM.isEmpty()) {
      return Optional.of(
          "bridge-python-ffm, which runs CPython in the JVM, is not on the class path");
    }
    return CPython.IN_JVM.get().obstacle(probe);
  }

  /** Looked up where it is needed: on an older JDK its class can't be loaded. */
  private static final class CPython {

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
