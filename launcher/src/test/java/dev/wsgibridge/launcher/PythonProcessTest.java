package dev.wsgibridge.launcher;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an application finds of its process, beside what it finds under python3: a test for each
 * line of the table "What the JVM makes of the process" in docs/python.md.
 */
@Timeout(180)
@EnabledOnOs(value = OS.LINUX, disabledReason = "it looks into /proc")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PythonProcessTest {

  /** What each of the processes is given, python3 and the JVM: nothing of it is usual. */
  private static final String GIVEN =
      "trap '' HUP ${IGNORED-}; umask 027; ulimit -Sn 700; ulimit -Ss 4096; ulimit -Sc 0; exec \"$@\"";

  private static final String TEXT = "first line\nsecond line\n";

  @TempDir private static Path folder;

  private String python3 = "";
  private Path application = Path.of("");
  private @Nullable PythonServer inJvm;
  private @Nullable PythonServer worker;

  @BeforeAll
  void start() throws Exception {
    python3 = PythonServer.python3();
    application = PythonServer.write(folder, "process_app.py");
    if (Runtime.version().feature() >= 22) {
      inJvm = server("0", "in the JVM");
    }
    worker = server("1", "worker process");
  }

  @AfterAll
  void end() {
    for (PythonServer server : new PythonServer[] {inJvm, worker}) {
      if (server != null) {
        server.close();
      }
    }
  }

  private PythonServer server(String workers, String carrier, String... jvm) throws IOException {
    return server(Map.of(), workers, carrier, jvm);
  }

  private PythonServer server(
      Map<String, String> environment, String workers, String carrier, String... jvm)
      throws IOException {
    List<String> command =
        PythonServer.command("--workers", workers, "--threads", "1", application.toString());
    command.addAll(1, List.of(jvm));
    ProcessBuilder process = process(command);
    process.environment().putAll(environment);
    PythonServer server = PythonServer.start(process, Files.createTempFile(folder, "log", null));
    assertThat(server.log()).contains(carrier);
    return server;
  }

  private static ProcessBuilder process(List<String> command) throws IOException {
    List<String> given = new ArrayList<>(List.of("sh", "-c", GIVEN, "sh"));
    given.addAll(command);
    Path input = folder.resolve("input");
    Files.writeString(input, TEXT);
    return PythonServer.process(given, Map.of("PYTHONDONTWRITEBYTECODE", "1"), folder)
        .redirectInput(input.toFile());
  }

  private String python3(String question) throws IOException, InterruptedException {
    return PythonServer.output(process(List.of(python3, application.toString(), question)));
  }

  private String inJvm(String question) throws IOException, InterruptedException {
    assumeTrue(inJvm != null, "CPython needs JDK 22 to run in the JVM");
    return requireNonNull(inJvm).get("/" + question);
  }

  private String inWorker(String question) throws IOException, InterruptedException {
    return requireNonNull(worker).get("/" + question);
  }

  /** In {@link PythonLocaleTest} the locale, in {@link GuestProcessTest} the descriptors. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mask",
        "dispositions",
        "pipe",
        "file_size",
        "children",
        "umask",
        "limits",
        "thread_stack",
        "recursion",
        "floating_point",
        "environment",
        "environ_pointer",
        "others",
      })
  void isAsUnderPython3(String question) throws Exception {
    String expected = python3(question);
    assertThat(expected).isNotEmpty();
    assertThat(inWorker(question)).as("in a worker").isEqualTo(expected);
    assertThat(inJvm(question)).as("in the JVM").isEqualTo(expected);
  }

  // --- What differs, and by how much -------------------------------------------------------------

  /** HotSpot's handlers become the default, which subprocess sees to under python3. */
  @Test
  void systemAndSpawnLeaveTheirChildrenSigpipe() throws Exception {
    String expected = python3("ignored");
    String given = givenToIgnore();
    String ignoring = "'%s': [" + given + ", 13, 25]";
    assertThat(expected)
        .contains("'subprocess': [" + given + "]", ignoring.formatted("system"))
        .contains(ignoring.formatted("posix_spawn"), ignoring.formatted("fork"));
    assertThat(inWorker("ignored")).isEqualTo(expected);
    assertThat(inJvm("ignored"))
        .isEqualTo(
            expected.replaceAll(
                "('system'|'posix_spawn'): \\[" + given + ", 13, 25]", "$1: [" + given + "]"));
  }

  /** SIGHUP, and SIGINT too where these tests run in the background. */
  private String givenToIgnore() throws Exception {
    Matcher given = Pattern.compile("'subprocess': \\[(1(?:, 2)?)]").matcher(python3("ignored"));
    assertThat(given.find()).isTrue();
    return given.group(1);
  }

  @Test
  void aForkedChildHasPython3sSignals() throws Exception {
    String expected = python3("forked");
    assertThat(expected).contains("[" + givenToIgnore() + ", 13, 25]", "SIG_IGN").endsWith(", 3)");
    assertThat(inWorker("forked")).isEqualTo(expected);
    assertThat(inJvm("forked")).isEqualTo(expected);
  }

  @Test
  void theJvmRaisesTheLimitOfOpenFilesForItsChildrenToo() throws Exception {
    String soft = python3("open_files");
    assertThat(soft).startsWith("(700, ");
    String hard = soft.substring(soft.lastIndexOf(' ') + 1, soft.length() - 1);
    String raised = "(%1$s, %1$s, %1$s, %1$s)".formatted(hard);
    assertThat(inWorker("open_files")).isEqualTo(raised);
    assertThat(inJvm("open_files")).isEqualTo(raised);
  }

  @Test
  @EnabledForJreRange(minVersion = 22, disabledReason = "CPython needs JDK 22 to run in the JVM")
  void theJvmLeavesTheLimitOfOpenFilesWhenToldTo() throws Exception {
    try (PythonServer server = server("0", "in the JVM", "-XX:-MaxFDLimit")) {
      assertThat(server.get("/open_files")).isEqualTo(python3("open_files"));
    }
  }

  @Test
  @EnabledForJreRange(minVersion = 22, disabledReason = "CPython needs JDK 22 to run in the JVM")
  void theJvmWaitsForChildrenThoughItWasGivenToIgnoreThem() throws Exception {
    try (PythonServer server = server(Map.of("IGNORED", "CHLD"), "0", "in the JVM")) {
      assertThat(server.get("/children")).isEqualTo(python3("children")).isEqualTo("(3, -3)");
    }
  }

  @Test
  void aThreadThatServesHasAsMuchStackAsPythonCountsOn() throws Exception {
    long megabytes = 4;
    assertThat(python3("thread_stack")).isEqualTo(Long.toString(megabytes << 20));
    assertThat(Long.parseLong(inJvm("stack"))).isEqualTo(16L << 20);
  }

  @Test
  void standardInputIsWhatTheJvmWasGivenAndAWorkersIsEmpty() throws Exception {
    assertThat(inJvm("stdin")).isEqualTo(python3("stdin")).endsWith("True, 0)");
    assertThat(inJvm("stdin_read")).isEqualTo(python3("stdin_read")).startsWith("('first line\\n'");
    assertThat(inWorker("stdin")).startsWith("('/dev/null', True");
    assertThat(inWorker("stdin_read")).isEqualTo("('', b'')");
  }

  @Test
  void aCoreDumpHasMoreInIt() throws Exception {
    int usual = Integer.parseInt(python3("core"));
    for (String core : List.of(inJvm("core"), inWorker("core"))) {
      int found = Integer.parseInt(core);
      assertThat(found & usual).isEqualTo(usual);
    }
  }
}
