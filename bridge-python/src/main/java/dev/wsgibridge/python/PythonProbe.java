package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a Python says of itself when it runs {@code probe.py}.
 *
 * <p>Whoever has run {@code python3 -I -S probe.py python3} already, such as a script that starts
 * the JVM, hands its output over in the environment variable {@value #VARIABLE}: it isn't run again
 * then.
 *
 * @param asked the name by which it was run
 * @param implementation {@code cpython}
 * @param version {@code 3.11.7}
 * @param executable the interpreter itself; that of the virtual environment where it is one
 * @param gil whether one thread at a time runs Python; a free-threaded build has no such lock
 * @param library its shared library, null where it has none
 */
public record PythonProbe(
    String asked,
    String implementation,
    String version,
    Path executable,
    boolean gil,
    @Nullable Path library) {

  /** Where the output of a run of {@code probe.py} may be found. */
  public static final String VARIABLE = "WSGI_BRIDGE_PYTHON_PROBE";

  /** {@code 3.11}. */
  public String minorVersion() {
    return version.substring(0, version.lastIndexOf('.'));
  }

  /**
   * Asks a Python.
   *
   * @param asked a path, or a name on the PATH
   * @return empty where there is no such program
   * @throws LoadException it is no Python 3, or fails
   */
  static Optional<PythonProbe> ask(String asked) throws LoadException {
    String known = System.getenv(VARIABLE);
    if (known != null) {
      Optional<PythonProbe> probe = read(known);
      if (probe.isPresent() && probe.get().asked().equals(asked)) {
        return probe;
      }
    }
    Process process;
    try {
      process =
          new ProcessBuilder(List.of(asked, "-I", "-S", "-c", script(), asked))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return Optional.empty();
    }
    String output;
    try (InputStream lines = process.getInputStream()) {
      process.getOutputStream().close();
      output = new String(lines.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw noPython(asked);
    }
    return Optional.of(read(output).orElseThrow(() -> noPython(asked)));
  }

  private static LoadException noPython(String asked) {
    return new LoadException(
        "%s: found a program that is no working Python, expected Python 3.9 or newer; try: %s --version"
            .formatted(asked, asked));
  }

  /** Reads {@code probe.py}'s output; empty where it isn't that. */
  static Optional<PythonProbe> read(String output) {
    Map<String, String> values = new HashMap<>();
    for (String line : output.lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    String asked = values.get("asked");
    String implementation = values.get("implementation");
    String version = values.get("version");
    String executable = values.get("executable");
    String library = values.get("library");
    if (asked == null
        || implementation == null
        || version == null
        || !version.matches("3\\.\\d+\\.\\d+")
        || executable == null
        || library == null) {
      return Optional.empty();
    }
    return Optional.of(
        new PythonProbe(
            asked,
            implementation,
            version,
            Path.of(executable),
            !"0".equals(values.get("gil")),
            library.isEmpty() ? null : Path.of(library)));
  }

  private static String script() {
    return Resources.text("probe.py");
  }
}
