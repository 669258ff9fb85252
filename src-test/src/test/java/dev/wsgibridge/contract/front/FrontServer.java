package dev.wsgibridge.contract.front;

import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The front web servers. Each runs in the foreground in a folder of its own; its configuration is a
 * frame, which says no more than where files and the port are, and the text to try.
 */
public enum FrontServer {
  APACHE("apache", Pattern.compile("resuming normal operations"), "apache2") {
    @Override
    String frame(Path folder, int port, String text) throws IOException {
      Files.createDirectory(folder.resolve("htdocs"));
      return """
        ServerRoot %1$s
        DocumentRoot %1$s/htdocs
        DefaultRuntimeDir %1$s
        PidFile %1$s/pid
        ErrorLog /dev/stderr
        ServerName localhost
        # So long it holds a connection whose response has broken off.
        KeepAliveTimeout 2
        Listen 127.0.0.1:%2$d
        %3$s
        %4$s

        %5$s
        """
          .formatted(
              folder,
              port,
              isRoot() ? "User www-data\nGroup www-data" : "",
              modules(text)
                  .map(name -> "LoadModule %s_module %s".formatted(name, module(name)))
                  .collect(Collectors.joining("\n")),
              text);
    }

    @Override
    List<String> arguments(Path configuration) {
      return List.of("-DFOREGROUND", "-f", configuration.toString());
    }

    @Override
    public String missing(String module) {
      return Files.exists(module(module)) ? "" : "mod_" + module + " is not installed";
    }
  },

  NGINX("nginx", Pattern.compile("start worker process "), "nginx") {
    @Override
    String frame(Path folder, int port, String text) throws IOException {
      for (String params : List.of("fastcgi", "scgi", "uwsgi")) {
        Path file = Path.of("/etc/nginx", params + "_params");
        if (Files.exists(file)) {
          Files.copy(file, folder.resolve(file.getFileName()));
        }
      }
      return """
        daemon off;
        pid %1$s/pid;
        error_log stderr notice;
        %2$s
        events { worker_connections 512; }
        http {
          access_log off;
          client_body_temp_path %1$s/client_body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          scgi_temp_path %1$s/scgi;
          uwsgi_temp_path %1$s/uwsgi;
        %3$s
        }
        """
          .formatted(folder, isRoot() ? "user www-data;" : "", text);
    }

    @Override
    List<String> arguments(Path configuration) {
      return List.of(
          "-e", "stderr", "-p", configuration.getParent() + "/", "-c", configuration.toString());
    }
  },

  LIGHTTPD("lighttpd", Pattern.compile("server started"), "lighttpd") {
    @Override
    String frame(Path folder, int port, String text) throws IOException {
      Files.createDirectory(folder.resolve("htdocs"));
      Path uploads = Files.createDirectory(folder.resolve("uploads"));
      Files.setPosixFilePermissions(uploads, PosixFilePermissions.fromString("rwxrwxrwx"));
      return """
        server.document-root = "%1$s/htdocs"
        server.upload-dirs = ("%1$s/uploads")
        server.bind = "127.0.0.1"
        server.port = %2$d
        # So long it holds a connection whose response has broken off.
        server.max-keep-alive-idle = 2
        %3$s
        %4$s
        """
          .formatted(
              folder,
              port,
              isRoot() ? "server.username = \"www-data\"\nserver.groupname = \"www-data\"" : "",
              text);
    }

    @Override
    List<String> arguments(Path configuration) {
      return List.of("-D", "-f", configuration.toString());
    }
  },

  CADDY("caddy", Pattern.compile("serving initial configuration"), "caddy") {
    @Override
    String frame(Path folder, int port, String text) {
      return """
        {
          admin off
          auto_https off
          storage file_system %s/storage
          servers {
            timeouts {
              idle 2s
            }
          }
        }
        %s
        """
          .formatted(folder, text);
    }

    @Override
    List<String> arguments(Path configuration) {
      return List.of("run", "--adapter", "caddyfile", "--config", configuration.toString());
    }
  },

  HAPROXY("haproxy", Pattern.compile("Loading success"), "haproxy") {
    @Override
    String frame(Path folder, int port, String text) {
      return """
        global
            log stderr format raw daemon
        %s
        """
          .formatted(text);
    }

    @Override
    List<String> arguments(Path configuration) {
      return List.of("-W", "-db", "-f", configuration.toString());
    }
  };

