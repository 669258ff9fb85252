package dev.wsgibridge.python.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.python.PythonProbe;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InJvmTest {

  private static final PythonProbe STATIC =
      new PythonProbe("python3", "cpython", "3.12.1", Path.of("/opt/bin/python3"), true, null);

  private @Nullable String running;

  @BeforeEach
  void forgetWhatRuns() {
    running = System.clearProperty(InJvm.MARKER);
  }

  @AfterEach
  void remember() {
    if (running != null) {
      System.setProperty(InJvm.MARKER, running);
    }
  }

  @Test
  void aPythonWithoutLibraryIsTold() {
    assertThat(new InJvm().obstacle(STATIC))
        .contains(
            "Python 3.12.1 at /opt/bin/python3 has no shared library, expected libpython3.12;"
                + " install it (on Debian: apt-get install libpython3.12), or build Python with --enable-shared");
  }
}
