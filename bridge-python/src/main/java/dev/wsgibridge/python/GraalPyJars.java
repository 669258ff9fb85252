package dev.wsgibridge.python;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * GraalPy's jars as they are found, and the folders that it keeps. What has to be right before the
 * first of its classes is touched: this class refers to none of them.
 */
final class GraalPyJars {

  private static final Logger LOG = LoggerFactory.getLogger(GraalPyJars.class);

  /** Where Truffle unpacks its resources; it reads this when it unpacks the first one. */
  private static final String RESOURCE_CACHE = "polyglot.engine.userResourceCache";

  /** Makes Truffle interpret, without its optimizing runtime. */
  private static final String FALLBACK_RUNTIME = "truffle.UseFallbackRuntime";

  private GraalPyJars() {}

  /** What keeps GraalPy from running here, and the cure; null if nothing does. */
  static @Nullable String obstacle() {
    if (isMissing("org.graalvm.polyglot.Context")
        || isMissing("com.oracle.graal.python.PythonLanguage")) {
      return "its jars are not on the class path; add org.graalvm.polyglot:polyglot and"
          + " org.graalvm.polyglot:python";
    }
    return null;
  }

  /**
   * Runs what touches GraalPy's classes for the first time.
   *
   * <p>Truffle's optimizing runtime wants the classes of truffle-compiler, JIT or not. With a JIT
   * they are the JVM's, on its upgrade module path, and a second copy in a web application breaks
   * it: so a WAR has none, and without a JIT the runtime that needs none has to be chosen.
   */
  static <T> T firstTouch(Start<T> start) throws IOException {
    keepResources();
    boolean fallback =
        System.getProperty(FALLBACK_RUNTIME) == null
            && isMissing("com.oracle.truffle.compiler.TruffleCompilationSupport");
    if (fallback) {
      System.setProperty(FALLBACK_RUNTIME, "true");
    }
    try {
      return start.run();
    } finally {
      if (fallback) {
        // Other web applications may have other jars.
        System.clearProperty(FALLBACK_RUNTIME);
      }
    }
  }

  /** What {@link #firstTouch} runs. */
  @FunctionalInterface
  interface Start<T> {
    T run();
  }

  /** GraalPy can't do without its unpacked standard library: where there is no place, make one. */
  private static void keepResources() throws IOException {
    if (System.getProperty(RESOURCE_CACHE) == null
        && cacheFolder("org.graalvm.polyglot").isEmpty()) {
      Path folder = Files.createTempDirectory("wsgi-bridge-graalpy");
      System.setProperty(RESOURCE_CACHE, folder.toString());
      LOG.warn(
          "GraalPy's 25 MB of resources are unpacked into {} at each start, as there is no writable"
              + " cache folder; set XDG_CACHE_HOME to one",
          folder);
    }
  }

  /**
   * A folder below the user's cache folder, which is made if need be; the same rules as Truffle's.
   * Empty where nothing can be written.
   */
  static Optional<Path> cacheFolder(String name) {
    try {
      Path folder = userCache().resolve(name);
      Files.createDirectories(folder);
      return Files.isWritable(folder) ? Optional.of(folder) : Optional.empty();
    } catch (IOException | InvalidPathException e) {
      LOG.debug("no cache folder", e);
      return Optional.empty();
    }
  }

  private static Path userCache() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    Path home = Path.of(System.getProperty("user.home"));
    if (system.startsWith("windows")) {
      String local = System.getenv("LOCALAPPDATA");
      return local == null ? home.resolve("AppData").resolve("Local") : Path.of(local);
    } else if (system.startsWith("mac")) {
      return home.resolve("Library").resolve("Caches");
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    return xdg != null && Path.of(xdg).isAbsolute() ? Path.of(xdg) : home.resolve(".cache");
  }

  private static boolean isMissing(String className) {
    try {
      Class.forName(className, false, GraalPyJars.class.getClassLoader());
      return false;
    } catch (ClassNotFoundException e) {
      return true;
    }
  }
}
