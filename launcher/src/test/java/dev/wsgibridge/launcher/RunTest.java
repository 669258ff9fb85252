package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.await.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real {@code ./run}, from elsewhere. It builds first if it has to. */
@Timeout(600)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it is a script for bash")
class RunTest {

  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

  private static final String ANY_PORT = "http://127.0.0.1:0";

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

  private static String body(String listening) throws Exception {
    URI uri = URI.create(listening.substring("Listening on ".length()));
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void servesAFileOfWhereItWasCalledFrom() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("linked run"), PROJECT.resolve("run"));
    Files.copy(PROJECT.resolve("examples/hello.py"), folder.resolve("my hello.py"));

    Process running = start(link.toString(), "my hello.py", "--bind", ANY_PORT);
    BufferedReader out = running.inputReader(UTF_8);
    String line = out.readLine();

    assertThat(line).as("standard output").startsWith("Listening on http://127.0.0.1:");
    assertThat(body(line)).isEqualTo("Hello, World!\n");

    // The script has become the server: its process is the one that gets the signal.
    assertThat(running.toHandle().destroy()).isTrue();
    assertThat(running.waitFor()).isZero();
    assertThat(out.readLine()).isNull();
  }

  @Test
  void servesWhatTheFileOfItsFolderSays() throws Exception {
    Files.copy(PROJECT.resolve("examples/hello.py"), folder.resolve("shop.py"));
    Files.writeString(
        folder.resolve("wsgi-bridge.toml"),
        "app = 'shop.py'\nbind = '%s'\npython = 'python3'\n".formatted(ANY_PORT));

    Process running = start(PROJECT.resolve("run").toString());
    String line = running.inputReader(UTF_8).readLine();

    assertThat(line).as("standard output").startsWith("Listening on http://127.0.0.1:");
    assertThat(body(line)).isEqualTo("Hello, World!\n");
    assertThat(folder.resolve("err")).content().contains("(--python python3)");
  }

  /** As into an image, or to another place on the disk. */
  @Test
  void aBuiltCheckoutCanBeCopied() throws Exception {
    Process copying =
        start(
            "bash",
            "-c",
            """
            "$0" --version >/dev/null && mkdir -p "$1/target" && cd "${0%/*}" &&
            cp -a --parents run scripts pom.xml examples/hello.py */pom.xml */src/main "$1" &&
            { cp -al target/run "$1/target" 2>/dev/null || cp -a target/run "$1/target"; }
            """,
            PROJECT.resolve("run").toString(),
            folder.resolve("copy").toString());
    assertThat(copying.waitFor()).as("exit status of the copying").isZero();

    Process running =
        start(
            folder.resolve("copy/run").toString(),
            folder.resolve("copy/examples/hello.py").toString(),
            "--bind",
            ANY_PORT);
    String line = running.inputReader(UTF_8).readLine();

    assertThat(line).startsWith("Listening on http://127.0.0.1:");
    assertThat(body(line)).isEqualTo("Hello, World!\n");
    assertThat(String.join(" ", running.info().arguments().orElseThrow()))
        .contains(folder.resolve("copy").toString())
        .doesNotContain(PROJECT + "/");
    assertThat(Files.readString(folder.resolve("err"))).doesNotContain("Building");
    assertThat(running.toHandle().destroy()).isTrue();
    assertThat(running.waitFor()).isZero();
  }

  private void program(String name, String line) throws IOException {
    Path file = folder.resolve("programs").resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\n" + line + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** As process 1, which is what it is in a container. */
  private Process startAsProcessOne(String... command) throws Exception {
    List<String> unshare = new ArrayList<>();
    unshare.addAll(
        List.of("sh", "-c", "exec unshare --pid --fork --kill-child --mount-proc \"$@\"", "sh"));
    unshare.addAll(List.of(command));
    return start(unshare.toArray(String[]::new));
  }

  @Test
  void asProcessOneItWaitsForProcessesThatLostTheirParent() throws Exception {
    assumeTrue(
        startAsProcessOne("true").waitFor() == 0,
        "needs Linux, and the right to make a namespace of processes");
    program("orphan.cgi", "(sleep 0.1 >/dev/null 2>&1 & echo $!)");
    program("there.cgi", "[ -e /proc/$QUERY_STRING ] && echo yes || echo no");
    Process running =
        startAsProcessOne(
            PROJECT.resolve("run").toString(),
            "cgi:" + folder.resolve("programs") + "/",
            "--bind",
            ANY_PORT);
    String line = running.inputReader(UTF_8).readLine();

    String orphan = body(line + "/orphan.cgi").strip();
    assertThat(orphan).matches("\\d+");
    // A zombie would stay for ever.
    Await.until("the end of the orphan", () -> body(line + "/there.cgi?" + orphan).equals("no\n"));

    // It hands the signal on, and ends as the server does.
    ProcessHandle one = running.children().findFirst().orElseThrow();
    assertThat(one.destroy()).isTrue();
    assertThat(running.waitFor()).isZero();
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

    assertThat(body("Listening on http://127.0.0.1:" + port + "/")).isEqualTo("Hello, World!\n");
    assertThat(running.toHandle().destroy()).isTrue();
    assertThat(running.waitFor()).isZero();
  }

  /**
   * CPython runs in the JVM or, on an older one, beside it: GraalPy is for those who have none, or
   * name it.
   */
  @ParameterizedTest
  @CsvSource({"17, auto, false", "21, auto, false", "25, auto, false", "17, graalpy, true"})
  void graalPyIsThereForWhomItIs(String jdk, String python, boolean there) throws Exception {
    Path java = folder.resolve("jdk/bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"%s.0.1\"\n".formatted(jdk));
    Files.writeString(java, "#!/bin/sh\necho \"$@\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();

    Process running =
        start(
            "/usr/bin/env",
            "JAVA_HOME=" + folder.resolve("jdk"),
            PROJECT.resolve("run").toString(),
            PROJECT.resolve("examples/hello.py").toString(),
            "--python",
            python);
    String command = new String(running.getInputStream().readAllBytes(), UTF_8);

    assertThat(running.waitFor()).isZero();
    assertThat(command).contains("dev.wsgibridge.launcher.Main");
    assertThat(command.contains("/polyglot-")).isEqualTo(there);
    assertThat(Files.readString(folder.resolve("err")).contains("GraalPy")).isEqualTo(there);
    // What it has kept of this JDK's.
    String known = folder.resolve("jdk").toString().replace("/", "");
    try (Stream<Path> kept = Files.list(PROJECT.resolve("target/run"))) {
      for (Path file : kept.filter(each -> each.toString().contains(known)).toList()) {
        Files.delete(file);
      }
    }
  }
}
