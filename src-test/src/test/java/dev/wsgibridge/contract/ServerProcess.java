package dev.wsgibridge.contract;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server in a process of its own, which says {@code Listening on http://127.0.0.1:PORT} when it
 * is ready. It ends with the JVM of the tests at the latest.
 */
final class ServerProcess implements Server.Running {

  /** Much more than any server takes, even one that builds and warms GraalPy up. */
  private static final Duration PATIENCE_AT_START = Duration.ofMinutes(5);

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PATIENCE_AT_STOP = Duration.ofMinutes(1);

  private static final Pattern LISTENING =
      Pattern.compile("Listening on http://([0-9.]+):([0-9]+)");

  private final Process process;
  private final String mount;
  private final List<String> lines = new ArrayList<>();
  private final Thread reader;
  private final Thread atShutdown;
  private boolean ended;
  private InetSocketAddress address = new InetSocketAddress(0);

  private ServerProcess(Process process, String mount) {
    this.process = process;
    this.mount = mount;
    atShutdown = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(atShutdown);
    reader = new Thread(this::read, "log of process " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts it and waits until it listens.
   *
   * @param mount the path below which it serves the fixtures
   */
  static ServerProcess start(ProcessBuilder builder, String mount) throws IOException {
    ServerProcess server = new ServerProcess(builder.redirectErrorStream(true).start(), mount);
    try {
      Matcher listening = server.await(LISTENING, PATIENCE_AT_START);
      server.address =
          new InetSocketAddress(listening.group(1), Integer.parseInt(listening.group(2)));
      return server;
    } catch (AssertionError e) {
      server.close();
      throw e;
    }
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public String mount() {
    return mount;
  }

  @Override
  public String log() {
    synchronized (lines) {
      return String.join("\n", lines);
    }
  }

  @Override
  public void awaitLog(String text) {
    await(Pattern.compile(Pattern.quote(text)), PATIENCE);
  }

  private Matcher await(Pattern pattern, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    synchronized (lines) {
      int next = 0;
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
              "the server %s without a line that has %s:%n%s"
                  .formatted(ended ? "ended" : "went on for " + patience, pattern, log()));
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

  /** How it ended after {@link #close}. */
  int exitCode() {
    return process.exitValue();
  }

  /** Ends it as its admin would: SIGTERM; what does not heed it is killed. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_AT_STOP.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      reader.join();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } finally {
      Runtime.getRuntime().removeShutdownHook(atShutdown);
    }
  }

  private void read() {
    try (BufferedReader from = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = from.readLine(); line != null; line = from.readLine()) {
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
}
