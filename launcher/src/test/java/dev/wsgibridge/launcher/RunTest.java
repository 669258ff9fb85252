package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The real {@code ./run}, from elsewhere. It builds first if it has to. */
@Timeout(600)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it is a script for bash")
class RunTest {

  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path folder;
  private @Nullable Process process;

  @AfterEach
  void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private Process start(String... command) throws Exception {
    process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();
    return process;
  }

  @Test
  void servesAFileOfWhereItWasCalledFrom() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("linked run"), PROJECT.resolve("run"));
    Files.copy(PROJECT.resolve("examples/hello.py"), folder.resolve("my hello.py"));

    Process running = start(link.toString(), "my hello.py", "--bind", "http://127.0.0.1:0");
    BufferedReader out = running.inputReader(UTF_8);
    String line = out.readLine();

    assertThat(line).as("standard output").startsWith("Listening on http://127.0.0.1:");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(line.substring("Listening on ".length()))).build();
    assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body())
        .isEqualTo("Hello, World!\n");

    // The script has become the server: its process is the one that gets the signal.
    assertThat(running.toHandle().destroy()).isTrue();
    assertThat(running.waitFor()).isZero();
    assertThat(out.readLine()).isNull();
  }

  /** As a web server runs it, with hardly any environment. */
  @Test
  void answersAsCgi() throws Exception {
    process =
        new ProcessBuilder(
                "/usr/bin/env",
                "-i",
                "REQUEST_METHOD=GET",
                "SCRIPT_NAME=/cgi-bin/hello.cgi",
                "REQUEST_URI=/cgi-bin/hello.cgi",
                PROJECT.resolve("examples/hello.cgi").toString())
            .directory(folder.toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();

    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8))
        .startsWith("Status: 200 OK\r\n")
        .endsWith("\r\n\r\nHello, World!\n");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void namesItselfAsItWasCalled() throws Exception {
    Process running = start(PROJECT.resolve("run").toString(), "--nosuch");

    assertThat(running.waitFor()).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("err")))
        .contains(PROJECT.resolve("run") + ": Unknown option: '--nosuch'");
  }

  @Test
  void refusesWhatIsNoAnswerToWhetherGraalPyHasAJit() throws Exception {
    Process running =
        start(
            "/usr/bin/env",
            "WSGI_BRIDGE_GRAALPY_JIT=perhaps",
            PROJECT.resolve("run").toString(),
            PROJECT.resolve("examples/hello.py").toString(),
            "--python",
            "graalpy");

    assertThat(running.waitFor()).isEqualTo(1);
    assertThat(Files.readString(folder.resolve("err")))
        .contains("WSGI_BRIDGE_GRAALPY_JIT: found 'perhaps', expected yes or no");
  }

  /** As FastCGI has it (1.0, 2.2): no other file is open, and hardly a variable is set. */
  @Test
  void startsWithNoMoreThanASocket() throws Exception {
    Path script =
        Files.writeString(
            folder.resolve("start.py"),
            """
            import os, socket, sys
            listening = socket.create_server(("127.0.0.1", 0))
            print(listening.getsockname()[1], flush=True)
            os.dup2(listening.fileno(), 0)
            os.closerange(1, 100)
            os.execve(sys.argv[1], sys.argv[1:], {"PATH": os.environ["PATH"]})
            """);
    Process running =
        start(
            "python3",
            script.toString(),
            PROJECT.resolve("run").toString(),
            PROJECT.resolve("examples/hello.py").toString(),
            "--bind",
            "http+fd:0");
    String port = running.inputReader(UTF_8).readLine();

    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build();
    assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body())
        .isEqualTo("Hello, World!\n");
    assertThat(running.toHandle().destroy()).isTrue();
    assertThat(running.waitFor()).isZero();
  }
}
