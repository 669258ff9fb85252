package dev.wsgibridge.contract.containers;

import dev.wsgibridge.contract.containers.Setup.Unpacking;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The containers that the build fetches and that every WAR is tried in. */
public enum ContainerKind {
  TOMCAT_10("tomcat10"),
  TOMCAT_11("tomcat11"),
  JETTY_12("jetty12");

  private final String folder;

  ContainerKind(String folder) {
    this.folder = folder;
  }

  /**
   * Starts a container and returns when these web applications were deployed and it listens.
   *
   * @param wars the WAR files by the name that they are deployed under
   */
  public Container start(Map<String, Path> wars) {
    return start(Setup.of(wars));
  }

  /** Starts a container and returns when it has deployed what it was given and listens. */
  public Container start(Setup setup) {
    try {
      Path base = Files.createTempDirectory(folder + "-");
      for (String name : List.of("conf", "logs", "temp", "webapps", "environments")) {
        Files.createDirectories(base.resolve(name));
      }
      for (Map.Entry<String, Path> war : setup.wars().entrySet()) {
        Files.copy(war.getValue(), base.resolve("webapps").resolve(war.getKey() + ".war"));
      }
      ProcessBuilder process =
          this == JETTY_12 ? jetty(base, home(), setup) : tomcat(base, home(), setup);
      process.environment().keySet().removeAll(List.of("JAVA_OPTS", "JDK_JAVA_OPTIONS"));
      return Container.start(this, process, base);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessBuilder tomcat(Path base, Path home, Setup setup) throws IOException {
    Path conf = base.resolve("conf");
    for (String name : List.of("web.xml", "context.xml")) {
      Files.copy(home.resolve("conf").resolve(name), conf.resolve(name));
    }
    resource("tomcat/server.xml", conf.resolve("server.xml"));
    resource("tomcat/logging.properties", conf.resolve("logging.properties"));
    Path shared = Files.createDirectory(base.resolve("graalpy"));
    for (Path jar : setup.shared()) {
      Files.createSymbolicLink(shared.resolve(jar.getFileName()), jar.toAbsolutePath());
    }
    Files.writeString(
        conf.resolve("catalina.properties"),
        Files.readString(home.resolve("conf/catalina.properties"))
                .replaceFirst(
                    "(?m)^shared\\.loader=$", "shared.loader=\"\\${catalina.base}/graalpy/*.jar\"")
            + "\nwsgibridge.unpackWARs="
            + (setup.unpacking() == Unpacking.UNPACKED)
            + "\n");

    // The script replaces itself by the JVM: the process is the container.
    ProcessBuilder process =
        new ProcessBuilder("sh", home.resolve("bin/catalina.sh").toString(), "run");
    Map<String, String> environment = process.environment();
    environment.put("JAVA_HOME", setup.javaHome().toString());
    environment.put("JRE_HOME", setup.javaHome().toString());
    environment.put("CATALINA_HOME", home.toString());
    environment.put("CATALINA_BASE", base.toString());
    environment.put("CATALINA_TMPDIR", base.resolve("temp").toString());
    environment.put(
        "CATALINA_OPTS",
        setup.jvmOptions().stream().map(o -> '"' + o + '"').collect(Collectors.joining(" ")));
    return process;
  }

  private static ProcessBuilder jetty(Path base, Path home, Setup setup) throws IOException {
    resource("jetty/start.ini", base.resolve("start.ini"));
    resource("jetty/environments/ee10-paths.xml", base.resolve("environments/ee10-paths.xml"));
    List<String> command = new ArrayList<>();
    command.add(setup.javaHome().resolve("bin/java").toString());
    command.addAll(setup.jvmOptions());
    command.add("-Djava.io.tmpdir=" + base.resolve("temp"));
    command.add("-jar");
    command.add(home.resolve("start.jar").toString());
    command.add("jetty.base=" + base);
    return new ProcessBuilder(command).directory(base.toFile());
  }

  private Path home() {
    @Nullable String home = System.getProperty("wsgibridge." + folder);
    if (home == null || !Files.isDirectory(Path.of(home))) {
      throw new AssertionError(
          "%s: found no folder '%s'; Maven unpacks it there before the tests of src-test"
              .formatted(this, home));
    }
    return Path.of(home);
  }

  private static void resource(String name, Path file) throws IOException {
    try (var in = ContainerKind.class.getResourceAsStream("/containers/" + name)) {
      if (in == null) {
        throw new AssertionError("no resource containers/" + name);
      }
      Files.copy(in, file);
    }
  }
}
