package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logging goes on, whatever becomes of standard error. */
@Timeout(60)
class LogOutputTest {

  private static final Duration FOREVER = Duration.ofSeconds(60);
  private static final String NUMBERED = "%0100d\n";

  /** Takes writes as it is allowed to, or fails them. */
  private static final class Pipe extends OutputStream {

    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final Semaphore allowed = new Semaphore(0);
    private volatile boolean full;

    void flow() {
      allowed.release(1_000_000);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      allowed.acquireUninterruptibly();
      if (full) {
        throw new IOException("No space left on device");
      }
      synchronized (taken) {
        taken.write(bytes, offset, length);
      }
    }

    List<String> lines() {
      synchronized (taken) {
        return taken.toString(UTF_8).lines().toList();
      }
    }
  }

  private final Pipe pipe = new Pipe();
  private final LogOutput log = new LogOutput(pipe, FOREVER);

  private void say(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    log.write(bytes, 0, bytes.length);
  }

  @Test
  void whatIsWrittenArrives() {
    pipe.flow();
    say("one\ntw");
    say("o\n");
    log.write('3');
    log.flush();
    assertThat(log.awaitWritten(FOREVER)).isTrue();
    assertThat(pipe.lines()).containsExactly("one", "two", "3");
  }

  @Test
  void whoFlushesFindsItWritten() {
    pipe.flow();
    say("one\n");
    log.flush();
    assertThat(pipe.lines()).containsExactly("one");
  }

  @Test
  @SuppressWarnings("resource") // It has none of its own.
  void whoFlushesDoesNotWaitLong() {
    LogOutput impatient = new LogOutput(pipe, Duration.ofMillis(1));
    for (int i = 0; i < 10; i++) {
      impatient.write('x');
      impatient.flush();
    }
    assertThat(pipe.lines()).isEmpty();
    pipe.flow();
    assertThat(impatient.awaitWritten(FOREVER)).isTrue();
    assertThat(pipe.lines()).containsExactly("x".repeat(10));
  }

  @Test
  void aLineThatNeverEndsIsDivided() {
    pipe.flow();
    say("x".repeat(100_000) + "\ny\n");
    assertThat(log.awaitWritten(FOREVER)).isTrue();
    assertThat(pipe.lines()).containsExactly("x".repeat(100_000), "y");
  }

  @Test
  void aPipeThatNobodyReadsStopsNoOneAndTheLossIsTold() {
    int lines = 2 * LogOutput.MAX_BYTES / 101;
    for (int i = 0; i < lines; i++) {
      say(NUMBERED.formatted(i));
    }
    assertThat(log.awaitWritten(Duration.ZERO)).isFalse();
    assertThat(pipe.lines()).isEmpty();
    pipe.flow();
    assertThat(log.awaitWritten(FOREVER)).isTrue();
    say("and on\n");
    assertThat(log.awaitWritten(FOREVER)).isTrue();

    List<String> arrived = pipe.lines();
    int kept = arrived.size() - 2;
    assertThat(kept).isEqualTo(LogOutput.MAX_BYTES / 101);
    for (int i = 0; i < kept; i++) {
      assertThat(arrived.get(i)).isEqualTo(NUMBERED.formatted(i).strip());
    }
    assertThat(arrived.subList(kept, kept + 2))
        .containsExactly(
            (lines - kept)
                + " lines of the log were dropped here: nobody took them from standard error",
            "and on");
  }

  @Test
  void aDiskThatIsFullLosesLinesUntilItIsNot() {
    pipe.flow();
    pipe.full = true;
    say("one\ntwo\n");
    assertThat(log.awaitWritten(FOREVER)).isTrue();
    pipe.full = false;
    say("three\n");
    assertThat(log.awaitWritten(FOREVER)).isTrue();
    assertThat(log.awaitWritten(FOREVER)).isTrue(); // what was said of it, too
    assertThat(pipe.lines())
        .containsExactly(
            "three", "2 lines of the log were dropped here: nobody took them from standard error");
  }
}
