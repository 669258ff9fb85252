package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.LoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonProbeTest {

  private static final String OUTPUT =
      """
      asked=python3
      implementation=cpython
      version=3.12.1
      executable=/opt/env/bin/python3
      library=/opt/lib/libpython3.12.so.1.0
      """;

  @Test
  void asksTheMachinesOwnPython() throws LoadException {
    PythonProbe probe = PythonProbe.ask("python3").orElseThrow();
    assertThat(probe.asked()).isEqualTo("python3");
    assertThat(probe.version()).matches("3\\.\\d+\\.\\d+");
    assertThat(probe.executable()).isExecutable();
  }

  @Test
  void noSuchProgramIsNoPython() throws LoadException {
    assertThat(PythonProbe.ask("no-such-python")).isEmpty();
  }

  @Test
  void anotherProgramIsRefused(@TempDir Path folder) throws Exception {
    Path program = folder.resolve("python3");
    Files.writeString(program, "#!/bin/sh\necho Hello\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    assertThatThrownBy(() -> PythonProbe.ask(program.toString()))
        .isInstanceOf(LoadException.class)
        .hasMessage(
            program
                + ": found a program that is no working Python, expected Python 3.9 or newer; try: "
                + program
                + " --version");
  }

  @Test
  void aFreeThreadedBuildSaysSo() {
    assertThat(PythonProbe.read(OUTPUT + "gil=0\n").orElseThrow().gil()).isFalse();
    assertThat(PythonProbe.read(OUTPUT + "gil=1\n").orElseThrow().gil()).isTrue();
  }

  @Test
  void readsWhatProbePyPrints() {
    assertThat(PythonProbe.read(OUTPUT))
        .contains(
            new PythonProbe(
                "python3",
                "cpython",
                "3.12.1",
                Path.of("/opt/env/bin/python3"),
                true,
                Path.of("/opt/lib/libpython3.12.so.1.0")));
  }

  @Test
  void aStaticPythonHasNoLibrary() {
    PythonProbe probe = PythonProbe.read(OUTPUT.replaceAll("library=.*", "library=")).orElseThrow();
    assertThat(probe.library()).isNull();
    assertThat(probe.minorVersion()).isEqualTo("3.12");
  }

  @Test
  void halfOfItIsNothing() {
    for (String line : OUTPUT.lines().toList()) {
      assertThat(PythonProbe.read(OUTPUT.replace(line, ""))).isEmpty();
    }
    assertThat(PythonProbe.read(OUTPUT.replace("3.12.1", "2.7.18"))).isEmpty();
  }
}
