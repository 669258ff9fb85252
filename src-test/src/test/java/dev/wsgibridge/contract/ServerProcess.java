package dev.wsgibridge.contract;

import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server in a process of its own, which says {@code Listening on http://127.0.0.1:PORT} when it
 * is ready.
 */
final class ServerProcess implements Server.Running {

  /** Much more than any server takes, even one that builds and warms GraalPy up. */
  static final Duration PATIENCE_AT_START = Duration.ofMinutes(5);

  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Pattern LISTENING =
      Pattern.compile("Listening on http://([0-9.]+):([0-9]+)");

  private final LoggedProcess process;
  private final String mount;
  private final InetSocketAddress address;

  private ServerProcess(LoggedProcess process, String mount, InetSocketAddress address) {
    this.process = process;
    this.mount = mount;
    this.address = address;
  }

  /**
   * Starts it and waits until it listens.
   *
   * @param mount the path below which it serves the fixtures
   */
  static ServerProcess start(ProcessBuilder builder, String mount) throws IOException {
    LoggedProcess process = LoggedProcess.start("server", builder);
    try {
      Matcher listening = process.await(LISTENING, PATIENCE_AT_START);
      int port = Integer.parseInt(listening.group(2));
      return new ServerProcess(process, mount, new InetSocketAddress(listening.group(1), port));
    } catch (AssertionError e) {
      process.close();
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
    return process.log();
  }

  @Override
  public void awaitLog(String text) {
    process.await(Pattern.compile(Pattern.quote(text)), PATIENCE);
  }

  /** Its process id. */
  long pid() {
    return process.pid();
  }

  /** How it ended after {@link #close}. */
  int exitCode() {
    return process.exitCode();
  }

  @Override
  public void close() {
    process.close();
  }
}
