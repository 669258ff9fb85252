package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What holds for a Python application on every carrier: PEP 3333 as Python sees it. A carrier's
 * test is a subclass that says how to load one. All tests share one interpreter.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class PythonContract {

  private Path files;
  private Application habits;

  /** How the carrier is chosen. */
  abstract LoadOptions options();

  /** An application of a file beside this class. */
  final PythonApplication load(String name) throws LoadException {
    return PythonApplication.load(resource(name).toString(), options());
  }

  /** A file beside this class, on disk: for other modules the class is in a jar. */
  final Path resource(String name) {
    Path file = files.resolve(name);
    try (InputStream in =
        Objects.requireNonNull(PythonContract.class.getResourceAsStream(name), name)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  @BeforeAll
  void loadHabits(@TempDir Path folder) throws LoadException {
    files = folder;
    habits = load("habits.py");
  }

  @AfterAll
  void closeHabits() throws Exception {
    ((AutoCloseable) habits).close();
  }

  final Served get(String target) {
    return Served.get(target).by(habits);
  }

  final Application habits() {
    return habits;
  }

  private int closed(String name) {
    return Integer.parseInt(get("/closed?" + name).text());
  }

  // --- environ

  @Test
  void whoSendsSlowlyTakesNoThreadOfPython() throws Exception {
    List<PipedOutputStream> clients = new ArrayList<>();
    List<CompletableFuture<Served>> uploads = new ArrayList<>();
    for (int i = 0; i <= InProcess.DEFAULT_THREADS; i++) {
      PipedOutputStream client = new PipedOutputStream();
      InputStream body = new PipedInputStream(client);
      clients.add(client);
      CompletableFuture<Served> upload = new CompletableFuture<>();
      uploads.add(upload);
      Thread server =
          new Thread(
              () ->
                  upload.complete(
                      Served.post("/input_echo")
                          .body(body)
                          .with(environ -> environ.header("Content-Length", "4"))
                          .by(habits)));
      server.setDaemon(true);
      server.start();
    }
    assertThat(Served.post("/input_echo").body("quick".getBytes(UTF_8)).by(habits).text())
        .isEqualTo("quick");
    for (PipedOutputStream client : clients) {
      client.write("slow".getBytes(UTF_8));
      client.close();
    }
    for (CompletableFuture<Served> upload : uploads) {
      assertThat(upload.get().text()).isEqualTo("slow");
    }
  }

  @Test
  void environIsADictOfStr() {
    assertThat(get("/environ_types?a=b").lines()).containsExactly("True", "[]");
  }

  @Test
  void nativeStringsAreBytesAsLatin1() {
    Served served =
        Served.get("/environ_values/caf%C3%A9%00%C4%80?PATH_INFO,REQUEST_URI,wsgi.version,HTTP_X")
            .with(builder -> builder.header("X", "\u00ff"))
            .by(habits);
    assertThat(served.lines())
        .containsExactly(
            "'/environ_values/caf\u00c3\u00a9\\x00\u00c4\\x80'",
            "'/environ_values/caf%C3%A9%00%C4%80?PATH_INFO,REQUEST_URI,wsgi.version,HTTP_X'",
            "(1, 0)",
            "'\u00ff'");
  }

  @Test
  void keysOfPep3333() {
    assertThat(
            get("/environ_values?wsgi.url_scheme,wsgi.multiprocess,wsgi.run_once,wsgi.input_terminated,CONTENT_TYPE")
                .lines())
        .containsExactly("'http'", "False", "False", "True", "None");
  }

  // --- wsgi.input and wsgi.errors

  @Test
  void inputHasEveryMethodOfPep3333() {
    Served served =
        Served.post("/input_methods").body("123456\n78\n9\n0\nx\ny".getBytes(UTF_8)).by(habits);
    assertThat(served.lines())
        .containsExactly(
            "b''",
            "b'123'",
            "b'45'",
            "b'6\\n'",
            "[b'78\\n', b'9\\n']",
            "b'0\\n'",
            "[b'x\\n', b'y']",
            "b''",
            "b''",
            "b''",
            "[]");
  }

  @Test
  void inputOfNothingIsEmpty() {
    assertThat(Served.post("/input_echo").body(new byte[0]).by(habits).bytes()).isEmpty();
    assertThat(get("/input_echo").bytes()).isEmpty();
  }

  @Test
  void bytesComeBackAsTheyWent() {
    byte[] bytes = new byte[300_000];
    new Random(3333).nextBytes(bytes);
    assertThat(Served.post("/input_echo").body(bytes).by(habits).bytes()).isEqualTo(bytes);
  }

  @Test
  void failureToReadIsAnOsError() {
    Served served = Served.post("/input_failure").body(broken()).by(habits);
    assertThat(served.lines()).containsExactly("OSError", "half of it is missing");
  }

  @Test
  void failureToReadWhichTheApplicationLetsPassIsTheClients() {
    Served served = Served.post("/input_failure_ignored").body(broken()).by(habits);
    assertThat(served.status()).isIn(400, 500);
    assertThat(served.text()).doesNotContain("half");
  }

  private static InputStream broken() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        throw new IOException("half of it is missing");
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        return read();
      }
    };
  }

  @Test
  void errorsGoToTheServer() {
    assertThat(get("/errors").errors().lines()).containsExactly("one", "two", "three", "end");
  }

  // --- what is left of a request when it is over

  @Test
  void whatIsLeftOfARequestReachesNoOther() {
    assertThat(Served.post("/leave_behind").body("first".getBytes(UTF_8)).by(habits).text())
        .isEqualTo("left");
    Served other = Served.post("/use_what_is_left").body("SECRET".getBytes(UTF_8)).by(habits);
    assertThat(other.status()).isEqualTo(200);
    assertThat(other.lines())
        .containsExactly(
            "OSError: the request is over",
            "AssertionError: write(): found a call after the response's end; it belongs to one request",
            "AssertionError: start_response: found a call after the response's end; it belongs to one request",
            "6",
            "b'SECRET'");
    assertThat(other.errors()).isEmpty();
  }

  @Test
  void threadsThatOutliveTheirRequestReachNoOther() {
    assertThat(Served.post("/race").body(new byte[100]).by(habits).text()).endsWith("racing");
    for (int i = 0; i < 50; i++) {
      byte[] body = "%05d".formatted(i).repeat(4_000).getBytes(UTF_8);
      Served served = Served.post("/input_echo").body(body).by(habits);
      assertThat(served.bytes()).isEqualTo(body);
      assertThat(served.errors()).isEmpty();
    }
    assertThat(get("/end_race").text()).isEqualTo("over");
  }

  @Test
  void errorsNeverGetIntoABody() {
    Served served = get("/errors_beside_a_body");
    assertThat(served.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(served.bytes()).isEqualTo(new byte[3_000_000]);
    assertThat(served.errors().lines().filter(line -> !line.equals("beside it")))
        .containsExactly("begun, ended");
  }

  @Test
  void inputIsThereUntilTheIterableIsClosed() {
    Served served = Served.post("/input_in_close").body(new byte[300_000]).by(habits);
    assertThat(served.text()).isEqualTo("answered");
    assertThat(get("/read_in_close").text()).isEqualTo("300000");
  }

  // --- start_response and write

  @Test
  void startResponseAsLateAsTheFirstIteration() {
    assertThat(get("/late_start").text()).isEqualTo("late");
  }

  @Test
  void blocksBeforeStartResponseAreAnError() {
    assertThat(get("/no_start").status()).isEqualTo(500);
  }

  @Test
  void secondStartResponseIsAnError() {
    assertThat(get("/started_twice").status()).isEqualTo(500);
  }

  @Test
  void headIsReplacedWhileNothingWasSent() {
    Served served = get("/head_replaced");
    assertThat(served.status()).isEqualTo(503);
    assertThat(served.text()).isEqualTo("sorry");
  }

  @Test
  void afterwardsTheVerySameExceptionIsRaised() {
    Served served = get("/same_exception_again");
    assertThat(served.text()).isEqualTo("sent True");
    assertThat(served.outcome()).isEqualTo(Outcome.COMPLETE);
  }

  @Test
  void malformedHeadsAreRefusedInStartResponse() {
    assertThat(get("/bad_heads").lines())
        .hasSize(9)
        .allSatisfy(line -> assertThat(line).startsWith("start_response: found "));
  }

  @Test
  void writeComesBeforeTheBody() {
    assertThat(get("/write").text()).isEqualTo("first second third");
  }

  // --- bodies

  @Test
  void noBlocksStillSendTheHead() {
    Served served = get("/no_blocks");
    assertThat(served.status()).isEqualTo(200);
    assertThat(served.header("Content-Type")).startsWith("text/plain");
    assertThat(served.bytes()).isEmpty();
  }

  @Test
  void strIsNoBlock() {
    assertThat(get("/str_block").status()).isEqualTo(500);
  }

  @Test
  void typesDerivedFromBytesAreBlocks() {
    assertThat(get("/bytes_block").text()).isEqualTo("derived");
  }

  @Test
  void everyByteGoesOut() {
    Served served = get("/all_bytes");
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    assertThat(served.bytes()).isEqualTo(all);
    assertThat(served.header("X-Latin")).isEqualTo("caf\u00e9");
  }

  @Test
  void eachBlockIsSentBeforeTheNextIsAskedFor() {
    ClientInput input = new ClientInput();
    Served served =
        Served.post("/one_by_one")
            .body(input)
            .onBlock(block -> input.say("had " + block + "\n"))
            .by(habits);
    assertThat(served.text()).isEqualTo("onetwothree");
    assertThat(served.outcome()).isEqualTo(Outcome.COMPLETE);
  }

  /** A body that the client writes as the response arrives. */
  private static final class ClientInput extends InputStream {

    private final BlockingQueue<byte[]> said = new LinkedBlockingQueue<>();
    private InputStream current = InputStream.nullInputStream();

    void say(String text) {
      said.add(text.getBytes(UTF_8));
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = current.read(buffer, offset, length);
      if (count > 0) {
        return count;
      }
      try {
        current = new ByteArrayInputStream(said.take());
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return current.read(buffer, offset, length);
    }
  }

  @Test
  void largeBodiesAreWhole() {
    Served served = get("/large");
    assertThat(served.bytes()).hasSize(800_000);
    assertThat(served.text()).startsWith("0000000\n0000000\n").endsWith("0000999\n");
  }

  // --- close

  @Test
  void closedAtTheEnd() {
    assertThat(get("/closing").text()).isEqualTo("ab");
    assertThat(closed("closing")).isEqualTo(1);
  }

  @Test
  void closedAfterAFailure() {
    Served served = get("/closing_failure");
    assertThat(served.outcome()).isEqualTo(Outcome.BROKEN_OFF);
    assertThat(served.text()).isEqualTo("a");
    assertThat(closed("closing_failure")).isEqualTo(1);
  }

  @Test
  void closedWithoutStartResponse() {
    assertThat(get("/closing_no_start").status()).isEqualTo(500);
    assertThat(closed("closing_no_start")).isEqualTo(1);
  }

  @Test
  void closedWhenTheClientLeaves() {
    Served served =
        Served.get("/closing_endless")
            .onBlock(
                block -> {
                  throw new UncheckedIOException(new IOException("broken pipe"));
                })
            .by(habits);
    assertThat(served.outcome()).isEqualTo(Outcome.CLIENT_GONE);
    assertThat(closed("closing_endless")).isEqualTo(1);
  }

  // --- files

  @Test
  void fileIsSentFromItsPosition() {
    assertThat(get("/file_from_position").text()).startsWith("56789012").hasSize(9995);
  }

  @Test
  void whatOnlyReadsIsAFile() {
    assertThat(get("/file_by_name").text()).isEqualTo("0123456789");
    assertThat(closed("file_by_name")).isEqualTo(1);
    assertThat(get("/file_in_memory").text()).isEqualTo("in memory");
  }

  @Test
  void theFileThatIsOpenIsSentWhateverItsNameMeansByThen() {
    for (int i = 0; i < 100; i++) {
      Served served = get("/file_swapped");
      assertThat(served.text()).isEqualTo(served.header("X-Opened").repeat(999));
    }
    assertThat(get("/end_swapping").text()).isEqualTo("over");
  }

  // --- failures

  @Test
  void failureBeforeTheHeadIsA500WithoutDetails() {
    Served served = get("/value_error");
    assertThat(served.status()).isEqualTo(500);
    assertThat(served.text()).doesNotContain("secret").doesNotContain("ValueError");
  }

  @Test
  void exitEndsTheRequestOnly() {
    assertThat(get("/system_exit").status()).isEqualTo(500);
    assertThat(get("/keyboard_interrupt").status()).isEqualTo(500);
    assertThat(get("/write").text()).isEqualTo("first second third");
  }

  @Test
  void endlessRecursionEndsTheRequestOnly() {
    assertThat(get("/too_deep").status()).isEqualTo(500);
    assertThat(get("/write").text()).isEqualTo("first second third");
  }

  // --- the rest

  @Test
  void wsgirefValidateIsSilent() {
    Served served = Served.post("/validated").body("validated body".getBytes(UTF_8)).by(habits);
    assertThat(served.status()).isEqualTo(200);
    assertThat(served.text()).isEqualTo("validated body");
    assertThat(served.outcome()).isEqualTo(Outcome.COMPLETE);
  }

  @Test
  void severalRequestsRunAtOnce() {
    CompletableFuture<Served> other = CompletableFuture.supplyAsync(() -> get("/meeting"));
    assertThat(get("/meeting").lines()).containsExactly("met", "True");
    assertThat(other.join().status()).isEqualTo(200);
  }

  @Test
  void threadsKeepWhatIsTheirs() {
    get("/keep");
    assertThat(IntStream.range(0, 20).mapToObj(i -> get("/keep").text())).contains("kept");
  }

  // --- loading

  @Test
  void whatCanNotBeLoadedIsTold(@TempDir Path folder) throws IOException {
    assertThatThrownBy(
            () -> PythonApplication.load(folder.resolve("missing.py").toString(), options()))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining("missing.py")
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> load(folder, "broken.py", "def application(:\n"))
        .hasMessageContaining("SyntaxError");
    assertThatThrownBy(() -> load(folder, "failing.py", "raise ValueError('as it loads')\n"))
        .hasMessageContaining("ValueError: as it loads")
        .hasMessageContaining("failing.py\", line 1");
    assertThatThrownBy(() -> load(folder, "leaving.py", "import sys\nsys.exit(3)\n"))
        .hasMessageContaining("SystemExit: 3");
    assertThatThrownBy(() -> load(folder, "number.py", "application = 5\n"))
        .hasMessageContaining("expected a callable");
  }

  @Test
  void modulesAreFoundOnThePythonPath(@TempDir Path folder) throws Exception {
    Path code = folder.resolve("on_the_python_path.py");
    Files.writeString(
        code,
        """
        def create_app(greeting):
            def app(environ, start_response):
                start_response("200 OK", [])
                return [greeting.encode()]
            return app
        """);
    LoadOptions options = options();
    try (PythonApplication app =
        PythonApplication.load(
            "on_the_python_path:create_app('made')", options.withPythonPath(folder))) {
      assertThat(Served.get("/").by(app).text()).isEqualTo("made");
    }
  }

  @Test
  void aScriptHandsItsApplicationOver(@TempDir Path folder) throws Exception {
    Path script = folder.resolve("hello.fcgi");
    Files.writeString(
        script,
        """
        #!/usr/bin/env python
        def hello(environ, start_response):
            start_response("200 OK", [])
            return ["caf\\xe9 ", str(environ["wsgi.multithread"])]
        if __name__ == "__main__":
            from flup.server.scgi import WSGIServer
            WSGIServer(hello, bindAddress=("", 4000), multithreaded=False).run()
        """);
    try (PythonApplication application =
        PythonApplication.load(script.toString(), options().withThreads(0))) {
      assertThat(application.ownServer())
          .contains(
              new OwnServer(
                  "flup.server.scgi.WSGIServer",
                  List.of("--bind=scgi://0.0.0.0:4000", "--threads=1")));
      assertThat(new String(Served.get("/").by(application).bytes(), ISO_8859_1))
          .startsWith("caf\u00e9 ");
    }
    Files.writeString(script, "app = 3\n");
    assertThatThrownBy(() -> PythonApplication.load(script.toString(), options()))
        .hasMessage(
            script
                + ":app: found 3 (int), expected a callable application(environ, start_response)");
  }

  private void load(Path folder, String name, String code) throws IOException, LoadException {
    Path file = folder.resolve(name);
    Files.writeString(file, code);
    PythonApplication.load(file.toString(), options()).close();
  }
}
