package dev.wsgibridge.python.ffm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.python.PythonApplication;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.TestClient;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is CPython's own, or this process's. What holds for each carrier is in PythonContract. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CPythonTest {

  private static final LoadOptions OPTIONS =
      LoadOptions.defaults(CPythonTest.class.getClassLoader());

  private PythonApplication application;
  private TestClient client;

  private static String file() throws Exception {
    return Path.of(CPythonTest.class.getResource("process.py").toURI()).toString();
  }

  @BeforeAll
  void load() throws Exception {
    application = PythonApplication.load(file(), OPTIONS);
    client = TestClient.of(application);
  }

  @AfterAll
  void close() {
    application.close();
  }

  @Test
  void saysWhatItIs() {
    assertThat(application.description()).matches("CPython 3\\.\\d+ in the JVM");
    assertThat(client.get("/executable").text()).isEqualTo(System.getProperty(InJvm.MARKER));
  }

  @Test
  void importsOnPythonsMainThread() {
    assertThat(client.get("/main_thread").text()).isEqualTo("True");
  }

  @Test
  void nativeModulesWork() {
    assertThat(client.get("/native_modules").text()).isEqualTo("2 0.3 4");
  }

  @Test
  void whatPythonKeepsByThreadLivesOn() {
    // One request more than there are threads: one of them has two.
    int most = 0;
    for (int i = 0; i < 9; i++) {
      most = Math.max(most, Integer.parseInt(client.get("/counted").text()));
    }
    assertThat(most).isGreaterThan(1);
  }

  @Test
  void virtualThreadsMayCall() throws Exception {
    try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        answers.add(virtual.submit(() -> client.get("/main_thread").text()));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get()).isEqualTo("True");
      }
    }
  }

  @Test
  void manyThreadsGetEachTheirOwn() throws Exception {
    try (ExecutorService callers = Executors.newFixedThreadPool(16)) {
      List<Future<@Nullable Void>> done = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        byte[] body = new byte[i * 300];
        new Random(i).nextBytes(body);
        done.add(
            callers.submit(
                () -> {
                  Answer answer = client.request("POST", "/echo").body(body).send();
                  assertThat(Arrays.equals(answer.body(), body)).as(answer.toString()).isTrue();
                  return null;
                }));
      }
      for (Future<@Nullable Void> each : done) {
        each.get();
      }
    }
  }

  @Test
  void theClientDoesNotWaitForClose() {
    for (String target : List.of("/closes_slowly", "/closes_slowly?length")) {
      EndedResponse response = new EndedResponse(client);
      Gateway.Outcome outcome = new Gateway(application).serve(environ(target), response);
      assertThat(outcome).isEqualTo(Gateway.Outcome.COMPLETE);
      assertThat(response.body.toString(UTF_8)).isEqualTo("Hello");
      assertThat(response.released).isEqualTo("released");
    }
  }

  private static Environ environ(String target) {
    Environ.Builder environ =
        Environ.request("GET", target, "HTTP/1.1")
            .server("localhost", 80)
            .client("127.0.0.1", 0)
            .streams(InputStream.nullInputStream(), new PrintWriter(new StringWriter()));
    environ.mount("");
    return environ.build();
  }

  /** When its response is over, the client sends the request that lets close() return. */
  private static final class EndedResponse implements Gateway.Response {

    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final TestClient client;
    String released = "not yet";

    EndedResponse(TestClient client) {
      this.client = client;
    }

    @Override
    public void head(int status, String reason, List<Header> headers) {}

    @Override
    public void write(byte[] block, int offset, int length) {
      body.write(block, offset, length);
    }

    @Override
    public void flush() {}

    @Override
    public void end() {
      released = client.get("/release").text();
    }
  }

  @Test
  void aFailureOfJavasInReadIsAnOserror() {
    Application broken =
        (environ, startResponse) -> {
          environ.put(Environ.WSGI_INPUT, new BrokenInput());
          return application.call(environ, startResponse);
        };
    Answer answer = TestClient.of(broken).request("POST", "/reads_twice").body("x").send();
    assertThat(answer.text()).isEqualTo("OSError [Errno 5] not even an IOException");
  }

  private static final class BrokenInput extends InputStream {
    @Override
    public int read() {
      throw new IllegalStateException("not even an IOException");
    }

    @Override
    public int read(byte[] block, int offset, int length) {
      return read();
    }
  }

  @Test
  void textThatIsNoNativeStringFailsThatRequestOnly() {
    Answer answer = client.request("GET", "/main_thread").environ("x.y", "\u0100").send();
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.failure()).hasMessageContaining("environ x.y: found U+0100");
    assertThat(client.get("/main_thread").text()).isEqualTo("True");
  }

  @Test
  void whatPythonSaysIsLogged() throws Exception {
    assertThat(logOf("/prints"))
        .contains("INFO python.stdout - printed \u00e9\ud83d\ude00")
        .contains("WARN python.stderr - complained")
        .contains("ERROR shop.cart - logged");
  }

  @Test
  void forkingIsWarnedOf() throws Exception {
    assertThat(logOf("/forks")).contains("WARN python - the application forks: unsafe in a JVM");
    assertThat(logOf("/subprocesses")).doesNotContain("fork");
  }

  @Test
  void aHandlerOfASignalIsCalledAtOnce() {
    assertThat(client.get("/handles_a_signal").text()).isEqualTo("10 None False");
  }

  private String logOf(String target) throws Exception {
    PrintStream kept = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    try (PrintStream stream = new PrintStream(log, true, UTF_8)) {
      System.setErr(stream);
      assertThat(client.get(target).status()).isEqualTo(200);
    } finally {
      System.setErr(kept);
    }
    return log.toString(UTF_8);
  }

  @Test
  void severalApplicationsOfOneOwnerShareTheInterpreter(@TempDir Path folder) throws Exception {
    // Python's own paths are text of any kind, not native strings.
    Path file = folder.resolve("caf\u00e9 \ud83d\ude00.py");
    Files.writeString(
        file,
        """
        import sys
        def app(environ, start_response):
            start_response("200 OK", [])
            return [str("process" in sys.modules).encode()]
        """);
    try (PythonApplication second = PythonApplication.load(file + ":app", OPTIONS)) {
      assertThat(TestClient.of(second).get("/").text()).isEqualTo("True");
    }
    assertThat(client.get("/main_thread").text()).isEqualTo("True");
  }

  @Test
  void anotherOwnerIsRefused() throws Exception {
    String running = System.getProperty(InJvm.MARKER);
    try (URLClassLoader other =
        new URLClassLoader(new URL[0], CPythonTest.class.getClassLoader())) {
      assertThatThrownBy(() -> PythonApplication.load(file(), LoadOptions.defaults(other)))
          .isInstanceOf(LoadException.class)
          .hasMessage(
              "CPython runs in this process already (%s): there can be only one, for the life of the process and for one owner's applications; run this one with --python graalpy, or in a process of its own"
                  .formatted(running));
    }
  }

  @Test
  void exitHandlersRunWithTheLastApplication(@TempDir Path folder) throws Exception {
    Path left = folder.resolve("left");
    client.get("/leaves_a_file_at_exit?" + left);
    application.close();
    assertThat(left).exists();
    load();
    assertThat(client.get("/main_thread").text()).isEqualTo("True");
  }

  /** Said openly or not: where it runs first is not where it stays. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "from flup.server.fcgi_fork import WSGIServer",
        "import importlib; WSGIServer = importlib.import_module('flup.server.fcgi' + '_fork').WSGIServer"
      })
  void aScriptMayAskForWorkers(String server, @TempDir Path folder) throws Exception {
    Path script = folder.resolve("hello.fcgi");
    Files.writeString(
        script,
        """
        def hello(environ, start_response):
            start_response("200 OK", [])
            return [repr([environ["wsgi.multithread"], environ["wsgi.multiprocess"]])]
        %s
        WSGIServer(hello, maxChildren=2).run()
        """
            .formatted(server));
    try (PythonApplication forked = PythonApplication.load(script.toString(), OPTIONS)) {
      assertThat(forked.description()).endsWith(" in 2 worker processes of 1 thread");
      assertThat(TestClient.of(forked).get("/").text()).isEqualTo("[False, True]");
    }
  }

  @Test
  void whatMayHaveBeenMeantForAJavaClassIsToldToBeNeither() {
    assertThatThrownBy(() -> Applications.load("com.example.NoSuchShop", OPTIONS))
        .isInstanceOf(LoadException.class)
        .hasMessageStartingWith(
            "no Java class com.example.NoSuchShop on the class path: add its folder or jar with --classpath; and no Python module 'com': looked in ")
        .hasMessageEndingWith("; add its folder with --python-path DIR, or name a file, FILE.py");
  }

  @Test
  void noSuchPython() {
    assertThatThrownBy(() -> PythonApplication.load(file(), OPTIONS.withPython("/no/such/python")))
        .isInstanceOf(LoadException.class)
        .hasMessage(
            "--python /no/such/python: found no such program, expected auto, graalpy or the path of a Python 3");
  }

  @Test
  void aLibraryThatCanNotBeLoadedIsTold(@TempDir Path folder) throws Exception {
    Path library = Files.writeString(folder.resolve("libpython3.12.so"), "nothing of the kind");
    assertThat(Library.open(library).orElseThrow())
        .startsWith(library + " can't be loaded into this JVM: ");
  }
}
