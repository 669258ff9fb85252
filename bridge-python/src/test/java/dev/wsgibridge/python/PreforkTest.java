package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.await.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract in a worker process, and what becomes of workers. */
class PreforkTest extends PythonContract {

  @TempDir private Path folder;

  @Override
  LoadOptions options() {
    return with(Workers.of(1), 4);
  }

  private static LoadOptions with(Workers workers, int threads) {
    return LoadOptions.defaults(PreforkTest.class.getClassLoader())
        .withWorkers(workers)
        .withThreads(threads);
  }

  /** So many workers of one thread each. */
  private PythonApplication workers(Workers workers) throws LoadException {
    return PythonApplication.load(resource("workers.py").toString(), with(workers, 1));
  }

  private PythonApplication workers(int count) throws LoadException {
    return workers(Workers.of(count));
  }

  private static String get(PythonApplication application, String target) {
    return Served.get(target).by(application).text();
  }

  private static String pid(PythonApplication application) {
    return get(application, "/who").replaceAll(" .*", "");
  }

  /** How many requests the worker has served. */
  private static String served(String who) {
    return who.replaceAll("\\d+ (\\d+) .*", "$1");
  }

  /** Asks until the answer is another one. */
  private static String pidOtherThan(PythonApplication application, String... others)
      throws Exception {
    List<String> found = new ArrayList<>();
    Await.until(
        "an answer of none of the workers " + List.of(others),
        () -> {
          String pid = pid(application);
          return !List.of(others).contains(pid) && found.add(pid);
        });
    return found.get(0);
  }

