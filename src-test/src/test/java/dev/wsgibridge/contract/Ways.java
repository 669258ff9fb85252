package dev.wsgibridge.contract;

import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The ways to an application: HTTP, and FastCGI behind nginx and behind Apache. The fronts are
 * started once; bridges come and go behind them, one at a time.
 */
final class Ways implements AutoCloseable {

  /** The path below which applications stand. */
  static final String MOUNT = "/site";

  private static final String HTTP = "HTTP";
  private static final Pattern LISTENING =
      Pattern.compile("Listening on http://127\\.0\\.0\\.1:([0-9]+)");

  private final List<Behind> fronts = new ArrayList<>();

  private record Behind(
      FrontServer server, LoggedProcess process, InetSocketAddress address, String bind) {}

  /** Starts the fronts that are installed. */
  static Ways open() throws IOException {
    Ways ways = new Ways();
    try {
      ways.add(FrontServer.NGINX, "fastcgi");
      ways.add(FrontServer.APACHE, "proxy_fcgi");
      return ways;
    } catch (AssertionError | IOException e) {
      ways.close();
      throw e;
    }
  }

  private void add(FrontServer server, String module) throws IOException {
    if (!server.missing().isEmpty() || !server.missing(module).isEmpty()) {
      return;
    }
    Path folder = FrontServer.folder();
    InetSocketAddress address = FrontServer.freeAddress();
    String bind = "fcgi+unix://" + folder.resolve("bridge");
    List<String> options =
        List.of(
            "--bind", bind, "--keep-alive", "off", "--listen", "127.0.0.1:" + address.getPort());
    String text =
        Fronted.print(
            server, options, List.of("--mount", MOUNT + "=dev.wsgibridge.examples.Hello"));
    LoggedProcess process = server.start("ways-" + server.word(), folder, address, text);
    fronts.add(new Behind(server, process, address, bind));
  }

  /**
   * Starts a bridge behind all of them.
   *
   * @param arguments of {@code ./run}: applications below {@link #MOUNT}, and what they need
   * @param environment what they find in theirs, beside that of the tests
   */
  Site serve(List<String> arguments, Map<String, String> environment) throws IOException {
    List<String> binds = new ArrayList<>(List.of("--bind", "http://127.0.0.1:0"));
    for (Behind front : fronts) {
      binds.addAll(List.of("--bind", front.bind()));
    }
    binds.addAll(List.of("--chmod-socket", "666"));
    ProcessBuilder builder =
        new ProcessBuilder(Servers.run(arguments, binds)).directory(Servers.project().toFile());
    builder.environment().putAll(environment);
    LoggedProcess bridge = LoggedProcess.start("ways", builder);
    try {
      int port =
          Integer.parseInt(bridge.await(LISTENING, ServerProcess.PATIENCE_AT_START).group(1));
      Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
      addresses.put(HTTP, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      for (Behind front : fronts) {
        Pattern listening = Pattern.compile("Listening on " + Pattern.quote(front.bind()));
        bridge.await(listening, ServerProcess.PATIENCE);
        addresses.put(front.server().title() + ", FastCGI", front.address());
      }
      return new Site(bridge, addresses);
    } catch (AssertionError e) {
      bridge.close();
      throw e;
    }
  }

  @Override
  public void close() {
    fronts.forEach(front -> front.process().close());
  }

  /**
   * A bridge with its fronts.
   *
   * @param addresses where clients reach it, by the way that this is
   */
  record Site(LoggedProcess bridge, Map<String, InetSocketAddress> addresses)
      implements AutoCloseable {

    @Override
    public void close() {
      bridge.close();
    }
  }
}
