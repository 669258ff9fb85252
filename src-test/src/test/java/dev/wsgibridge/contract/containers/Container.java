package dev.wsgibridge.contract.containers;

import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A servlet container in a process of its own, on a free port of the loopback, with a folder of its
 * own that goes when it is closed. All that it prints is kept: {@link #log()}.
 */
public final class Container implements AutoCloseable {

  /** Much more than any container takes, even one that warms GraalPy up on a loaded machine. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

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
  private final LoggedProcess process;
  private final URI uri;

  private Container(ContainerKind kind, Path base, LoggedProcess process, URI uri) {
    this.kind = kind;
    this.base = base;
    this.process = process;
    this.uri = uri;
  }

  static Container start(ContainerKind kind, ProcessBuilder builder, Path base) throws IOException {
    LoggedProcess process =
        LoggedProcess.start(base.getFileName().toString(), builder, base, Container::isNoise);
    try {
      boolean jetty = kind == ContainerKind.JETTY_12;
      process.await(jetty ? JETTY_READY : TOMCAT_READY, PATIENCE);
      Matcher port = process.await(jetty ? JETTY_PORT : TOMCAT_PORT, PATIENCE);
      return new Container(kind, base, process, URI.create("http://127.0.0.1:" + port.group(1)));
    } catch (AssertionError e) {
      process.close();
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
    return process.log();
  }

  /** The same as a file, which stays after {@link #close}. */
  public Path logFile() {
    return process.logFile();
  }

  /**
   * Waits for a line of the log, one that was printed already or one to come.
   *
   * @param pattern to be found in the line
   * @throws AssertionError the container ended without it, or it did not come within minutes
   */
  public Matcher awaitLog(Pattern pattern) {
    return process.await(pattern, PATIENCE);
  }

  /** Puts a WAR into the running container and waits until the web application is there. */
  public void deploy(String name, Path war) {
    int before = process.lines();
    try {
      // Whole, or not at all: the container looks for it every second.
      Path copy = Files.copy(war, base.resolve(name + ".war"));
      Files.move(copy, base.resolve("webapps").resolve(name + ".war"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String context = Pattern.quote(name);
    process.await(
        Pattern.compile(
            kind == ContainerKind.JETTY_12
                ? ":oeje10s\\.ServletContextHandler:.* Started .*,/" + context + ","
                : "Deployment of .*[/\\]" + context + "\\.war] has finished"),
        before,
        PATIENCE);
  }

  /** Removes a WAR from the running container and waits until the web application is gone. */
  public void undeploy(String name) {
    int before = process.lines();
    try {
      Files.delete(base.resolve("webapps").resolve(name + ".war"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    process.await(
        Pattern.compile(
            kind == ContainerKind.JETTY_12
                ? "Stopped .*WebAppContext.*,/" + Pattern.quote(name) + ","
                : "StandardContext\\[/" + Pattern.quote(name) + "]] to \\[DESTROYED]"),
        before,
        PATIENCE);
  }

  /** Ends the process, as its admin would. */
  @Override
  public void close() {
    process.close();
  }

  /** Tomcat tells each step of each part's life, where only the last one is of interest. */
  private static boolean isNoise(String line) {
    return line.contains(".LifecycleBase.") && !UNDEPLOYED.matcher(line).find();
  }
}
