package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Scripts that start a server themselves, as processes. What they may ask for is Python's to test.
 */
@Timeout(120)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no SIGTERM")
class ScriptTest {

  private static final Path EXAMPLES =
      Path.of("../examples/toolserver").toAbsolutePath().normalize();

  private static final String APPLICATION =
      """
      import os
      def shop(environ, start_response):
          start_response("200 OK", [("Content-Type", "text/plain")])
          keys = "SCRIPT_NAME", "PATH_INFO", "wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"
          return ["|".join([str(environ[key]) for key in keys]).encode()]
      """;

  @TempDir private Path folder;
  private @Nullable Process process;

  @AfterEach
  void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private String script(String name, String last) throws IOException {
    return Files.writeString(folder.resolve(name), APPLICATION + last).toString();
  }

  private Process start(Map<String, String> environment, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err").toFile());
    builder.environment().putAll(environment);
    process = builder.start();
    return process;
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("err"));
  }

  /** The answer to a request for {@code /x} below what is listened at. */
  private String answer(String path, String... arguments) throws Exception {
    Process started = start(Map.of(), arguments);
    BufferedReader out = started.inputReader(UTF_8);
    String line = out.readLine();
    assertThat(line).as(log()).startsWith("Listening on http://");
    URI uri = URI.create(line.substring("Listening on ".length()) + path);
    String answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
            .body();
    assertThat(started.toHandle().destroy()).isTrue();
    assertThat(started.waitFor()).isZero();
    return answer;
  }

  @Test
  void listensWhereWsgirefWould() throws Exception {
    String script =
        script(
            "shop.py",
            """
            from wsgiref.simple_server import make_server
            with make_server("127.0.0.1", 0, shop) as httpd:
                print("Serving")
                httpd.serve_forever()
            """);

    assertThat(answer("/x", script)).isEqualTo("|/x|False|False|False");
    assertThat(log())
        .contains(" starts wsgiref.simple_server: --bind=http://127.0.0.1:0 --threads=1");
  }

  @Test
  void theCommandLineWins() throws Exception {
    String script =
        script(
            "shop",
            """
            from flup.server.ajp import WSGIServer
            WSGIServer(shop, scriptName="/shop", bindAddress=("127.0.0.1", 1)).run()
            """);

    assertThat(answer("/shop/x", script, "--bind", "http://127.0.0.1:0"))
        .isEqualTo("/shop|/x|True|False|False");
    assertThat(log()).doesNotContain("left aside");
  }

  @Test
  void amongOthersItIsServedOnOurTerms() throws Exception {
    String script =
        script("shop", "from flup.server.scgi import WSGIServer\nWSGIServer(shop).run()\n");

    assertThat(answer("/a/x", "--mount", "/a=" + script, "--bind", "http://127.0.0.1:0"))
        .isEqualTo("/a|/x|True|False|False");
    assertThat(log())
        .contains(
            "own flup.server.scgi.WSGIServer is left aside, with its --bind=scgi://localhost:4000");
  }

  @Test
  void answersAsCgi() throws Exception {
    String script =
        script("shop.py", "from wsgiref.handlers import CGIHandler\nCGIHandler().run(shop)\n");
    Process cgi =
        start(Map.of("REQUEST_METHOD", "GET", "SCRIPT_NAME", "/s", "REQUEST_URI", "/s/x"), script);

    assertThat(new String(cgi.getInputStream().readAllBytes(), UTF_8))
        .startsWith("Status: 200 OK\r\n")
        .endsWith("\r\n\r\n/s|/x|False|True|True");
    assertThat(cgi.waitFor()).isZero();
    assertThat(log()).doesNotContain("INFO");
  }

  @Test
  void whatIsWrongIsAnsweredToACgiServerToo() throws Exception {
    Process cgi =
        start(
            Map.of("REQUEST_METHOD", "GET", "REQUEST_URI", "/"),
            EXAMPLES.resolve("query.fcgi").toString());

    assertThat(new String(cgi.getInputStream().readAllBytes(), UTF_8)).startsWith("Status: 500 ");
    assertThat(cgi.waitFor()).isEqualTo(1);
    assertThat(log())
        .endsWith(
            "query.fcgi, flup.server.cgi.WSGIServer: found the parameters in reverse, (start_response, environ); expected (environ, start_response)\n");
  }

  @Test
  void byHandItSaysHow() throws Exception {
    Process byHand = start(Map.of(), EXAMPLES.resolve("hello.fcgi").toString());

    assertThat(byHand.waitFor()).isEqualTo(1);
    assertThat(log())
        .contains(
            "hello.fcgi, flup.server.fcgi.WSGIServer: can't listen at fcgi+fd:0: found no socket on fd 0, expected a listening socket, which mod_fcgid")
        .endsWith("; to try it by hand, add --bind http://127.0.0.1:8080\n");
  }
}
