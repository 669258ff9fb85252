package dev.wsgibridge.contract;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The servers of the contract. */
final class Servers {

  /** Someone's own Jetty, with {@code WsgiServlet} at its root. */
  static Server jettyServlet(Hosted hosted) {
    return new EmbeddedServer("servlet", "", "", hosted);
  }

  /** Someone's own Jetty, with {@code WsgiServlet} at a path of a context. */
  static Server jettyServletBelow(Hosted hosted) {
    return new EmbeddedServer("servlet", "/context", "/below", hosted);
  }

  /** Someone's own Jetty, with {@code WsgiFilter} in front of what is there. */
  static Server jettyFilter(Hosted hosted) {
    return new EmbeddedServer("filter", "/context", "/filtered", hosted);
  }

  /** The command of this project, at the root. */
  static Server run(Hosted hosted) {
    return new Run("", hosted);
  }

  /** The command of this project, below a path. */
  static Server runMounted(Hosted hosted) {
    return new Run("/mounted/here", hosted);
  }

  private static final Map<String, String> NO_REASON_PHRASE =
      Map.of("reasonPhrase", "the servlet API takes a status without its reason");

  private Servers() {}

  private record EmbeddedServer(String kind, String context, String path, Hosted hosted)
      implements Server {

    @Override
    public String name() {
      return "Jetty %s, %s at %s"
          .formatted(org.eclipse.jetty.server.Server.getVersion(), kind, context + path + "/*");
    }

    @Override
    public Map<String, String> deviations() {
      return NO_REASON_PHRASE;
    }

    @Override
    public Running start() throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      if (hosted.isPython() && Runtime.version().feature() >= 22) {
        command.add("--enable-native-access=ALL-UNNAMED");
      }
      command.addAll(
          List.of(
              "-cp",
              System.getProperty("java.class.path"),
              EmbeddedJetty.class.getName(),
              kind,
              context,
              path,
              application(hosted),
              hosted.isPython() ? hosted.python() : "auto"));
      return ServerProcess.start(new ProcessBuilder(command), context + path);
    }
  }

  private record Run(String mount, Hosted hosted) implements Server {

    @Override
    public String name() {
      return "./run" + (mount.isEmpty() ? "" : " --mount " + mount);
    }

    @Override
    public Map<String, String> deviations() {
      return NO_REASON_PHRASE;
    }

    @Override
    public Running start() throws IOException {
      List<String> command = new ArrayList<>();
      command.add(module().resolveSibling("run").toString());
      command.addAll(
          mount.isEmpty()
              ? List.of(application(hosted))
              : List.of("--mount", mount + "=" + application(hosted)));
      command.addAll(List.of("--bind", "http://127.0.0.1:0"));
      command.addAll(
          hosted.isPython()
              ? List.of("--python", hosted.python())
              : List.of("--classpath", module().resolve("target/classes").toString()));
      return ServerProcess.start(new ProcessBuilder(command), mount);
    }
  }

  private static String application(Hosted hosted) {
    return hosted.isPython()
        ? module().resolve("src/main/python").resolve(hosted.application()).toString()
        : hosted.application();
  }

  /** The folder of this module. */
  static Path module() {
    try {
      Path classes =
          Path.of(Servers.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      // target/test-classes
      return classes.resolve(".." + File.separator + "..").normalize();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
