package dev.wsgibridge.python;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
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

  /** Makes Truffle interpret, without its optimizing runtime; read as the runtime is chosen. */
  private static final String FALLBACK_RUNTIME = "truffle.UseFallbackRuntime";

  /**
   * What Truffle does where its native library, which one class loader only can have, is missing.
   */
  private static final String ATTACH_FAILURE = "polyglotimpl.AttachLibraryFailureAction";

  /** The module of truffle-compiler, where it is the JVM's. */
  private static final String COMPILER_INTERFACE = "org.graalvm.truffle.compiler";

  private GraalPyJars() {}

  /** What keeps GraalPy from running here, and the cure; null if nothing does. */
  static @Nullable String obstacle() {
    if (find("org.graalvm.polyglot.Context") == null
        || find("com.oracle.graal.python.PythonLanguage") == null) {
      return "its jars are not on the class path; add org.graalvm.polyglot:polyglot and"
          + " org.graalvm.polyglot:python";
    }
    return null;
  }

  /**
   * Runs what touches GraalPy's classes for the first time.
   *
   * <p>Truffle's optimizing runtime wants the classes of truffle-compiler, JIT or not. With a JIT
   * they are the JVM's, on its upgrade module path, and a web application's own copy of them breaks
   * it: so a WAR has none, and without a JIT the runtime that needs none has to be chosen.
   */
  static <T> T firstTouch(Supplier<T> start) {
    Map<String, String> properties = new HashMap<>();
    if (!canOptimize()) {
      properties.put(FALLBACK_RUNTIME, "true");
    }
    // It would print ten lines on a library that another web application has; the description says
    // it.
    properties.put(ATTACH_FAILURE, "ignore");
    properties.keySet().removeIf(name -> System.getProperty(name) != null);
    properties.forEach(System::setProperty);
    if (PythonChoice.inWebApplication()) {
      leaveNoShutdownHook();
    }
    try {
      return start.get();
    } finally {
      // Other web applications may have other jars.
      properties.keySet().forEach(System::clearProperty);
    }
  }

  /**
   * The first engine registers a hook that ends all engines as the JVM ends, and that keeps the
   * classes of a web application for as long. There is no way to have none but to tell that it is
   * there: the web application closes its own.
   */
  private static void leaveNoShutdownHook() {
    try {
      Field initialized =
          Class.forName("org.graalvm.polyglot.Engine", false, GraalPyJars.class.getClassLoader())
              .getDeclaredField("shutdownHookInitialized");
      initialized.setAccessible(true);
      initialized.setBoolean(null, true);
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.debug("GraalPy's classes will stay when this web application is gone", e);
    }
  }

  /** Whether this JVM has a JIT for GraalPy. */
  static boolean jvmHasJit() {
    return ModuleLayer.boot().findModule(COMPILER_INTERFACE).isPresent();
  }

  private static boolean canOptimize() {
    Class<?> ours = find("com.oracle.truffle.compiler.TruffleCompilationSupport");
    Optional<Module> jvms = ModuleLayer.boot().findModule(COMPILER_INTERFACE);
    if (ours != null && jvms.isPresent() && ours.getModule() != jvms.get()) {
      LOG.warn(
          "the web application holds a copy of truffle-compiler, which keeps the JVM's JIT from"
              + " running its Python: leave the jar out");
      return false;
    }
    return ours != null;
  }

  /**
   * A folder for what GraalPy keeps from one start to the next: its unpacked standard library,
   * which it can't do without, and bytecode. In the user's cache folder; where that can't be
   * written, in the one for temporary files, with no access for others.
   *
   * @throws IOException nothing can be written anywhere
   */
  static Path cacheFolder() throws IOException {
    Path user = userCache();
    try {
      if (!user.isAbsolute()) {
        throw new IOException("no home folder: " + user); // of a service's user
      }
      Files.createDirectories(user.resolve("org.graalvm.polyglot"));
      Path folder = Files.createDirectories(user.resolve("wsgi-bridge").resolve("graalpy"));
      if (Files.isWritable(folder) && Files.isWritable(user.resolve("org.graalvm.polyglot"))) {
        return folder;
      }
    } catch (IOException e) {
      LOG.debug("{} can't be written", user, e);
    }
    Path folder = privateTemporaryFolder();
    LOG.warn(
        "{} can't be written: GraalPy's 25 MB of files are kept in {}; set XDG_CACHE_HOME to a"
            + " folder that can",
        user,
        folder);
    if (System.getProperty(RESOURCE_CACHE) == null) {
      System.setProperty(RESOURCE_CACHE, folder.toString());
    }
    return folder;
  }

  /** The same at each start, if no one else has taken the name. */
  private static Path privateTemporaryFolder() throws IOException {
    String name = "wsgi-bridge-" + System.getProperty("user.name").replaceAll("[^\\w.-]", "_");
    Path folder = Path.of(System.getProperty("java.io.tmpdir"), name);
    if (!Files.getFileStore(folder.getParent()).supportsFileAttributeView("posix")) {
      return Files.createDirectories(folder); // on Windows each user's own already
    }
    Set<PosixFilePermission> mine = PosixFilePermissions.fromString("rwx------");
    try {
      return Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(mine));
    } catch (FileAlreadyExistsException e) {
      PosixFileAttributes found =
          Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      boolean ours =
          found.isDirectory()
              && found.permissions().equals(mine)
              && found.owner().getName().equals(System.getProperty("user.name"));
      return ours ? folder : Files.createTempDirectory("wsgi-bridge");
    }
  }

  /** The user's cache folder, by the same rules as Truffle's. */
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

  private static @Nullable Class<?> find(String className) {
    try {
      return Class.forName(className, false, GraalPyJars.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return null;
    }
  }
}
