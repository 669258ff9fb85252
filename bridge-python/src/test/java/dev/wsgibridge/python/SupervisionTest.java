package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.await.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers go on being replaced, whatever becomes of their connections, files and supervisor. */
@Timeout(120)
class SupervisionTest {

  private static final HexFormat HEX = HexFormat.of();

  @TempDir private Path temporary;
  private PythonApplication application;

  private static LoadOptions with(Workers workers, int threads) {
    return LoadOptions.defaults(SupervisionTest.class.getClassLoader())
        .withWorkers(workers)
        .withThreads(threads);
  }

  @BeforeEach
  void load() throws LoadException {
    application = load(1);
  }

  private Path source() {
    Path file = temporary.resolve("supervised.py");
    try (InputStream in =
        Objects.requireNonNull(SupervisionTest.class.getResourceAsStream("supervised.py"))) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private PythonApplication load(int threads) throws LoadException {
    return PythonApplication.load(source().toString(), with(Workers.of(1), threads));
  }

  @AfterEach
  void close() {
    application.close();
  }

  private String get(String target) {
    Served served = Served.get(target).by(application);
    assertThat(served.status()).isEqualTo(200);
    return served.text();
  }

  /** The one that has answered, unless it has ended since. */
  private Optional<ProcessHandle> lastWorker() {
    return ProcessHandle.of(Long.parseLong(get("/pid")));
  }

  private ProcessHandle worker() {
    return lastWorker().orElseThrow();
  }

  /** Where the bridge listens, and the number of the master: its arguments are its workers' too. */
  private List<String> arguments() {
    return arguments(worker()).orElseThrow();
  }

  /** None where it has ended. */
  private static Optional<List<String>> arguments(ProcessHandle worker) {
    return worker.info().arguments().map(all -> List.of(all).subList(all.length - 2, all.length));
  }

  private Path socket() {
    return Path.of(arguments().get(0));
  }

  private Path folder() {
    return Objects.requireNonNull(socket().getParent());
  }

  /** A worker that is killed is replaced: someone watches. */
  private void assertSupervised() throws Exception {
    String killed = get("/pid");
    assertThat(worker().destroyForcibly()).isTrue();
    awaitEnd(killed);
    assertThat(get("/pid")).isNotEqualTo(killed);
  }

  private static void awaitEnd(String pid) throws Exception {
    Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(pid));
    if (process.isPresent()) {
      process.get().onExit().get(60, TimeUnit.SECONDS);
    }
  }

  // --- What is said beside requests -------------------------------------------------------------

  private static byte[] hello(int role, int number) {
    return ByteBuffer.allocate(Wire.FRAME_HEAD + 17)
        .put((byte) Wire.HELLO)
        .putInt(17)
        .putInt(0)
        .put((byte) role)
        .putInt(number)
        .putInt(1)
        .putLong(1)
        .array();
  }

  /** Sends it as a process of ours, and waits until the bridge has closed the connection. */
  private static void send(Path socket, byte[]... parts) throws IOException {
    try (SocketChannel process = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      for (byte[] part : parts) {
        Wire.write(process, ByteBuffer.wrap(part));
      }
      ByteBuffer in = ByteBuffer.allocate(1000);
      while (process.read(in.clear()) >= 0) {
        // What a master is told.
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "474554202f20485454502f312e310d0a0d0a", // GET / HTTP/1.1
        "000000000000000000", // an empty HELLO
        "00ffffffff00000000", // of 4 GiB
        "00000000110000000063000000010000000100000000000000ff", // role 99
        "000000001100000000ff000000010000000100000000000000ff", // role -1
        "120000000000000000", // LOG comes first
      })
  void aFirstFrameThatIsNoHelloCostsItsConnection(String frame) throws Exception {
    send(socket(), HEX.parseHex(frame));
    assertSupervised();
  }

  @Test
  void whoClaimsToBeAnotherProcessIsSentAway() throws Exception {
    String before = get("/pid");
    Path socket = socket();
    int master = Integer.parseInt(arguments().get(1));
    for (int number = 0; number < 5; number++) {
      for (int role : new int[] {Wire.MASTER, Wire.CONTROL}) {
        send(socket, hello(role, master + number));
      }
    }
    // The real ones are still there, and heard.
    assertThat(get("/pid")).isEqualTo(before);
    assertSupervised();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "12-", // LOG without a level
        "12-0000001e", // and without a name
        "12-0000001e00ff78", // whose name is cut off
        "11-", // FAILED without a word
        "10-", // LOADED a second time
      })
  void aMalformedControlFrameCostsItsWorker(String frame) throws Exception {
    String before = get("/pid");
    assertThat(Served.get("/say?" + frame).by(application).status()).isIn(200, 502);
    awaitEnd(before);
    assertThat(get("/pid")).isNotEqualTo(before);
    assertSupervised();
  }

