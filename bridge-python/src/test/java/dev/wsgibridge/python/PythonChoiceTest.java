package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonChoiceTest {

  @TempDir private Path folder;

  /** A program that says of itself what a Python would. */
  private String python(String implementation, String version) throws Exception {
    Path program = folder.resolve("python3");
    Files.writeString(
        program,
        """
        #!/bin/sh
        echo asked=python3
        echo implementation=%s
        echo version=%s
        echo executable=/opt/bin/python3
        echo library=
        """
            .formatted(implementation, version));
    if (!program.toFile().setExecutable(true)) {
      throw new IllegalStateException(program + " can't be made executable");
    }
    return program.toString();
  }

  private static void assertRefused(String python, String message) {
    LoadOptions options =
        LoadOptions.defaults(PythonChoiceTest.class.getClassLoader()).withPython(python);
    assertThatThrownBy(() -> PythonChoice.of(options))
        .isInstanceOf(LoadException.class)
        .hasMessage("--python " + python + ": " + message);
  }

  @Test
  void noSuchProgram() {
    assertRefused(
        "/no/such/python",
        "found no such program, expected auto, graalpy or the path of a Python 3");
  }

  @Test
  void aFolder() {
    assertRefused(
        folder.toString(), "found a folder, expected auto, graalpy or the path of a Python 3");
  }

  @Test
  void anOldPython() throws Exception {
    assertRefused(python("cpython", "3.8.18"), "it is Python 3.8.18, expected 3.9 or newer");
  }

  @Test
  void anotherPython() throws Exception {
    assertRefused(python("pypy", "3.10.14"), "it is pypy, expected CPython");
  }
}
