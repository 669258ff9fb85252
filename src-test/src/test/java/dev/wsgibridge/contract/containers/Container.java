package dev.wsgibridge.contract.containers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A servlet container in a process of its own, on a free port of the loopback, with a folder of its
 * own that goes when it is closed. All that it prints is kept: {@link #log()}.
 */
public final class Container implements AutoCloseable {

  /** Much more than any container takes, even one that warms GraalPy up on a loaded machine. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration PATIENCE_AT_STOP = Duration.ofMinutes(1);

  private static final Pattern TOMCAT_PORT =
      Pattern.compile("Starting ProtocolHandler \\[\"http-nio-127\\.0\\.0\\.1-auto-\\d+-(\\d+)\"]");
  private static final Pattern TOMCAT_READY = Pattern.compile("Server startup in ");
  private static final Pattern UNDEPLOYED =
      Pattern.compile("StandardContext\\[[^\\[\\]]*]] to \\[DESTROYED]");
  private static final Pattern JETTY_PORT =
      Pattern.compile("Started .*ServerConnector@.*\\{127\\.0\\.0\\.1:(\\d+)}");
  private static final Pattern JETTY_READY = Pattern.compile("Started oejs\\.Server@");

  private final ContainerKind kind;
  private final Path base;
  private final Path logFile;
  private final Process process;
  private final Thread reader;
  private final Thread atShutdown;
  private final List<String> lines = new ArrayList<>();
  private boolean ended;
  private URI uri = URI.create("http://127.0.0.1");

  private Container(ContainerKind kind, ProcessBuilder builder, Path base) throws IOException {
    this.kind = kind;
    this.base = base;
    Path logs = Files.createDirectories(Path.of("target", "containers", "logs"));
    logFile = logs.resolve(base.getFileName() + ".log").toAbsolutePath();
    process = builder.redirectErrorStream(true).start();
    atShutdown = new Thread(process::destroyForcibly, "stop " + base.getFileName());
    Runtime.getRuntime().addShutdownHook(atShutdown);
    reader = new Thread(this::read, "log of " + base.getFileName());
    reader.setDaemon(true);
    reader.start();
  }

  static Container start(ContainerKind kind, ProcessBuilder builder, Path base) throws IOException {
    Container container = new Container(kind, builder, base);
    try {
      boolean jetty = kind == ContainerKind.JETTY_12;
      container.awaitLog(jetty ? JETTY_READY : TOMCAT_READY);
      Matcher port = container.awaitLog(jetty ? JETTY_PORT : TOMCAT_PORT);
      container.uri = URI.create("http://127.0.0.1:" + port.group(1));
      return container;
    } catch (AssertionError e) {
      container.close();
      throw e;
    }
  }

  /** Scheme, address and port, no path. */
  public URI uri() {
    return uri;
  }

  /** A page of this container: {@code uri("/hello-java/")}. */
  public URI uri(String path) {
    return URI.create(uri + path);
  }

  /** Which container it is. */
  public ContainerKind kind() {
    return kind;
  }

  /** The JVM's process id. */
  public long pid() {
    return process.pid();
  }

  /** What the container has printed until now, on standard output and standard error. */
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
   * Waits for a line of the log, one that was printed already or one to come.
   *
   * @param pattern to be found in the line
   * @throws AssertionError the container ended without it, or it did not come within minutes
   */
  public Matcher awaitLog(Pattern pattern) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
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
              "%s %s without a line that matches %s:%n%s"
                  .formatted(kind, ended ? "ended" : "has run for " + PATIENCE, pattern, log()));
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

  /** Removes a WAR from the running container and waits until the web application is gone. */
  public void undeploy(String name) {
    try {
      Files.delete(base.resolve("webapps").resolve(name + ".war"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitLog(
        Pattern.compile(
            kind == ContainerKind.JETTY_12
                ? "Stopped .*WebAppContext.*,/" + Pattern.quote(name) + ","
                : "StandardContext\\[/" + Pattern.quote(name) + "]] to \\[DESTROYED]"));
  }

  /** Ends the process, as its admin would: SIGTERM; what does not heed it is killed. */
  @Override
  public void close() {
    // Not Process.destroy(), which closes the stream before the last lines were read.
    process.toHandle().destroy();
    try {
      if (!process.waitFor(PATIENCE_AT_STOP.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      reader.join();
      ContainerKind.delete(base);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Runtime.getRuntime().removeShutdownHook(atShutdown);
    }
  }

  /** Tomcat tells each step of each part's life, where only the last one is of interest. */
  private static boolean isNoise(String line) {
    return line.contains(".LifecycleBase.") && !UNDEPLOYED.matcher(line).find();
  }

  private void read() {
    try (BufferedReader from = process.inputReader(StandardCharsets.UTF_8);
        Writer to = Files.newBufferedWriter(logFile)) {
      for (String line = from.readLine(); line != null; line = from.readLine()) {
        if (isNoise(line)) {
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
}
