package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What befalls worker processes while clients go on asking: each request that is sent is counted,
 * and only what a killed or hung worker had in hand may fail.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ChaosTest {

  private static final int CLIENTS = 8;
  private static final int THREADS = 2;

  /** A JVM can't heed what nohup has told its parents to ignore. */
  private static final String HEEDS_SIGHUP =
      "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); "
          + "os.execv(sys.argv[1], sys.argv[1:])";

  @TempDir private Path folder;

  @BeforeAll
  static void needsPython() {
    assumeTrue(Hosted.PREFORK.missing().isEmpty(), Hosted.PREFORK.missing());
  }

  @Test
  void eachWorkerIsKilledInTurnAndWhatForksThem() throws Exception {
    try (ServerProcess server = start("--workers", "4")) {
      Tally tally;
      int killed = 0;
      try (Load load = new Load(server)) {
        for (long worker : load.awaitWorkers(4, Set.of())) {
          kill("KILL", worker);
          killed++;
          load.awaitWorkers(4, Set.of(worker));
        }
        long worker = load.awaitWorkers(1, Set.of()).iterator().next();
        ProcessHandle parent =
            ProcessHandle.of(worker).flatMap(ProcessHandle::parent).orElseThrow();
        assertThat(parent.pid()).as("what forks the workers").isNotEqualTo(server.pid());
        kill("KILL", parent.pid());
        server.awaitLog("the process that forks Python's workers has died");
        load.awaitWorkers(4, Set.of());
        tally = load.end();
      }
      report("kill -9 of 4 workers and what forks them", tally);
      assertThat(tally.failures()).allMatch(failure -> failure.equals("502"));
      assertThat(tally.failures()).hasSizeLessThanOrEqualTo(killed * THREADS);
    }
  }

  @Test
  void requestsThatHangAreToldAndTheirWorkersReplaced() throws Exception {
    try (ServerProcess server = start("--workers", "4", "--timeout", "2s")) {
      Tally tally;
      try (Load load = new Load(server)) {
        load.awaitWorkers(4, Set.of());
        assertThat(ask(server, "/spin").status()).isEqualTo(504);
        server.awaitLog("in spin");
        assertThat(ask(server, "/stay_in_c").status()).isEqualTo(504);
        server.awaitLog("in stay_in_c");
        load.awaitWorkers(4, Set.of());
        tally = load.end();
      }
      report("a thread that spins, one that stays in C", tally);
      // A thread of the same worker can't run while another keeps the GIL.
      assertThat(tally.failures()).allMatch(failure -> failure.matches("50[24]"));
      assertThat(tally.failures()).hasSizeLessThanOrEqualTo(2 * (THREADS - 1));
    }
  }

  @Test
  void reloadsLoseNoRequest() throws Exception {
    Path application = Files.copy(Servers.python().resolve("chaos.py"), folder.resolve("chaos.py"));
    try (ServerProcess server = start(application, "--workers", "2", "--reload")) {
      Tally tally;
      try (Load load = new Load(server)) {
        Set<Long> first = load.awaitWorkers(2, Set.of());
        kill("HUP", server.pid());
        Set<Long> second = load.awaitWorkers(2, first);
        Files.setLastModifiedTime(application, FileTime.from(Instant.now().plusSeconds(5)));
        first.forEach(second::remove);
        load.awaitWorkers(2, second);
        tally = load.end();
      }
      report("SIGHUP, then a changed file", tally);
      assertThat(tally.failures()).isEmpty();
    }
  }

  @Test
  void workersThatHaveServedEnoughLoseNoRequest() throws Exception {
    try (ServerProcess server =
        start("--workers", "2", "--max-requests", "100", "--max-requests-jitter", "50")) {
      Tally tally;
      try (Load load = new Load(server)) {
        Set<Long> first = load.awaitWorkers(2, Set.of());
        load.awaitWorkers(6, first);
        tally = load.end();
      }
      report("--max-requests with jitter", tally);
      assertThat(tally.failures()).isEmpty();
    }
  }

  @Test
  void workersThatHaveGrownLoseNoRequest() throws Exception {
    try (ServerProcess server = start("--workers", "2", "--reload-on-rss", "100")) {
      Tally tally;
      int leaks = 0;
      try (Load load = new Load(server)) {
        Set<Long> first = load.awaitWorkers(2, Set.of());
        Set<Long> all = new HashSet<>(first);
        while (all.size() < 5) {
          Response leaked = ask(server, "/leak");
          assertThat(leaked.status()).isEqualTo(200);
          leaks++;
          all.addAll(load.awaitWorkers(2, Set.of()));
        }
        tally = load.end();
      }
      report("--reload-on-rss, %d leaks".formatted(leaks), tally);
      assertThat(tally.failures()).isEmpty();
    }
  }

  @Test
  void whatIsInHandAtTheEndIsAnswered() throws Exception {
    ServerProcess server = start("--workers", "2");
    Tally tally;
    try (server;
        Load load = new Load(server)) {
      load.awaitWorkers(2, Set.of());
      kill("TERM", server.pid());
      tally = load.end();
      // close() would signal a second time, which is to say: at once.
      ProcessHandle process = ProcessHandle.of(server.pid()).orElse(null);
      if (process != null) {
        process.onExit().get(30, TimeUnit.SECONDS);
      }
    }
    report("SIGTERM", tally);
    assertThat(tally.failures()).isEmpty();
    assertThat(server.exitCode()).isZero();
  }

  @Test
  void noWorkerOutlivesTheBridge() throws Exception {
    try (ServerProcess server = start("--workers", "4", "--timeout", "0")) {
      List<HttpConnection> hung = new ArrayList<>();
      List<ProcessHandle> processes = new ArrayList<>();
      try {
        for (String target : List.of("/spin", "/stay_in_c")) {
          hung.add(HttpConnection.open(server.address()).send(Request.get(target)));
        }
        assertThat(ask(server, "/work").status()).isEqualTo(200);
        ProcessHandle.of(server.pid()).orElseThrow().descendants().forEach(processes::add);
        assertThat(processes).hasSizeGreaterThanOrEqualTo(4);
        kill("KILL", server.pid());
        for (ProcessHandle process : processes) {
          process.onExit().get(30, TimeUnit.SECONDS);
        }
      } finally {
        for (HttpConnection connection : hung) {
          connection.close();
        }
        processes.forEach(ProcessHandle::destroyForcibly);
      }
    }
  }

  // ---------------------------------------------------------------- the vocabulary

  private static ServerProcess start(String... options) throws IOException {
    return start(Servers.python().resolve("chaos.py"), options);
  }

  private static ServerProcess start(Path application, String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(application.toString()));
    arguments.addAll(List.of("--python", "python3", "--threads", Integer.toString(THREADS)));
    arguments.addAll(Arrays.asList(options));
    List<String> command = new ArrayList<>(List.of("python3", "-c", HEEDS_SIGHUP));
    command.addAll(Servers.run(arguments, List.of("--bind", "http://127.0.0.1:0")));
    return ServerProcess.start(new ProcessBuilder(command), "");
  }

  private static Response ask(ServerProcess server, String target) throws IOException {
    try (HttpConnection connection = HttpConnection.open(server.address())) {
      return connection.ask(Request.get(target));
    }
  }

  private static void kill(String signal, long pid) throws Exception {
    int status =
        new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).inheritIO().start().waitFor();
    assertThat(status).as("kill -%s %d", signal, pid).isZero();
  }

  private static void report(String what, Tally tally) {
    System.out.printf(
        "chaos | %-42s | sent %d, answered %d, failed %d %s, asked again %d%n",
        what,
        tally.answered() + tally.failures().size() + tally.again(),
        tally.answered(),
        tally.failures().size(),
        tally.failures(),
        tally.again());
  }

  /**
   * How requests ended.
   *
   * @param answered with 200
   * @param failures the status of the others; {@code lost} where there was none
   * @param again what was asked on a connection that waited, and was closed meanwhile: asked again
   *     on another (RFC 9112, 9.3.1)
   */
  private record Tally(int answered, List<String> failures, int again) {}

  /** Clients that ask, one request after the other, until they are told to end. */
  private static final class Load implements AutoCloseable {

    private final InetSocketAddress address;
    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    private final List<Future<Tally>> clients = new ArrayList<>();
    private final Set<Long> seen = new HashSet<>();
    private volatile boolean ending;

    Load(ServerProcess server) {
      address = server.address();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(this::client));
      }
    }

    private Tally client() {
      int answered = 0;
      int again = 0;
      List<String> failures = new ArrayList<>();
      while (!ending) {
        try (HttpConnection connection = HttpConnection.open(address)) {
          boolean open = true;
          for (boolean fresh = true; open && !ending; fresh = false) {
            try {
              Response response = connection.ask(Request.get("/work"));
              open = response.header("Connection").filter("close"::equalsIgnoreCase).isEmpty();
              if (response.status() == 200) {
                answered++;
                saw(Long.parseLong(response.text()));
              } else {
                failures.add(Integer.toString(response.status()));
              }
            } catch (IOException e) {
              open = false;
              if (fresh) {
                failures.add("lost");
              } else {
                again++;
              }
            }
          }
        } catch (IOException e) {
          // It listens no more: nothing was sent.
          return new Tally(answered, failures, again);
        }
      }
      return new Tally(answered, failures, again);
    }

    private void saw(long worker) {
      synchronized (seen) {
        seen.add(worker);
        seen.notifyAll();
      }
    }

    /** Waits until so many workers have answered since this call, which are none of those. */
    Set<Long> awaitWorkers(int count, Set<Long> others) throws InterruptedException {
      synchronized (seen) {
        seen.clear();
        while (true) {
          Set<Long> found = new HashSet<>(seen);
          found.removeAll(others);
          if (found.size() >= count) {
            return found;
          }
          seen.wait();
        }
      }
    }

    Tally end() throws Exception {
      ending = true;
      int answered = 0;
      int again = 0;
      List<String> failures = new ArrayList<>();
      for (Future<Tally> client : clients) {
        answered += client.get().answered();
        again += client.get().again();
        failures.addAll(client.get().failures());
      }
      return new Tally(answered, failures, again);
    }

    @Override
    public void close() {
      ending = true;
      threads.shutdownNow();
    }
  }
}
