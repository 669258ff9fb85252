package dev.wsgibridge.contract;

import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code ./run} with a front server before it. */
record Fronted(Front way, Hosted hosted) implements Server {

  private static final Pattern LISTENING = Pattern.compile("Listening on (\\S+)");

  @Override
  public String name() {
    return way.title();
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
  public Map<String, String> deviations() {
    return way.deviations();
  }

  @Override
  public Running start() throws IOException {
    Path folder = FrontServer.folder();
    InetSocketAddress address = FrontServer.freeAddress();
    String name = (way.name() + "-" + hosted.name()).toLowerCase(Locale.ROOT);
    LoggedProcess bridge =
        LoggedProcess.start(name, new ProcessBuilder(Servers.run(application(), bind(folder))));
    try {
      String bind = bridge.await(LISTENING, ServerProcess.PATIENCE_AT_START).group(1);
      String text = configuration(bind, address);
      LoggedProcess server = way.server().start("front-" + name, folder, address, text);
      return new FrontedRunning(bridge, server, address, way.mount());
    } catch (AssertionError | IOException e) {
      bridge.close();
      throw e;
    }
  }

  private List<String> application() {
    List<String> application = new ArrayList<>(way.serving());
    application.addAll(Servers.application(way.mount(), hosted));
    return application;
  }

  private List<String> bind(Path folder) {
    return way.protocol().endsWith("+unix")
        ? List.of("--bind", way.protocol() + "://" + folder + "/bridge", "--chmod-socket", "666")
        : List.of("--bind", way.protocol() + "://127.0.0.1:0");
  }

  /** What {@code wsgi-bridge front} prints for this bridge. */
  private String configuration(String bind, InetSocketAddress address) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("front", way.server().word()));
    command.addAll(List.of("--listen", "127.0.0.1:" + address.getPort()));
    command.addAll(way.options());
    command.addAll(application());
    Process process =
        new ProcessBuilder(Servers.run(command, List.of("--bind", bind)))
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
      LoggedProcess bridge, LoggedProcess front, InetSocketAddress address, String mount)
      implements Running {

    @Override
    public String log() {
      return bridge.log();
    }

    @Override
    public void awaitLog(String text) {
      bridge.await(Pattern.compile(Pattern.quote(text)), ServerProcess.PATIENCE);
    }

    @Override
    public void close() {
      try (front;
          bridge) {
        // The bridge first; the front takes their folder with it.
      }
    }
  }
}
