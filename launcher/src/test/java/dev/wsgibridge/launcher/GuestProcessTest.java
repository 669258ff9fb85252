package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CPython as a guest in the server's process. */
@Timeout(180)
@EnabledOnOs(value = OS.LINUX, disabledReason = "it looks into /proc, and has locales made")
@EnabledForJreRange(minVersion = 22, disabledReason = "CPython needs JDK 22 to run in the JVM")
class GuestProcessTest {

  private static final String LISTENING = "Listening on ";

  @TempDir private Path folder;
  private Path application;
  private @Nullable Process process;
  private String address = "";

  @BeforeEach
  void write() throws IOException {
    application = folder.resolve("app.py");
    try (var source = GuestProcessTest.class.getResourceAsStream("guest_app.py")) {
      Files.write(application, source.readAllBytes());
    }
  }

  @AfterEach
  void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private Process start(Map<String, String> environment, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(application.toString(), "--bind", "http://127.0.0.1:0"));
    command.addAll(List.of(options));
    Process started = process(command, environment).redirectError(log().toFile()).start();
    process = started;
    BufferedReader out = started.inputReader(UTF_8);
    String line = out.readLine();
    assertThat(line).as(() -> "standard output; the log: " + read(log())).startsWith(LISTENING);
    address = line.substring(LISTENING.length());
    assertThat(read(log())).contains("CPython", "in the JVM");
    return started;
  }

  private ProcessBuilder process(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.matches("LC_.*|LANG|LANGUAGE|PYTHON.*"));
    builder.environment().putAll(environment);
    builder.environment().put("CASE_DIR", folder.toString());
    return builder;
  }

  private Path log() {
    return folder.resolve("log");
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String get(String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(address + path)).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void whatTheApplicationTakesLeavesTheServerWhatItNeeds() throws Exception {
    // A fault handler of Python's would end the JVM at its first null pointer.
    Process server = start(Map.of("PYTHONFAULTHANDLER", "1", "PYTHONDEVMODE", "1"));

    for (String start : List.of("system", "spawn", "noclose", "fork")) {
      assertThat(get("/descriptors?" + start)).as(start).isEqualTo("0 sockets");
    }
    assertThat(get("/work")).isEqualTo("begun");
    signal(server, "USR1");
    signal(server, "HUP");
    assertThat(get("/enabled")).isEqualTo("False");

    signal(server, "TERM");

    assertThat(server.waitFor()).as(() -> read(log())).isZero();
    // The application's handler has run, let the thread of /work go on, and that was waited for.
    assertThat(read(folder.resolve("done"))).isEqualTo("worked, atexit");
    assertThat(read(log()))
        .contains("not granted to the application: the faulthandler of PYTHONFAULTHANDLER")
        .contains("not granted to the application: faulthandler.enable()")
        .contains("SIGTERM: the application's handler is called beside the server's own")
        .contains("SIGUSR1: there is no log")
        .doesNotContain("cut, since");
  }

  @Test
  void whatRunsOnIsCutWhenTheTimeIsOver() throws Exception {
    Process server = start(Map.of(), "--graceful-timeout", "300ms");
    long child = Long.parseLong(get("/endless"));
    ProcessHandle process = ProcessHandle.of(child).orElseThrow();

    signal(server, "TERM");

    assertThat(server.waitFor()).isZero();
    process.onExit().get();
    assertThat(read(folder.resolve("done"))).isEqualTo(", atexit");
    assertThat(read(log()))
        .contains("cut, since they ran on at the end: the threads endless")
        .contains("ended, since it ran on at the end: endless-process");
  }

  private static void signal(Process process, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** Each says what python3 says of itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "LANG=en_US.UTF-8.which.is.not.there PYTHONHASHSEED=7 PYTHONOPTIMIZE=2 PYTHONNOUSERSITE=1",
        "LC_ALL=C PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=error::UserWarning",
        "LC_ALL=POSIX PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 PYTHONMALLOC=debug",
        "LC_ALL=de_DE.UTF-8 PYTHONUTF8=1 PYTHONTRACEMALLOC=2 PYTHONSAFEPATH=1"
      })
  void theEnvironmentMeansToItWhatItMeansToPython3(String variables) throws Exception {
    Map<String, String> environment = new HashMap<>();
    for (String variable : variables.split(" ", -1)) {
      int equals = variable.indexOf('=');
      environment.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    if (variables.contains("de_DE")) {
      environment.put("LOCPATH", folder.toString());
      Process made =
          process(
                  List.of("localedef", "-i", "de_DE", "-f", "UTF-8", folder + "/de_DE.UTF-8"),
                  Map.of())
              .redirectErrorStream(true)
              .start();
      String said = new String(made.getInputStream().readAllBytes(), UTF_8);
      assumeTrue(made.waitFor() == 0, "Debian's package locales is not installed: " + said);
    }
    Process python3 = process(List.of("python3", application.toString()), environment).start();
    String expected = new String(python3.getInputStream().readAllBytes(), UTF_8);
    assertThat(expected.lines().count()).isGreaterThan(15);

    start(environment);

    assertThat(get("/environment")).isEqualTo(expected);
  }
}
