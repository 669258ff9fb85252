package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Both programs of the Toolserver's page, started by mod_fcgid as docs/toolserver.md has it, word
 * for word.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ToolserverTest {

  private static final Path EXAMPLES = Servers.project().resolve("examples/toolserver");
  private static final Path HOW_TO = Servers.project().resolve("docs/toolserver.md");

  private final InetSocketAddress address = FrontServer.freeAddress();
  private @Nullable LoggedProcess apache;

  @BeforeAll
  void start() throws IOException {
    for (String missing :
        List.of(
            FrontServer.APACHE.missing(),
            FrontServer.APACHE.missing("fcgid"),
            FrontServer.outOfReach(Servers.project()))) {
      assumeTrue(missing.isEmpty(), missing);
    }
    Path folder = FrontServer.folder();
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("wsgi-bridge"), Servers.project().resolve("run"));
    Path changed = Files.createDirectory(folder.resolve("changed"));
    program(
        changed.resolve("query.fcgi"),
        Files.readString(EXAMPLES.resolve("query.fcgi"))
            .replace("(start_response, environ)", "(environ, start_response)"));
    program(
        changed.resolve("forks.fcgi"),
        Files.readString(EXAMPLES.resolve("hello.fcgi"))
            .replace("server.fcgi", "server.fcgi_fork")
            .replace("(myapp)", "(myapp, maxSpare=2)"));
    Matcher configuration =
        Pattern.compile("```apache\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(HOW_TO));
    assertThat(configuration.find()).isTrue();
    String text = configuration.group(1).replace("/usr/local/bin", bin.toString());
    apache =
        FrontServer.APACHE.start(
            "front-toolserver",
            folder,
            address,
            text.replace("/srv/fcgi", EXAMPLES.toString())
                + text.replace("/srv/fcgi", changed.toString()).replace("\"/fcgi\"", "/changed"));
  }

  private static void program(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterAll
  void stop() {
    if (apache != null) {
      apache.close();
    }
  }

  private LoggedProcess apache() {
    return Objects.requireNonNull(apache);
  }

  private Response ask(Request request) throws IOException {
    try (HttpConnection connection = HttpConnection.open(address)) {
      return connection.ask(request);
    }
  }

  @Test
  void helloWorld() throws IOException {
    Response hello = ask(Request.get("/fcgi/hello.fcgi"));

    assertThat(hello.status()).as(apache().log()).isEqualTo(200);
    assertThat(hello.headers("Content-Type")).containsExactly("text/plain");
    assertThat(hello.text()).isEqualTo("Hello World!\n");
    apache()
        .await(
            Pattern.compile("found 'Hello World!.* expected bytes; sent as latin-1"),
            ServerProcess.PATIENCE);
  }

  @Test
  void helloWorldInWorkers() throws IOException {
    assertThat(ask(Request.get("/changed/forks.fcgi")).text()).isEqualTo("Hello World!\n");
    assertThat(apache().log()).contains("in 2 worker processes of 1 thread");
  }

  @Test
  void theParametersInTheWrongOrder() throws IOException {
    assertThat(ask(Request.get("/fcgi/query.fcgi")).status()).isGreaterThanOrEqualTo(500);
    apache()
        .await(
            Pattern.compile(
                "query\\.fcgi, flup\\.server\\.cgi\\.WSGIServer: found the parameters in reverse, \\(start_response, environ\\); expected \\(environ, start_response\\)"),
            ServerProcess.PATIENCE);
  }

  @Test
  void theParametersPutRight() throws IOException {
    Response answer = ask(Request.post("/changed/query.fcgi?a=%C3%BC", "x=y"));

    assertThat(answer.status()).as(apache().log()).isEqualTo(200);
    assertThat(answer.header("Content-Type").orElseThrow()).matches("text/html; ?charset=utf-8");
    assertThat(answer.text()).isEqualTo("Your query string is:\n<pre>'a=%C3%BC'</pre>\n");
  }
}