  /** EXITED, which says how a worker has ended, is the master's to send. */
  @ParameterizedTest
  @ValueSource(strings = {"150000000000000000", "15000000040000000000000001"})
  void aMalformedFrameOfAMasterCostsIt(String frame) throws Exception {
    // Preloaded code runs in the master.
    Path file = temporary.resolve("preloaded.py");
    Files.writeString(
        file,
        """
        import __main__
        __main__._control.socket.sendall(bytes.fromhex("%s"))
        def application(environ, start_response):
            raise NotImplementedError
        """
            .formatted(frame));
    Workers workers = new Workers(1, Workers.TIMEOUT, 0, 0, 0, true, false);
    assertThatThrownBy(() -> PythonApplication.load(file.toString(), with(workers, 1)))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining("has died while they loaded");
  }

  // --- The thread that listens ------------------------------------------------------------------

  @Test
  void whereItCanNotGoOnAllStartsAnew() throws Exception {
    Prefork prefork =
        Prefork.load(
            (PythonChoice.Processes) PythonChoice.of(with(Workers.of(1), 1)),
            source().toString(),
            with(Workers.of(1), 1));
    try (PythonApplication own = PythonApplication.of(prefork)) {
      String first = Served.get("/pid").by(own).text();
      prefork.broken(new IOException("a test"));
      Served second = Served.get("/pid").by(own);
      assertThat(second.status()).isEqualTo(200);
      assertThat(second.text()).isNotEqualTo(first);
      awaitEnd(first);
      // Not again and again.
      prefork.broken(new IOException("a test"));
      assertThat(Served.get("/pid").by(own).status()).isEqualTo(503);
      awaitEnd(second.text());
      assertThat(own.reload()).isTrue();
      Await.until("the reload", () -> Served.get("/pid").by(own).status() == 200);
    }
  }

  // --- Large environs ---------------------------------------------------------------------------

  @Test
  void aRequestThatIsTooLargeTouchesNoOther() throws Exception {
    try (PythonApplication two = load(2)) {
      Path file = temporary.resolve("busy");
      CompletableFuture<Served> busy =
          CompletableFuture.supplyAsync(() -> Served.get("/wait?" + file).by(two));
      Await.until("the request", () -> Files.exists(file) && Files.size(file) > 0);
      String large = "x".repeat(EnvironText.MAX_BYTES);
      Served refused = Served.get("/pid").with(builder -> builder.header("X-Large", large)).by(two);
      assertThat(refused.status()).isEqualTo(431);
      assertThat(refused.text()).isEqualTo("Request Header Fields Too Large\n");
      Files.delete(file);
      assertThat(busy.join().status()).isEqualTo(200);
      assertThat(Served.get("/pid").by(two).text()).isEqualTo(busy.join().text());
    }
  }

  // --- A temporary folder that is cleaned -------------------------------------------------------

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  @Test
  void workersSurviveACleanedFolder() throws Exception {
    Path folder = folder();
    deleteAll(folder);
    assertSupervised();
    assertThat(folder).isDirectoryContaining("glob:**/socket");
    // The sources, for the next master.
    deleteAll(folder);
    String before = get("/pid");
    assertThat(application.reload()).isTrue();
    awaitEnd(before);
    assertSupervised();
    application.close();
    assertThat(folder).doesNotExist();
  }

  @Test
  void aPathThatSomeoneElseHasTakenIsLeftAlone() throws Exception {
    Path folder = folder();
    deleteAll(folder);
    Files.writeString(folder, "someone's");
    try {
      assertSupervised();
      assertSupervised();
      assertThat(folder).hasContent("someone's");
      assertThat(application.reload()).isTrue();
      Await.until(
          "the next master",
          () ->
              lastWorker()
                  .flatMap(SupervisionTest::arguments)
                  .filter(arguments -> !Path.of(arguments.get(0)).startsWith(folder))
                  .isPresent());
      assertSupervised();
      Path other = folder();
      application.close();
      assertThat(other).doesNotExist();
    } finally {
      Files.delete(folder);
    }
  }
}
