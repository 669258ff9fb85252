package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.wsgibridge.FuzzSeeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The first runs of {@code scripts/fuzz}: both ends of the workers' wire. */
class FuzzTargetsTest {

  @Test
  void aThread() {
    assertThatCode(
            () ->
                FuzzSeeds.run(
                    WorkerThreadFuzzTarget.seeds(), WorkerThreadFuzzTarget::fuzzerTestOneInput))
        .doesNotThrowAnyException();
  }

  @Test
  void whatIsSaidBesideRequests() {
    assertThatCode(() -> FuzzSeeds.run(WorkerLineFuzzTarget.seeds(), FuzzTargetsTest::runLine))
        .doesNotThrowAnyException();
  }

  private static void runLine(byte[] data) {
    try {
      WorkerLineFuzzTarget.fuzzerTestOneInput(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void pythonsEnd() throws Exception {
    Process process =
        new ProcessBuilder("python3", "-B", file("fuzz_worker.py"), file("worker.py"), "2000")
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("2000 runs");
  }

  private static String file(String name) throws Exception {
    return Path.of(FuzzTargetsTest.class.getResource(name).toURI()).toString();
  }
}
