package dev.wsgibridge.launcher;

import dev.wsgibridge.launcher.Archive.Content;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The jars of a WAR, from the class path of this very process.
 *
 * @param jars by file name
 * @param graalPy the version of GraalPy's, empty where they are left out
 */
record Libraries(SortedMap<String, Content> jars, String graalPy) {

  private static final String LOGGING = "war/slf4j-jdk14.jar";

  /** Classes that only the jars have which every WAR needs. */
  private static final Pattern OURS =
      Pattern.compile(
          "dev/wsgibridge/(Application|python/PythonApplication)\\.class"
              + "|org/slf4j/LoggerFactory\\.class|org/jspecify/annotations/NullMarked\\.class");

  private static final Pattern GRAALPY =
      Pattern.compile("(org/graalvm|com/oracle/(truffle|graal|svm)|org/bouncycastle)/.*");

  /**
   * The JIT's interface belongs to the JVM that has the JIT: a second copy beside it breaks
   * GraalPy.
   */
  private static final Pattern JIT_INTERFACE =
      Pattern.compile("com/oracle/truffle/compiler/TruffleCompilationSupport\\.class");

  private static final Pattern LANGUAGE = Pattern.compile("python-language-(.+)\\.jar");

  /**
   * Finds them.
   *
   * @param withGraalPy whether GraalPy's are wanted
   * @throws RefusedException they are, and are not there
   */
  static Libraries find(boolean withGraalPy) throws IOException, RefusedException {
    SortedMap<String, Content> jars = new TreeMap<>();
    String graalPy = "";
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (has(path, OURS)) {
        add(jars, path);
      } else if (withGraalPy && has(path, GRAALPY) && !has(path, JIT_INTERFACE)) {
        add(jars, path);
        var language = LANGUAGE.matcher(path.getFileName().toString());
        graalPy = language.matches() ? language.group(1) : graalPy;
      }
    }
    if (withGraalPy && graalPy.isEmpty()) {
      throw new RefusedException(
          "GraalPy's jars are not on the class path, where ./run puts them; without them, for a target that has a Python: %s"
              .formatted(War.WITHOUT_GRAALPY));
    }
    // Containers collect what java.util.logging is told.
    jars.put("slf4j-jdk14.jar", Libraries::logging);
    return new Libraries(jars, graalPy);
  }

  private static InputStream logging() {
    InputStream in = Libraries.class.getResourceAsStream(LOGGING);
    if (in == null) {
      throw new IllegalStateException("the launcher has no resource " + LOGGING);
    }
    return in;
  }

  private static boolean has(Path path, Pattern file) throws IOException {
    if (Files.isDirectory(path)) {
      return classes(path).stream().anyMatch(name -> file.matcher(name).matches());
    }
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (ZipFile jar = new ZipFile(path.toFile())) {
      return jar.stream().anyMatch(name -> file.matcher(name.getName()).matches());
    }
  }

  private static void add(SortedMap<String, Content> jars, Path path) throws IOException {
    if (Files.isDirectory(path)) {
      byte[] jar = jar(path);
      jars.put(moduleName(path) + ".jar", () -> new ByteArrayInputStream(jar));
    } else {
      jars.put(path.getFileName().toString(), () -> Files.newInputStream(path));
    }
  }

  /** {@code bridge-core/target/classes}: a module that was compiled, and not packaged. */
  private static String moduleName(Path classes) {
    @Nullable Path target = classes.toAbsolutePath().getParent();
    @Nullable Path module = target == null ? null : target.getParent();
    return String.valueOf(module == null ? classes.getFileName() : module.getFileName());
  }

  private static byte[] jar(Path classes) throws IOException {
    Archive archive = new Archive();
    for (String name : classes(classes)) {
      archive.add(name, () -> Files.newInputStream(classes.resolve(name)));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    archive.writeTo(out);
    return out.toByteArray();
  }

  private static List<String> classes(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (var files = Files.walk(folder)) {
      files
          .filter(Files::isRegularFile)
          .forEach(
              file ->
                  names.add(folder.relativize(file).toString().replace(File.separatorChar, '/')));
    }
    return names;
  }
}
