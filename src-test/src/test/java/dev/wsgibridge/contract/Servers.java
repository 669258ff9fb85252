package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.Container;
import dev.wsgibridge.contract.containers.ContainerKind;
import dev.wsgibridge.contract.containers.Setup;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

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
    return new Run("", hosted, Scale.USUAL);
  }

  /** The same with so many workers and threads. */
  static Server run(Hosted hosted, Scale scale) {
    return new Run("", hosted, scale);
  }

  /** The command of this project, below a path. */
  static Server runMounted(Hosted hosted) {
    return new Run("/mounted/here", hosted, Scale.USUAL);
  }

  /** A WAR in a container as it is handed out. */
  static Server war(ContainerKind container, Hosted hosted) {
    return new DeployedWar(container, hosted);
  }

  /** The command of this project, behind a front server. */
  static Server front(Front front, Hosted hosted) {
    return new Fronted(front, hosted, Scale.USUAL);
  }

  /** The same with so many workers and threads. */
  static Server front(Front front, Hosted hosted, Scale scale) {
    return new Fronted(front, hosted, scale);
  }

  /** The command of this project, behind Jetty's own FastCGI proxy. */
  static Server jettyProxy(Hosted hosted) {
    return new JettyProxied(hosted);
  }

  static final Deviation REASON =
      Deviation.of(
          "the servlet API takes a status without its reason",
          "expected: \"Replaced\" but was: \"(Service Unavailable)?\"");
  private static final Deviation LENGTH_OF_304 =
      Deviation.of(
          "Tomcat takes Content-Length from every 304", "expected: \\[\"5\"\\] but was: \\[\\]");

  private static final Map<String, Deviation> JETTY = Map.of("reasonPhrase", REASON);
  private static final Map<String, Deviation> TOMCAT =
      Map.of(
          "reasonPhrase", REASON,
          "noBody(GET, 304, 5)", LENGTH_OF_304,
          "noBody(HEAD, 304, 5)", LENGTH_OF_304);

  private Servers() {}

  private record EmbeddedServer(String kind, String context, String path, Hosted hosted)
      implements Server {

    @Override
    public String name() {
      return "%s at %s".formatted(kind, context + path + "/*");
    }

    @Override
    public String container() {
      return "Jetty 12.1, embedded";
    }

    @Override
    public Map<String, Deviation> deviations() {
      return JETTY;
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

  private record Run(String mount, Hosted hosted, Scale scale) implements Server {

    @Override
    public String name() {
      return (mount.isEmpty() ? "at the root" : "at " + mount) + title(scale);
    }

    @Override
    public String container() {
      return "`./run`";
    }

    @Override
    public Map<String, Deviation> deviations() {
      return Map.of();
    }

    @Override
    public Running start() throws IOException {
      List<String> command =
          run(application(mount, hosted, scale), List.of("--bind", "http://127.0.0.1:0"));
      return ServerProcess.start(process(command, scale), mount);
    }
  }

  private record DeployedWar(ContainerKind kind, Hosted hosted) implements Server {

    @Override
    public String name() {
      return "WAR";
    }

    @Override
    public String container() {
      return switch (kind) {
        case TOMCAT_10 -> "Tomcat 10.1";
        case TOMCAT_11 -> "Tomcat 11";
        case JETTY_12 -> "Jetty 12.1";
      };
    }

    @Override
    public Map<String, Deviation> deviations() {
      return kind == ContainerKind.JETTY_12 ? JETTY : TOMCAT;
    }

    @Override
    public Running start() throws IOException {
      Setup setup = Setup.of(Map.of("contract", Wars.of(hosted)));
      if (hosted.isPython() && Runtime.version().feature() >= 22) {
        setup = setup.withJvmOptions(List.of("--enable-native-access=ALL-UNNAMED"));
      }
      Container started = kind.start(setup);
      Running running = new DeployedRunning(started);
      try (HttpConnection connection = HttpConnection.open(running.address())) {
        Response hello = connection.ask(Request.get(running.mount() + "/hello"));
        if (hello.status() != 200) {
          throw new AssertionError("the WAR is not served: %s%n%s".formatted(hello, started.log()));
        }
        return running;
      } catch (AssertionError | IOException e) {
        running.close();
        throw e;
      }
    }
  }

  private record DeployedRunning(Container container) implements Server.Running {

    @Override
    public InetSocketAddress address() {
      return new InetSocketAddress(container.uri().getHost(), container.uri().getPort());
    }

    @Override
    public String mount() {
      return "/contract";
    }

    @Override
    public String log() {
      return container.log();
    }

    @Override
    public void awaitLog(String text) {
      container.awaitLog(Pattern.compile(Pattern.quote(text)));
    }

    @Override
    public void close() {
      container.close();
    }
  }

  /** {@code ./run} with these arguments. */
  static List<String> run(List<String> arguments, List<String> more) {
    List<String> command = new ArrayList<>();
    command.add(project().resolve("run").toString());
    command.addAll(arguments);
    command.addAll(more);
    return command;
  }

  /** What is to be said of it where it is not the usual one. */
  static String title(Scale scale) {
    return scale.equals(Scale.USUAL) ? "" : ", " + scale.title();
  }

  /**
   * A command that runs the fixtures. Where they don't have one process of many threads, they keep
   * in files what they tell each other.
   */
  static ProcessBuilder process(List<String> command, Scale scale) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    if (!scale.equals(Scale.USUAL)) {
      builder.environment().put("FIXTURES_LEDGER", Files.createDirectories(ledger()).toString());
    }
    return builder;
  }

  /** The folder of those files. */
  static Path ledger() {
    return module().resolve("target/ledger");
  }

  /** The arguments of {@code ./run} that name the fixtures. */
  static List<String> application(String mount, Hosted hosted, Scale scale) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        mount.isEmpty()
            ? List.of(application(hosted))
            : List.of("--mount", mount + "=" + application(hosted)));
    arguments.addAll(
        hosted.isPython()
            ? List.of("--python", hosted.python())
            : List.of("--classpath", module().resolve("target/classes").toString()));
    if (hosted.python().equals("graalpy")) {
      // An endless recursion ends, but without a JIT on a busy machine that takes its time.
      arguments.addAll(List.of("--timeout", "2m"));
    }
    int workers = hosted.isInJvm() && scale.workers() == 1 ? 0 : scale.workers();
    if (hosted.python().equals("python3") || workers > 0) {
      arguments.addAll(List.of("--workers", Integer.toString(workers)));
    }
    if (scale.threads() > 0) {
      arguments.addAll(List.of("--threads", Integer.toString(scale.threads())));
    }
    return arguments;
  }

  private static String application(Hosted hosted) {
    return hosted.isPython()
        ? python().resolve(hosted.application()).toString()
        : hosted.application();
  }

  /** The folder of fixtures.py. */
  static Path python() {
    return module().resolve("src/main/python");
  }

  /** The folder of the whole project. */
  static Path project() {
    return module().resolve("..").normalize();
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
