package dev.wsgibridge.contract;

import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code ./run} with a front server before it. */
record Fronted(Front way, Hosted hosted, Scale scale) implements Server {

  /** What the front starts, in the folder that it shares with the bridge. */
  private static final String SCRIPT = "start";

  private static final Pattern LISTENING = Pattern.compile("Listening on (\\S+)");

  @Override
  public String name() {
    return way.title() + Servers.title(scale);
  }

  @Override
  public String front() {
    return way.server().title();
  }

  @Override
  public String protocol() {
    return way.protocolTitle();
  }

  @Override
  public String container() {
    return "`./run`";
  }

  @Override
  public String missing() {
    String missing = hosted.missing();
    return missing.isEmpty() ? way.missing() : missing;
  }

  @Override
  public Map<String, Deviation> deviations() {
    return way.deviations();
  }

  @Override
  public boolean hasOneProcess() {
    return !way.startsIt();
  }

  @Override
  public Running start() throws IOException {
    String name = (way.name() + "-" + hosted.name()).toLowerCase(Locale.ROOT);
    return start(way, name, Servers.application(way.mount(), hosted, scale), scale, "");
  }

  /**
   * Starts a bridge and its front.
   *
   * @param name for the logs
   * @param application arguments of {@code ./run} that name the application
   * @param scale how many workers and threads these say
   * @param javaOptions for the JVM of the bridge, which are kept from the start of others
   */
  static Running start(
      Front way, String name, List<String> application, Scale scale, String javaOptions)
      throws IOException {
    Path folder = FrontServer.folder();
    InetSocketAddress address = FrontServer.freeAddress();
    List<String> served = new ArrayList<>(way.serving());
    served.addAll(application);
    List<String> printed = new ArrayList<>(way.options());
    printed.addAll(List.of("--listen", "127.0.0.1:" + address.getPort()));
    if (way.startsIt()) {
      printed.addAll(List.of("--script", folder.resolve(SCRIPT).toString()));
      // lighttpd puts the socket beside it.
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
      String text = print(way.server(), printed, served);
      LoggedProcess server = way.server().start("front-" + name, folder, address, text);
      return new FrontedRunning(server, List.of(server), address, way.mount());
    }
    InetSocketAddress spawned = FrontServer.freeAddress();
    List<String> command = Servers.run(served, bind(way, folder));
    if (way.spawned()) {
      command = spawn(spawned, command);
    }
    ProcessBuilder builder = Servers.process(command, scale);
    builder.environment().put("JAVA_OPTS", javaOptions);
    LoggedProcess bridge = LoggedProcess.start(name, builder);
    try {
      String at = bridge.await(LISTENING, ServerProcess.PATIENCE_AT_START).group(1);
      if (way.throughCgi()) {
        printed.addAll(List.of("--script", folder.resolve(SCRIPT).toString()));
      } else {
        printed.add("--bind");
        printed.add(way.spawned() ? "fcgi://127.0.0.1:" + spawned.getPort() : at);
      }
      String text = print(way.server(), printed, served);
      if (way.throughCgi()) {
        // In place of the script that runs the application itself.
        cgiFcgi(folder, at);
      }
      LoggedProcess server = way.server().start("front-" + name, folder, address, text);
      // The bridge ends first; the front takes their folder with it.
      return new FrontedRunning(bridge, List.of(bridge, server), address, way.mount());
    } catch (AssertionError | IOException e) {
      bridge.close();
      if (Files.exists(folder)) {
        LoggedProcess.delete(folder);
      }
      throw e;
    }
  }

  /** A CGI program that hands on to the bridge. */
  private static void cgiFcgi(Path folder, String bridge) throws IOException {
    Path script = folder.resolve(SCRIPT);
    Files.writeString(
        script,
        "#!/bin/sh\nexec %s -bind -connect %s\n"
            .formatted(Front.CGI_FCGI, bridge.replace("fcgi://", "")));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static List<String> spawn(InetSocketAddress at, List<String> command) {
    List<String> spawn = new ArrayList<>();
    spawn.addAll(List.of(Front.SPAWN_FCGI, "-n", "-a", "127.0.0.1", "-p"));
    spawn.addAll(List.of(Integer.toString(at.getPort()), "--"));
    spawn.addAll(command);
    return spawn;
  }

  private static List<String> bind(Front way, Path folder) {
    if (way.spawned()) {
      return List.of("--bind", "fcgi+fd:0");
    }
    if (way.throughCgi()) {
      return List.of("--bind", "fcgi://127.0.0.1:0");
    }
    return way.protocol().endsWith("+unix")
        ? List.of("--bind", way.protocol() + "://" + folder + "/bridge", "--chmod-socket", "666")
        : List.of("--bind", way.protocol() + "://127.0.0.1:0");
  }

  /** What {@code wsgi-bridge front} prints for an application that is served with these options. */
  static String print(FrontServer server, List<String> options, List<String> application)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("front", server.word()));
    command.addAll(options);
    if (server.word().equals("nginx")) {
      // Whoever sees only whole uploads learns nothing of those that break off.
      command.add("--stream-uploads");
    }
    Process process =
        new ProcessBuilder(Servers.run(command, application))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError("%s: exit status %d".formatted(command, process.exitValue()));
      }
      return text;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      process.destroy();
    }
  }

  private record FrontedRunning(
      LoggedProcess logging, List<LoggedProcess> all, InetSocketAddress address, String mount)
      implements Running {

    @Override
    public String log() {
      return logging.log();
    }

    @Override
    public void awaitLog(String text) {
      logging.await(Pattern.compile(Pattern.quote(text)), ServerProcess.PATIENCE);
    }

    @Override
    public void close() {
      all.forEach(LoggedProcess::close);
    }
  }
}