  private static boolean alive(String pid) {
    return ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).orElse(false);
  }

  private static void awaitEnd(String pid) {
    ProcessHandle.of(Long.parseLong(pid))
        .ifPresent(process -> process.onExit().orTimeout(60, TimeUnit.SECONDS).join());
    assertThat(alive(pid)).isFalse();
  }

  /** A request on a thread of its own, which is running when this returns. */
  private CompletableFuture<Served> waiting(PythonApplication application, Path file)
      throws Exception {
    CompletableFuture<Served> served =
        CompletableFuture.supplyAsync(() -> Served.get("/wait?" + file).by(application));
    Await.until(
        "the file of a request that is running",
        () -> Files.exists(file) && !Files.readString(file).isEmpty());
    return served;
  }

  @Test
  void saysWhatItIs() throws Exception {
    try (PythonApplication application = workers(2)) {
      assertThat(application.description())
          .matches("CPython 3\\.\\d+ in 2 worker processes of 1 thread");
      assertThat(get(application, "/who")).endsWith(" 0 1");
    }
    try (PythonApplication application =
        PythonApplication.load(resource("workers.py").toString(), with(Workers.of(1), 2))) {
      assertThat(get(application, "/who")).endsWith(" 1 0");
    }
  }

  @Test
  void aWorkerThatDiesCostsItsOwnRequestAndIsReplaced() throws Exception {
    try (PythonApplication application = workers(2)) {
      Path file = folder.resolve("other");
      CompletableFuture<Served> other = waiting(application, file);
      Served died = Served.get("/die").by(application);
      assertThat(died.status()).isEqualTo(502);
      assertThat(died.text()).isEqualTo("Bad Gateway\n");
      assertThat(Served.get("/crash").by(application).status()).isEqualTo(502);
      String pid = pid(application);
      assertThat(alive(pid)).isTrue();
      Files.delete(file);
      assertThat(other.join().text()).isNotEqualTo(pid).matches("\\d+");
    }
  }

  @Test
  void aWorkerThatDiesIdleCostsNothing() throws Exception {
    try (PythonApplication application = workers(1)) {
      for (int i = 0; i < 20; i++) {
        ProcessHandle worker = ProcessHandle.of(Long.parseLong(pid(application))).orElseThrow();
        assertThat(worker.destroyForcibly()).isTrue();
        // Its end may be noticed by now, or not.
        Served next = Served.post("/echo").body(new byte[] {'a', 'b'}).by(application);
        assertThat(next.status()).isEqualTo(200);
        assertThat(next.text()).isEqualTo("ab");
      }
    }
  }

  @Test
  void aResponseWhoseWorkerDiesHalfWayBreaksOff() throws Exception {
    try (PythonApplication application = workers(1)) {
      Served served = Served.get("/die_half_way").by(application);
      assertThat(served.outcome()).isEqualTo(Outcome.BROKEN_OFF);
      assertThat(served.text()).isEqualTo("the first half");
      assertThat(pid(application)).matches("\\d+");
    }
  }

  @Test
  void aWorkerThatHangsIsReplaced() throws Exception {
    Workers workers = new Workers(1, Duration.ofMillis(200), 0, 0, 0, false, false);
    try (PythonApplication application = workers(workers)) {
      String first = pid(application);
      Served hung = Served.get("/hang").by(application);
      assertThat(hung.status()).isEqualTo(504);
      assertThat(hung.text()).isEqualTo("Gateway Timeout\n");
      String second = pid(application);
      assertThat(second).isNotEqualTo(first);
      awaitEnd(first);
      assertThat(Served.get("/hang_in_c").by(application).status()).isEqualTo(504);
      awaitEnd(second);
    }
  }

  @Test
  void aRequestBesideOneThatHangsIsServedToItsEnd() throws Exception {
    Workers workers = new Workers(1, Duration.ofSeconds(1), 0, 0, 0, false, false);
    try (PythonApplication application =
        PythonApplication.load(resource("workers.py").toString(), with(workers, 2))) {
      AtomicReference<@Nullable CompletableFuture<Served>> hung = new AtomicReference<>();
      // Its blocks come for as long as the other request hangs, and then some.
      Served endless =
          Served.get("/endless")
              .onBlock(
                  block -> {
                    CompletableFuture<Served> other = hung.get();
                    if (other == null) {
                      hung.set(
                          CompletableFuture.supplyAsync(() -> Served.get("/hang").by(application)));
                    } else if (other.isDone()) {
                      throw new UncheckedIOException(new IOException("enough"));
                    }
                  })
              .by(application);
      assertThat(endless.outcome()).isEqualTo(Outcome.CLIENT_GONE);
      assertThat(Objects.requireNonNull(hung.get()).join().status()).isEqualTo(504);
    }
  }

  /** Of one thread: it serves another request while the client of the first reads. */
  @ParameterizedTest
  @CsvSource({"/some, 204800", "/large, 3145728", "/wrapped, 1000000"})
  @Timeout(60)
  void aClientThatReadsSlowlyKeepsNoThreadOfAWorker(String target, int size) throws Exception {
    try (PythonApplication application = workers(1)) {
      List<String> others = new ArrayList<>();
      Served slow =
          Served.get(target)
              .onBlock(
                  block -> {
                    if (others.isEmpty()) {
                      others.add(pid(application));
                    }
                  })
              .by(application);
      assertThat(slow.outcome()).isEqualTo(Outcome.COMPLETE);
      assertThat(slow.text()).hasSize(size);
      assertThat(others).singleElement().asString().matches("\\d+");
      assertThat(pid(application)).isEqualTo(others.get(0));
    }
  }

  @Test
  void aWorkerIsReplacedAfterSoManyRequests() throws Exception {
    try (PythonApplication application =
        workers(new Workers(1, Workers.TIMEOUT, 3, 0, 0, false, false))) {
      List<String> served = IntStream.range(0, 7).mapToObj(i -> get(application, "/who")).toList();
      assertThat(served)
          .extracting(who -> served(who))
          .containsExactly("1", "2", "3", "1", "2", "3", "1");
      assertThat(new HashSet<>(served.stream().map(who -> who.replaceAll(" .*", "")).toList()))
          .hasSize(3);
    }
  }

  @Test
  void theNumberOfRequestsVaries() throws Exception {
    Set<Integer> limits = new HashSet<>();
    try (PythonApplication application =
        workers(new Workers(1, Workers.TIMEOUT, 1, 3, 0, false, false))) {
      int last = 0;
      while (limits.size() < 2) {
        int served = Integer.parseInt(served(get(application, "/who")));
        if (served == 1 && last > 0) {
          limits.add(last);
        }
        last = served;
      }
    }
    assertThat(limits).allMatch(limit -> limit >= 1 && limit <= 4);
  }

  @Test
  void aWorkerIsReplacedAboveSoMuchMemory() throws Exception {
    try (PythonApplication application =
        workers(new Workers(1, Workers.TIMEOUT, 0, 0, 60L << 20, false, false))) {
      String pid = pid(application);
      assertThat(pid(application)).isEqualTo(pid);
      assertThat(get(application, "/leak")).isEqualTo(pid);
      assertThat(pid(application)).isNotEqualTo(pid);
      awaitEnd(pid);
    }
  }

  @Test
  void reloadingLosesNoRequest() throws Exception {
    try (PythonApplication application = workers(1)) {
      Path file = folder.resolve("busy");
      CompletableFuture<Served> busy = waiting(application, file);
      String before = Files.readString(file);
      assertThat(application.reload()).isTrue();
      // It waits: no more run at once than before.
      CompletableFuture<String> after = CompletableFuture.supplyAsync(() -> pid(application));
      Files.delete(file);
      assertThat(busy.join().text()).isEqualTo(before);
      assertThat(after.join()).matches("\\d+");
      String now = pidOtherThan(application, before);
      awaitEnd(before);
      assertThat(pid(application)).isEqualTo(now);
    }
  }

  private Path versioned(String version) throws IOException {
    return Files.writeString(
        folder.resolve("versioned.py"),
        """
        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"%s"]
        """
            .formatted(version));
  }

  @Test
  void aChangedFileIsTakenUp() throws Exception {
    Path file = versioned("one");
    Workers workers = new Workers(2, Workers.TIMEOUT, 0, 0, 0, true, true);
    try (PythonApplication application =
        PythonApplication.load(file.toString(), with(workers, 1))) {
      assertThat(get(application, "/")).isEqualTo("one");
      versioned("two");
      Await.until("the changed file", () -> !get(application, "/").equals("one"));
      assertThat(get(application, "/")).isEqualTo("two");
    }
  }

  @Test
  void codeThatCanNotBeLoadedAnewLeavesWhatIsThere() throws Exception {
    Path file = versioned("one");
    try (PythonApplication application =
        PythonApplication.load(file.toString(), with(Workers.of(1), 1))) {
      Files.writeString(file, "raise ValueError('broken')");
      application.reload();
      application.reload();
      assertThat(get(application, "/")).isEqualTo("one");
      versioned("two");
      application.reload();
      Await.until("the changed file", () -> !get(application, "/").equals("one"));
      assertThat(get(application, "/")).isEqualTo("two");
    }
  }

  @Test
  void preloadedCodeIsLoadedOnce() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("counted.py"),
            """
            import os
            with open(%s, "ab") as file:
                file.write(b"x")
            parent = os.getpid()
            def application(environ, start_response):
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [b"%%d" %% (os.getppid() == parent)]
            """
                .formatted("'" + folder.resolve("count") + "'"));
    Workers workers = new Workers(3, Workers.TIMEOUT, 0, 0, 0, true, false);
    try (PythonApplication application =
        PythonApplication.load(file.toString(), with(workers, 1))) {
      assertThat(get(application, "/")).isEqualTo("1");
    }
    assertThat(folder.resolve("count")).hasContent("x");
  }

  @Test
  void anApplicationThatFailsToLoadIsTold() throws Exception {
    Path file = Files.writeString(folder.resolve("failing.py"), "import no_such_module\n");
    for (int i = 0; i < 6; i++) {
      boolean preload = i % 2 == 0;
      Workers workers = new Workers(2, Workers.TIMEOUT, 0, 0, 0, preload, false);
      assertThatThrownBy(() -> PythonApplication.load(file.toString(), with(workers, 1)))
          .isInstanceOf(LoadException.class)
          .hasMessageStartingWith(file + " can't be loaded:")
          .hasMessageEndingWith("ModuleNotFoundError: No module named 'no_such_module'");
    }
  }

  @Test
  void workersThatDieAtTheirStartAreGivenUp() throws Exception {
    Path file = Files.writeString(folder.resolve("dying.py"), "import os; os.kill(os.getpid(), 9)");
    assertThatThrownBy(() -> PythonApplication.load(file.toString(), with(Workers.of(1), 1)))
        .isInstanceOf(LoadException.class)
        .hasMessageMatching(
            "3 workers have died at their start, one after the other; the last one, worker \\d+ \\(pid \\d+\\), was killed by SIGKILL.*");
  }

  @Test
  void workersThatCanNotBeReplacedAreMissedWith503UntilAReload() throws Exception {
    Path file = folder.resolve("turning.py");
    String good =
        """
        import os
        def application(environ, start_response):
            if environ["PATH_INFO"] == "/die":
                os._exit(3)
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"served"]
        """;
    Files.writeString(file, good);
    try (PythonApplication application =
        PythonApplication.load(file.toString(), with(Workers.of(1), 1))) {
      Files.writeString(file, "import os; os._exit(4)");
      assertThat(Served.get("/die").by(application).status()).isEqualTo(502);
      Served missed = Served.get("/").by(application);
      assertThat(missed.status()).isEqualTo(503);
      assertThat(missed.header("Retry-After")).isEqualTo("1");
      Files.writeString(file, good);
      application.reload();
      Await.until("the mended application", () -> Served.get("/").by(application).status() != 503);
      assertThat(get(application, "/")).isEqualTo("served");
    }
  }

  @Test
  void whatWaitsIsBounded() throws Exception {
    LoadOptions options = with(Workers.of(1), 1);
    Path file = folder.resolve("busy");
    try (PythonApplication application =
        PythonApplication.load(
            resource("workers.py").toString(),
            new LoadOptions(
                options.python(),
                options.pythonPath(),
                options.workers(),
                options.threads(),
                0,
                options.classLoader()))) {
      CompletableFuture<Served> busy = waiting(application, file);
      assertThat(Served.get("/who").by(application).status()).isEqualTo(503);
      Files.delete(file);
      assertThat(busy.join().status()).isEqualTo(200);
      assertThat(Served.get("/who").by(application).status()).isEqualTo(200);
    }
  }

  @Test
  void aLargeBodyKnowsItsLength() throws Exception {
    try (PythonApplication application = workers(1)) {
      Served served = Served.get("/large").by(application);
      assertThat(served.header("Content-Length")).isEqualTo("3145728");
      assertThat(served.text()).isEqualTo("0123456789abcdef".repeat(3 << 16));
      Served gone =
          Served.get("/large")
              .onBlock(
                  block -> {
                    throw new UncheckedIOException(new IOException("left"));
                  })
              .by(application);
      assertThat(gone.outcome()).isEqualTo(Outcome.CLIENT_GONE);
      assertThat(get(application, "/who")).matches("\\d+ 3 0 0");
    }
  }

  // --- forks

  @Test
  void aForkedChildHasNoPartInTheServer() throws Exception {
    try (PythonApplication application = workers(1)) {
      String pid = pid(application);
      assertThat(get(application, "/fork?exit")).isEqualTo("3");
      assertThat(get(application, "/fork?text")).isEqualTo("1");
      assertThat(get(application, "/fork?raise")).isEqualTo("1");
      assertThat(get(application, "/fork?return")).isEqualTo("1");
      assertThat(get(application, "/fork_in_iterable")).isEqualTo("before 1");
      for (int i = 0; i < 5; i++) {
        byte[] own = {(byte) ('a' + i)};
        assertThat(Served.post("/echo").body(own).by(application).bytes()).isEqualTo(own);
      }
      assertThat(pid(application)).isEqualTo(pid);
    }
  }

  @Test
  void childrenMayPrintAndBeTerminated() throws Exception {
    try (PythonApplication application = workers(1)) {
      String pid = pid(application);
      assertThat(get(application, "/chattering_children")).isEqualTo(pid + " 0");
      assertThat(get(application, "/terminated_child")).isEqualTo(pid + " -15");
      assertThat(pid(application)).isEqualTo(pid);
    }
  }

  @Test
  void noDescriptorOfOursIsAChilds() throws Exception {
    try (PythonApplication application = workers(1)) {
      assertThat(get(application, "/sockets_of_children")).isEqualTo("[b'', b\"b''\"]");
    }
  }

  @Test
  void bytesThatNobodyAskedForEndTheWorkerAndNoRequest() throws Exception {
    try (PythonApplication application = workers(1)) {
      String pid = Served.post("/stray_bytes").body(new byte[1]).by(application).text();
      awaitEnd(pid);
      assertThat(pid(application)).matches("\\d+").isNotEqualTo(pid);
    }
  }

  // --- the end

  @Test
  void threadsAndExitHandlersEndInPythonsOrder() throws Exception {
    Path closed = folder.resolve("closed");
    Path reloaded = folder.resolve("reloaded");
    Path terminated = folder.resolve("terminated");
    Path replaced = folder.resolve("replaced");
    try (PythonApplication application = workers(1)) {
      String first = get(application, "/work_to_the_end?" + reloaded);
      application.reload();
      awaitEnd(first);
      String second = get(application, "/work_to_the_end?" + terminated);
      assertThat(get(application, "/terminate")).isEqualTo(second);
      awaitEnd(second);
      get(application, "/work_to_the_end?" + closed);
    }
    try (PythonApplication application =
        workers(new Workers(1, Workers.TIMEOUT, 1, 0, 0, false, false))) {
      awaitEnd(get(application, "/work_to_the_end?" + replaced));
    }
    for (Path file : List.of(closed, reloaded, terminated, replaced)) {
      assertThat(file).hasContent("pool\nthread\natexit");
    }
  }

  @Test
  void aThreadThatDoesNotEndIsWaitedForWithinTheGracefulTimeout() throws Exception {
    LoadOptions options = with(Workers.of(1), 1).withGracefulTimeout(Duration.ofMillis(300));
    PythonApplication application =
        PythonApplication.load(resource("workers.py").toString(), options);
    String first = get(application, "/work_for_ever");
    application.reload();
    awaitEnd(first);
    String second = get(application, "/work_for_ever");
    application.close();
    awaitEnd(second);
  }

  @Test
  @Timeout(60)
  void closingTakesNoLongerThanItMay() throws Exception {
    LoadOptions options = with(Workers.of(1), 1).withGracefulTimeout(Duration.ofHours(1));
    PythonApplication application =
        PythonApplication.load(resource("workers.py").toString(), options);
    String pid = get(application, "/work_for_ever");
    application.close(Duration.ofMillis(100));
    awaitEnd(pid);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fork", "spawn"})
  void aPoolOfProcessesEndsWithItsWorker(String method) throws Exception {
    String[] pids;
    try (PythonApplication application = workers(1)) {
      pids = get(application, "/pool_of_processes?" + method).split(" ");
      assertThat(pids).hasSize(2).allMatch(pid -> alive(pid));
    }
    for (String pid : pids) {
      awaitEnd(pid);
    }
  }

  @Test
  void closingEndsEveryProcess() throws Exception {
    PythonApplication application = workers(2);
    String pid = pid(application);
    application.close();
    awaitEnd(pid);
    assertThat(Served.get("/who").by(application).status()).isEqualTo(503);
  }
}
