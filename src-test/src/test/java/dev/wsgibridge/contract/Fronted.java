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
record Fronted(Front front, Hosted hosted) implements Server {

  private static final Pattern LISTENING = Pattern.compile("Listening on (\\S+)");

  @Override
  public String name() {
    return front.title();
  }

  @Override
  public String missing() {
    String missing = hosted.missing();
    return missing.isEmpty() ? front.missing() : missing;
  }

  @Override
  public Map<String, String> deviations() {
    return front.deviations();
  }

  @Override
  public Running start() throws IOException {
    Path folder = FrontServer.folder();
    InetSocketAddress address = FrontServer.freeAddress();
    String name = (front.name() + "-" + hosted.name()).toLowerCase(Locale.ROOT);
    LoggedProcess bridge =
        LoggedProcess.start(name, new ProcessBuilder(Servers.run(application(), bind(folder))));
    try {
      String bind = bridge.await(LISTENING, ServerProcess.PATIENCE_AT_START).group(1);
      String text = configuration(bind, address);
      LoggedProcess server = front.server().start("front-" + name, folder, address, text);
      return new FrontedRunning(bridge, server, address, front.mount());
    } catch (AssertionError | IOException e) {
      bridge.close();
      throw e;
    }
  }

  private List<String> application() {
    List<String> application = new ArrayList<>(front.serving());
    application.addAll(Servers.application(front.mount(), hosted));
    return application;
  }

  private List<String> bind(Path folder) {
    return front.protocol().endsWith("+unix")
        ? List.of("--bind", front.protocol() + "://" + folder + "/bridge", "--chmod-socket", "666")
        : List.of("--bind", front.protocol() + "://127.0.0.1:0");
  }

  /** What {@code wsgi-bridge front} prints for this bridge. */
  private String configuration(String bind, InetSocketAddress address) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("front", front.server().word()));
    command.addAll(List.of("--listen", "127.0.0.1:" + address.getPort()));
    command.addAll(front.options());
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
