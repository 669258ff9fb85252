package dev.wsgibridge.contract;

import dev.wsgibridge.contract.fixtures.Fixtures;
import dev.wsgibridge.contract.fixtures.LintedFixtures;

/** In which language the fixtures are, what runs them, and who looks over their shoulder. */
enum Hosted {
  JAVA("Java", Fixtures.class.getName(), ""),
  JAVA_LINTED("Java, our validator", LintedFixtures.class.getName(), ""),
  CPYTHON("CPython in the JVM", "fixtures.py:application", "python3"),
  CPYTHON_VALIDATED("CPython in the JVM, wsgiref.validate", "fixtures.py:validated", "python3"),
  GRAALPY("GraalPy", "fixtures.py:application", "graalpy"),
  GRAALPY_VALIDATED("GraalPy, wsgiref.validate", "fixtures.py:validated", "graalpy");

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

  /** Whether a validator stands between the fixtures and the server, and hides what bodies are. */
  boolean isValidated() {
    return this == JAVA_LINTED || this == CPYTHON_VALIDATED || this == GRAALPY_VALIDATED;
  }
}
