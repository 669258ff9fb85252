package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** CPython as a guest in the server's process. */
@Timeout(180)
@EnabledOnOs(value = OS.LINUX, disabledReason = "it looks into /proc")
@EnabledForJreRange(minVersion = 22, disabledReason = "CPython needs JDK 22 to run in the JVM")
class GuestProcessTest {

  @TempDir private Path folder;
  private @Nullable PythonServer running;

  @AfterEach
  void end() {
    if (running != null) {
      running.close();
    }
  }

  private PythonServer start(Map<String, String> environment, String... options)
      throws IOException {
    List<String> command = PythonServer.command(options);
    command.add(PythonServer.write(folder, "guest_app.py").toString());
    PythonServer started =
        PythonServer.start(
            PythonServer.process(command, environment, folder), folder.resolve("log"));
    running = started;
    assertThat(started.log()).contains("CPython", "in the JVM");
    return started;
  }

  @Test
  void whatTheApplicationTakesLeavesTheServerWhatItNeeds() throws Exception {
    // A fault handler of Python's would end the JVM at its first null pointer.
    PythonServer server = start(Map.of("PYTHONFAULTHANDLER", "1", "PYTHONDEVMODE", "1"));

    for (String start : List.of("system", "spawn", "noclose", "fork")) {
      assertThat(server.get("/descriptors?" + start)).as(start).isEqualTo("0 sockets");
    }
    assertThat(server.get("/work")).isEqualTo("begun");
    signal(server.process(), "USR1");
    signal(server.process(), "HUP");
    assertThat(server.get("/enabled")).isEqualTo("False");

    signal(server.process(), "TERM");

    assertThat(server.process().waitFor()).as(() -> server.log()).isZero();
    // The application's handler has run, let the thread of /work go on, and that was waited for.
    assertThat(PythonServer.read(folder.resolve("done"))).isEqualTo("worked, atexit");
    assertThat(server.log())
        .contains("not granted to the application: the faulthandler of PYTHONFAULTHANDLER")
        .contains("not granted to the application: faulthandler.enable()")
        .contains("SIGTERM: the application's handler is called beside the server's own")
        .contains("SIGUSR1: there is no log")
        .doesNotContain("cut, since");
  }

  @Test
  void whatRunsOnIsCutWhenTheTimeIsOver() throws Exception {
    PythonServer server = start(Map.of(), "--graceful-timeout", "300ms");
    long child = Long.parseLong(server.get("/endless"));
    ProcessHandle process = ProcessHandle.of(child).orElseThrow();

    signal(server.process(), "TERM");

    assertThat(server.process().waitFor()).isZero();
    process.onExit().get();
    assertThat(PythonServer.read(folder.resolve("done"))).isEqualTo(", atexit");
    assertThat(server.log())
        .contains("cut, since they ran on at the end: the threads endless")
        .contains("ended, since it ran on at the end: endless-process");
  }

  private static void signal(Process process, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }
}
