package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.Applications;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Mounts;
import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import dev.wsgibridge.contract.process.LoggedProcess;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.WsgiServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * CGI programs behind the bridge: one that sees the same variables as under Apache's mod_cgid, and
 * git's own, with its own client.
 */
class CgiProgramTest {

  /** What RFC 3875 asks for, and what a program can't do without. */
  private static final Set<String> COMPARED =
      Set.of(
          "AUTH_TYPE",
          "CONTENT_LENGTH",
          "CONTENT_TYPE",
          "GATEWAY_INTERFACE",
          "PATH_INFO",
          "QUERY_STRING",
          "REMOTE_ADDR",
          "REMOTE_USER",
          "REQUEST_METHOD",
          "REQUEST_URI",
          "SCRIPT_FILENAME",
          "SCRIPT_NAME",
          "SERVER_NAME",
          "SERVER_PORT",
          "SERVER_PROTOCOL",
          "HTTPS");

  private static final List<Request> REQUESTS =
      List.of(
          Request.get("/cgi-bin/vars.cgi"),
          Request.get("/cgi-bin/vars.cgi/?"),
          Request.get("/cgi-bin/vars.cgi/a%20b/caf%C3%A9?x=1&y=a+b%20c")
              .with(
                  "Host: shop.example:8080",
                  "Accept: text/html;q=0.9",
                  "X-Twice: 1",
                  "X-Twice: 2",
                  "X-Empty:",
                  "Cookie: a=1",
                  "Proxy: http://evil.example",
                  "Authorization: Basic YWRhOmVuaWdtYQ==",
                  "If-None-Match: \"x\""),
          Request.get("/cgi-bin/deep/er/vars.cgi/x"),
          Request.post("/cgi-bin/vars.cgi", "a=1&b=2")
              .with("Content-Type: application/x-www-form-urlencoded"),
          Request.post("/cgi-bin/vars.cgi", "").with("Content-Type: text/plain"));

  @Test
  void variablesAreThoseOfApache() throws Exception {
    for (String missing :
        List.of(FrontServer.APACHE.missing(), FrontServer.APACHE.missing("cgid"))) {
      assumeTrue(missing.isEmpty(), missing);
    }
    Path folder = FrontServer.folder();
    Path programs = Files.createDirectory(folder.resolve("programs"));
    String[] told = {"printf 'Content-Type: text/plain\\n\\n'", "env"};
    program(programs.resolve("vars.cgi"), told);
    program(programs.resolve("deep/er/vars.cgi"), told);
    InetSocketAddress address = FrontServer.freeAddress();
    try (WsgiServer server =
            WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:0")));
        LoggedProcess apache =
            FrontServer.APACHE.start(
                "front-cgi-program", folder, address, configuration(programs))) {
      server.start(
          new Mounts(
              Map.of(
                  "/cgi-bin",
                  Applications.load(
                      "cgi:" + programs, LoadOptions.defaults(getClass().getClassLoader())))));
      InetSocketAddress ours = address(server);
      assertThat(apache.isAlive()).isTrue();
      for (Request request : REQUESTS) {
        assertThat(variables(ours, request))
            .as(request.toString())
            .isEqualTo(variables(address, request));
      }
    }
  }

  /** git sends what is larger than 1 MB in chunks, without a length. */
  @Test
  void gitPushesAndClones(@TempDir Path folder) throws Exception {
    Path backend = Path.of(git(folder, "--exec-path").strip(), "git-http-backend");
    assumeTrue(Files.isExecutable(backend), "git-http-backend is not installed");
    git(folder, "init", "--quiet", "--bare", "shop.git");
    git(folder, "-C", "shop.git", "config", "http.receivepack", "true");
    Path program = folder.resolve("git.cgi");
    program(
        program,
        "GIT_PROJECT_ROOT='%s' GIT_HTTP_EXPORT_ALL=1 exec '%s'".formatted(folder, backend));
    byte[] large = new byte[3_000_000];
    new Random(1).nextBytes(large);
    try (WsgiServer server =
        WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:0")))) {
      server.start(
          Applications.load("cgi:" + program, LoadOptions.defaults(getClass().getClassLoader())));
      String url = server.addresses().get(0) + "/shop.git";
      git(folder, "init", "--quiet", "here");
      Path here = folder.resolve("here");
      Files.write(here.resolve("large"), large);
      git(here, "add", "large");
      git(here, "-c", "user.name=Ada", "-c", "user.email=ada@localhost", "commit", "-qm", "large");
      git(here, "push", "--quiet", url, "HEAD:main");
      git(folder, "clone", "--quiet", "--branch", "main", url, "there");
    }
    assertThat(folder.resolve("there/large")).hasBinaryContent(large);
  }

  private static String git(Path folder, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }

  private static void program(Path file, String... lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String configuration(Path programs) {
    return """
      # a2enmod alias cgid
      ScriptSock cgisock
      ScriptAlias /cgi-bin/ %1$s/
      <Directory %1$s>
        Require all granted
      </Directory>
      """
        .formatted(programs);
  }

  private static InetSocketAddress address(WsgiServer server) {
    String url = server.addresses().get(0).toString();
    int port = Integer.parseInt(url.substring(url.lastIndexOf(':') + 1));
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static Map<String, String> variables(InetSocketAddress address, Request request)
      throws IOException {
    try (HttpConnection connection = HttpConnection.open(address)) {
      Response response = connection.ask(request);
      assertThat(response.status()).isEqualTo(200);
      Map<String, String> variables =
          response
              .text()
              .lines()
              .map(line -> line.split("=", 2))
              .filter(pair -> COMPARED.contains(pair[0]) || pair[0].startsWith("HTTP_"))
              .collect(
                  Collectors.toMap(pair -> pair[0], pair -> pair[1], (a, b) -> b, TreeMap::new));
      // A comma joins them, with a space behind it or not: RFC 9110, 5.3.
      variables.computeIfPresent("HTTP_X_TWICE", (name, value) -> value.replace(", ", ","));
      // Its own where no Host tells it.
      if (request.headers().stream().noneMatch(header -> header.startsWith("Host:"))) {
        variables.remove("SERVER_PORT");
      }
      return variables;
    }
  }
}
