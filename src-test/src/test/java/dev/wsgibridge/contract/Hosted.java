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
  PREFORK("CPython prefork", "fixtures.py:application", "python3"),
  GRAALPY("GraalPy", "fixtures.py:application", "graalpy"),
  GRAALPY_VALIDATED("GraalPy, wsgiref.validate", "fixtures.py:validated", "graalpy");

  private static final Probed PROBED = Probed.ask();

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

  /** Whether it is in the JVM, or in processes beside it. */
  boolean isInJvm() {
    return this != PREFORK;
  }

  /** Why it can't run here; empty where it can. */
  String missing() {
    if (!python.equals("python3")) {
      return "";
    }
    if (this == PREFORK) {
      return PROBED.works() ? "" : "there is no python3 of 3.9 or newer";
    }
    if (Runtime.version().feature() < 22) {
      return "CPython in the JVM needs JDK 22, this is " + Runtime.version().feature();
    }
    return PROBED.isShared() ? "" : "there is no python3 with a shared library";
  }

  /** Whether a validator stands between the fixtures and the server, and hides what bodies are. */
  boolean isValidated() {
    return this == JAVA_LINTED || this == CPYTHON_VALIDATED || this == GRAALPY_VALIDATED;
  }

  /**
   * What the Python on the path says of itself, asked once.
   *
   * @param works whether it is there, and new enough
   * @param isShared whether it is a shared library, too
   */
  private record Probed(boolean works, boolean isShared) {

    private static final String PROBE =
        "import os, sys, sysconfig as s; "
            + "p = os.path.join(s.get_config_var('LIBDIR'), s.get_config_var('INSTSONAME')); "
            + "there = s.get_config_var('Py_ENABLE_SHARED') and os.path.exists(p); "
            + "sys.exit(2 if sys.version_info < (3, 9) else 0 if there else 1)";

    static Probed ask() {
      try {
        int status = new ProcessBuilder("python3", "-c", PROBE).start().waitFor();
        return new Probed(status < 2, status == 0);
      } catch (IOException e) {
        return new Probed(false, false);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Probed(false, false);
      }
    }
  }
}
