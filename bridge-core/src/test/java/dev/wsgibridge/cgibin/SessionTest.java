package dev.wsgibridge.cgibin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.await.Await;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SessionTest {

  private static final Duration GRACE = Duration.ofSeconds(2);

  @TempDir private Path folder;

  private Session session(String line) throws IOException {
    Path program = Files.writeString(folder.resolve("program.cgi"), "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return Session.start(program, new ProcessBuilder().directory(folder.toFile()));
  }

  private boolean lives(String pidFile) throws IOException {
    return ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve(pidFile)).strip()))
        .filter(ProcessHandle::isAlive)
        .isPresent();
  }

  @Test
  void endsWhoHoldsItsErrorsAlsoWhereNobodyReadThemInTime() throws Exception {
    Session session =
        session(
            "(sleep 300 & echo $! >holder); (sleep 300 >/dev/null 2>&1 & echo $! >job); echo late >&2");
    // Java closes the pipe as soon as the program is gone.
    session.leader().waitFor();
    StringWriter log = new StringWriter();
    ErrorLines errors = new ErrorLines(session.leader(), new PrintWriter(log));
    Thread reader = new Thread(errors);
    reader.start();
    assertThat(lives("holder")).isTrue();

    session.endHolders(GRACE);
    reader.join();

    assertThat(errors.ended()).isFalse();
    assertThat(log.toString()).isEqualTo("late" + System.lineSeparator());

    Await.until("the end of the holder", () -> !lives("holder"));
    assertThat(lives("job")).isTrue();
    session.end(GRACE);
    Await.until("the end of the job", () -> !lives("job"));
  }

  @Test
  void errorsReadToTheirEndHaveEnded() throws Exception {
    Session session = session("read line");
    ErrorLines errors = new ErrorLines(session.leader(), new PrintWriter(new StringWriter()));
    Thread reader = new Thread(errors);
    reader.start();
    // It waits in the pipe's read, which is the system's.
    Await.until(
        "the reader", () -> reader.getState() == Thread.State.RUNNABLE && waitsInRead(reader));
    session.leader().getOutputStream().close();
    reader.join();

    assertThat(errors.ended()).isTrue();
  }

  private static boolean waitsInRead(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length > 0 && stack[0].getMethodName().startsWith("read");
  }
}
