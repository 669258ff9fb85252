package dev.wsgibridge.contract;

import dev.wsgibridge.contract.fixtures.Fixtures;
import dev.wsgibridge.contract.fixtures.LintedFixtures;
import java.io.IOException;

/** In which language the fixtures are, what runs them, and who looks over their shoulder. */
enum Hosted {
  JAVA("Java", Fixtures.class.getName(), ""),
  JAVA_LINTED("Java, our validator", LintedFixtures.class.getName(), ""),
  CPYTHON("CPython in the JVM", "fixtures.py:application", "python3"),
  CPYTHON_VALIDATED("CPython in the JVM, wsgiref.validate", "fixtures.py:validated", "python3"),
  GRAALPY("GraalPy", "fixtures.py:application", "graalpy"),
  GRAALPY_VALIDATED("GraalPy, wsgiref.validate", "fixtures.py:validated", "graalpy");

  private static final SharedLibrary SHARED_LIBRARY = SharedLibrary.look();

  private final String title;
  private final String application;
  private final String python;

  Hosted(String title, String application, String python) {
    this.title = title;
    this.application = application;
    this.python = python;
  }

  /** For the reader of a report. */
  String title() {
    return title;
  }

  /** What to load; a Python file without its folder. */
  String application() {
    return application;
  }

  /** What {@code --python} takes; empty where no Python runs. */
  String python() {
    return python;
  }

  boolean isPython() {
    return !python.isEmpty();
  }

  /** Why it can't run here; empty where it can. */
  String missing() {
    if (!python.equals("python3")) {
      return "";
    }
    if (Runtime.version().feature() < 22) {
      return "CPython in the JVM needs JDK 22, this is " + Runtime.version().feature();
    }
    return SHARED_LIBRARY.isFound() ? "" : "there is no python3 with a shared library";
  }

  /** Whether a validator stands between the fixtures and the server, and hides what bodies are. */
  boolean isValidated() {
    return this == JAVA_LINTED || this == CPYTHON_VALIDATED || this == GRAALPY_VALIDATED;
  }

  /** Looked for once. */
  private record SharedLibrary(boolean isFound) {

    private static final String PROBE =
        "import os, sys, sysconfig as s; "
            + "p = os.path.join(s.get_config_var('LIBDIR'), s.get_config_var('INSTSONAME')); "
            + "sys.exit(not (s.get_config_var('Py_ENABLE_SHARED') and os.path.exists(p)))";

    static SharedLibrary look() {
      try {
        return new SharedLibrary(new ProcessBuilder("python3", "-c", PROBE).start().waitFor() == 0);
      } catch (IOException e) {
        return new SharedLibrary(false);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new SharedLibrary(false);
      }
    }
  }
}