  /** Ports that were given away, to fronts that may not listen yet. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** The comment of the text in which Debian's command is told which modules to turn on. */
  private static final Pattern A2ENMOD = Pattern.compile("(?m)^ *# *(?:sudo )?a2enmod +(.*)$");

  private final String word;
  private final Pattern ready;
  private final String program;

  FrontServer(String word, Pattern ready, String program) {
    this.word = word;
    this.ready = ready;
    this.program = program;
  }

  abstract String frame(Path folder, int port, String text) throws IOException;

  abstract List<String> arguments(Path configuration);

  /** For the reader of a report. */
  public String title() {
    return this == APACHE ? "Apache httpd" : word;
  }

  /** What {@code wsgi-bridge front} calls it. */
  public String word() {
    return word;
  }

  /** Why it can't run here; empty where it can. */
  public String missing() {
    return program().isPresent() ? "" : word + " is not installed";
  }

  /**
   * Why it can't do with one of its modules; empty where it can.
   *
   * @param module {@code proxy_fcgi}
   */
  public String missing(String module) {
    return "";
  }

  /** Why a program beside the front can't be had; empty where it can. */
  public static String missingProgram(String name) {
    return program(name).isPresent() ? "" : name + " is not installed";
  }

  private Optional<Path> program() {
    return program(program);
  }

  /** A server's program is not on everyone's path. */
  private static Optional<Path> program(String name) {
    List<String> folders = new ArrayList<>();
    folders.addAll(Arrays.asList(System.getenv("PATH").split(File.pathSeparator, -1)));
    folders.addAll(List.of("/usr/sbin", "/usr/local/sbin"));
    return folders.stream()
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A folder for a front and its bridge: new, with a short name, and within everyone's reach. */
  public static Path folder() throws IOException {
    Path folder = Files.createTempDirectory("front");
    return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /**
   * Starts it and waits until it listens.
   *
   * @param name for its log
   * @param folder of {@link #folder}; goes when the front has ended
   * @param address where it is to listen: see {@link #freeAddress}
   * @param text what is to be tried
   */
  public LoggedProcess start(String name, Path folder, InetSocketAddress address, String text)
      throws IOException {
    Path configuration = folder.resolve(word + ".conf");
    Files.writeString(configuration, frame(folder, address.getPort(), text));
    List<String> command = new ArrayList<>();
    command.add(program().orElseThrow().toString());
    command.addAll(arguments(configuration));
    LoggedProcess process =
        LoggedProcess.start(
            name, new ProcessBuilder(command).directory(folder.toFile()), folder, line -> false);
    try {
      process.await(ready, PATIENCE);
      return process;
    } catch (AssertionError e) {
      process.close();
      throw new AssertionError(e.getMessage() + "\nwith this configuration:\n" + text, e);
    }
  }

  /**
   * An address of the loopback that nobody listens at. Its port is none of those that the system
   * gives to outgoing connections, so that it stays free until the front listens there.
   */
  public static InetSocketAddress freeAddress() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
      if (!GIVEN.add(port)) {
        continue;
      }
      try (ServerSocket probe = new ServerSocket(port, 1, loopback)) {
        return new InetSocketAddress(loopback, probe.getLocalPort());
      } catch (IOException e) {
        // Taken: the next one.
      }
    }
  }

  /** Root's fronts run as another user, who must be able to reach their folder. */
  public static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** Why the front's user can't start what is in a folder; empty where it can. */
  public static String outOfReach(Path folder) {
    for (Path path = folder.toAbsolutePath(); isRoot() && path != null; path = path.getParent()) {
      try {
        if (!Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE)) {
          return "www-data can't start what is below a folder of root's alone";
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return "";
  }

  private static Path module(String name) {
    return Path.of("/usr/lib/apache2/modules/mod_" + name + ".so");
  }

  private static Stream<String> modules(String text) {
    Stream.Builder<String> modules = Stream.builder();
    Stream.of("mpm_event", "authn_core", "authz_core").forEach(modules);
    Matcher lines = A2ENMOD.matcher(text);
    while (lines.find()) {
      Stream.of(lines.group(1).strip().split(" +", -1)).forEach(modules);
    }
    return modules.build().distinct();
  }
}
