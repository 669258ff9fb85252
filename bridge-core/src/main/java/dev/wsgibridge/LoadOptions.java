package dev.wsgibridge;

import java.nio.file.Path;
import java.util.List;

/**
 * How an application is to be found and run.
 *
 * @param python what runs Python: {@code auto}, {@code graalpy}, or the path of a Python 3
 * @param pythonPath folders that are searched for Python modules first, in this order
 * @param threads how many calls of a Python application run at once; 0 for the default
 * @param classLoader where Java classes are looked up
 */
public record LoadOptions(
    String python, List<Path> pythonPath, int threads, ClassLoader classLoader) {

  /** {@code auto}: the user's Python where there is one, else GraalPy. */
  public static final String AUTO = "auto";

  /** The Python that is written in Java and needs nothing installed. */
  public static final String GRAALPY = "graalpy";

  /** Keeps a copy of the list. */
  public LoadOptions {
    pythonPath = List.copyOf(pythonPath);
    if (threads < 0) {
      throw new IllegalArgumentException(
          "threads: found " + threads + ", expected 1 or more, or 0 for the default");
    }
  }

  /** The defaults: Python as it is found, no further folders, classes from {@code classLoader}. */
  public static LoadOptions defaults(ClassLoader classLoader) {
    return new LoadOptions(AUTO, List.of(), 0, classLoader);
  }
}
