package dev.wsgibridge.contract.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program that a test runs beside itself. All that it prints is kept, in memory and in {@code
 * target/logs}. It ends by {@link #close}, or with the JVM of the tests, however that one ends.
 */
public final class LoggedProcess implements AutoCloseable {

  private static final Duration PATIENCE_AT_STOP = Duration.ofMinutes(1);

  /**
   * Waits beside the process ($1, its folder $2) for a line from the JVM of the tests; where the
   * pipe ends without one, that JVM is gone, and so goes what it has left.
   */
  private static final String GUARD =
      "trap '' INT TERM HUP; read -r _ || { kill \"$1\"; [ -z \"$2\" ] || rm -rf \"$2\"; }";

  private final String name;
  private final @Nullable Path folder;
  private final Predicate<String> noise;
  private final Path logFile;
  private final Process process;
  private final Process guard;
  private final Thread reader;
  private final List<String> lines = new ArrayList<>();
  private boolean ended;

  private LoggedProcess(
      String name, ProcessBuilder builder, @Nullable Path folder, Predicate<String> noise)
      throws IOException {
    this.name = name;
    this.folder = folder;
    this.noise = noise;
    process = builder.redirectErrorStream(true).start();
    guard =
        new ProcessBuilder(
                "sh",
                "-c",
                GUARD,
                "guard",
                Long.toString(process.pid()),
                folder == null ? "" : folder.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Path logs = Files.createDirectories(Path.of("target", "logs"));
    logFile = logs.resolve(name + "-" + process.pid() + ".log").toAbsolutePath();
    reader = new Thread(this::read, "log of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a program.
   *
   * @param name for messages, and for the file of its log
   */
  public static LoggedProcess start(String name, ProcessBuilder builder) throws IOException {
    return new LoggedProcess(name, builder, null, line -> false);
  }

  /**
   * Starts a program.
   *
   * @param name for messages, and for the file of its log
   * @param folder a folder that goes with it
   * @param noise lines that are not kept
   */
  public static LoggedProcess start(
      String name, ProcessBuilder builder, Path folder, Predicate<String> noise)
      throws IOException {
    return new LoggedProcess(name, builder, folder, noise);
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it has not ended. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** How it ended, after {@link #close}. */
  public int exitCode() {
    return process.exitValue();
  }

  /** What it has printed until now, on standard output and standard error. */
  public String log() {
    synchronized (lines) {
      return String.join("\n", lines);
    }
  }

  /** The same as a file, which stays after {@link #close}. */
  public Path logFile() {
    return logFile;
  }

  /**
   * Waits for a line, one that was printed already or one to come.
   *
   * @param pattern to be found in the line
   * @throws AssertionError the process ended without it, or patience did
   */
  public Matcher await(Pattern pattern, Duration patience) {
    return await(pattern, 0, patience);
  }

  /** How many lines it has printed until now. */
  public int lines() {
    synchronized (lines) {
      return lines.size();
    }
  }

  /**
   * Waits for a line, one that was printed already or one to come.
   *
   * @param pattern to be found in the line
   * @param from how many {@link #lines} don't count
   * @throws AssertionError the process ended without it, or patience did
   */
  public Matcher await(Pattern pattern, int from, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    synchronized (lines) {
      int next = from;
      while (true) {
        for (; next < lines.size(); next++) {
          Matcher matcher = pattern.matcher(lines.get(next));
          if (matcher.find()) {
            return matcher;
          }
        }
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
          throw new AssertionError(
              "%s %s without a line that has %s:%n%s"
                  .formatted(name, ended ? "ended" : "went on for " + patience, pattern, log()));
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lines, left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AssertionError("interrupted while waiting for " + pattern, e);
        }
      }
    }
  }

  /**
   * Ends it as its admin would: SIGTERM; what does not heed it is killed.
   *
   * @throws AssertionError it has left processes behind, which still hold its standard output
   */
  @Override
  public void close() {
    // Not Process.destroy(), which closes the stream before the last lines were read.
    process.toHandle().destroy();
    try {
      if (!process.waitFor(PATIENCE_AT_STOP.toSeconds(), TimeUnit.SECONDS)) {
        kill();
        process.waitFor();
      }
      reader.join(PATIENCE_AT_STOP.toMillis());
      if (reader.isAlive()) {
        throw new AssertionError(name + " has ended, and has left processes behind");
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    } finally {
      dismissGuard();
      if (folder != null) {
        delete(folder);
      }
    }
  }

  private void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private void dismissGuard() {
    try (OutputStream line = guard.getOutputStream()) {
      line.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader from = process.inputReader(StandardCharsets.UTF_8);
        Writer to = Files.newBufferedWriter(logFile)) {
      for (String line = from.readLine(); line != null; line = from.readLine()) {
        if (noise.test(line)) {
          continue;
        }
        to.write(line + "\n");
        to.flush();
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      synchronized (lines) {
        ended = true;
        lines.notifyAll();
      }
    }
  }

  /** Deletes a folder with all that is in it. */
  public static void delete(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
