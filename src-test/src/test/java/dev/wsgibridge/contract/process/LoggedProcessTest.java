package dev.wsgibridge.contract.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggedProcessTest {

  @Test
  void nothingIsLeftOfAKilledJvm(@TempDir Path work) throws Exception {
    Path folder = Files.createDirectory(work.resolve("of the process"));
    Files.createFile(folder.resolve("file"));
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Starter.class.getName(),
                folder.toString())
            .directory(work.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(jvm.inputReader().readLine()).isEqualTo("started");
      List<ProcessHandle> started = jvm.descendants().toList();
      assertThat(started).hasSizeGreaterThanOrEqualTo(2);
      jvm.destroyForcibly();
      for (ProcessHandle process : started) {
        process.onExit().get(1, TimeUnit.MINUTES);
      }
      assertThat(folder).doesNotExist();
    } finally {
      jvm.descendants().forEach(ProcessHandle::destroyForcibly);
      jvm.destroyForcibly();
    }
  }

  /** The JVM that is killed. */
  static final class Starter {

    private Starter() {}

    public static void main(String[] args) throws Exception {
      LoggedProcess process =
          LoggedProcess.start(
              "sleep", new ProcessBuilder("sleep", "600"), Path.of(args[0]), line -> false);
      System.out.println("started");
      Thread.currentThread().join();
      process.close();
    }
  }
}
