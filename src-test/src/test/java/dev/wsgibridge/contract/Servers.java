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
      return Map.of();
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
              hosted.isPython()
                  ? python().resolve(hosted.application()).toString()
                  : hosted.application(),
              hosted.isPython() ? hosted.python() : "auto"));
      return ServerProcess.start(new ProcessBuilder(command), context + path);
    }
  }

  /** The folder of fixtures.py. */
  static Path python() {
    return module().resolve("src/main/python");
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
