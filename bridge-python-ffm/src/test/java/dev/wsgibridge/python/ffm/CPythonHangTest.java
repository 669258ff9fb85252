package dev.wsgibridge.python.ffm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Gateway;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.await.Await;
import dev.wsgibridge.python.PythonApplication;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.TestClient;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that hang in CPython, which can't be killed here. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CPythonHangTest {

  private PythonApplication application;
  private TestClient client;

  @BeforeEach
  void load() throws Exception {
    application = load("hangs.py", 2, Duration.ofMillis(300));
    client = TestClient.of(application);
  }

  private static PythonApplication load(String name, int threads, Duration timeout)
      throws Exception {
    String file = Path.of(CPythonHangTest.class.getResource(name).toURI()).toString();
    Workers workers = new Workers(Workers.AUTO, timeout, 0, 0, 0, false, false);
    return PythonApplication.load(
        file,
        LoadOptions.defaults(CPythonHangTest.class.getClassLoader())
            .withWorkers(workers)
            .withThreads(threads));
  }

  @AfterEach
  void close() {
    application.close();
  }

  private int ended() {
    return Integer.parseInt(client.get("/state").text());
  }

  @Test
  void whatComputesForEverIsEndedByAnException() throws Exception {
    int before = ended();
    for (int i = 1; i <= 6; i++) {
      Answer answer = client.get("/computes");
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.text()).isEqualTo("Gateway Timeout\n");
      int ended = before + i;
      Await.until("the end of the call", () -> ended() >= ended);
    }
    // None of them was written off: each thread has gone on.
    assertThat(client.get("/state").text()).isEqualTo(Integer.toString(before + 6));
    assertThat(application.stuck().toCompletableFuture()).isNotDone();
  }

  @Test
  void theLogSaysWhereItStands() throws Exception {
    PrintStream kept = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    try (PrintStream stream = new PrintStream(log, true, UTF_8)) {
      System.setErr(stream);
      assertThat(client.get("/computes").status()).isEqualTo(504);
    } finally {
      System.setErr(kept);
    }
    assertThat(log.toString(UTF_8))
        .containsPattern(
            "(?s)GET \"/computes\": python-\\d+ was silent for 300 ms, which is the --timeout:"
                + " it is given up and gets an exception; it stood at\n"
                + "  File \".*hangs.py\", line \\d+, in application\n.*"
                + "  File \".*hangs.py\", line \\d+, in computes\n")
        .doesNotContain("wsgi_host");
  }

  @Test
  void aLockThatIsNeverReleasedCostsThreadsThatAreReplacedUntilTheBound() throws Exception {
    // Loaded before, which takes Python's main thread.
    try (PythonApplication another = load("hangs.py", 1, Duration.ofSeconds(30))) {
      TestClient neighbour = TestClient.of(another);
      for (int i = 0; i < 2; i++) {
        assertThat(client.get("/waits_for_a_lock?bound").status()).isEqualTo(504);
      }
      assertThat(client.get("/thread").status()).isEqualTo(200);
      for (int i = 0; i < 2; i++) {
        assertThat(client.get("/waits_for_a_lock?bound").status()).isEqualTo(504);
      }
      assertThat(application.stuck().toCompletableFuture().get()).contains("hangs still");
      Await.until("the bound", () -> client.get("/thread").status() == 503);
      assertThat(client.get("/thread").header("Retry-After")).isEqualTo("1");
      assertThat(neighbour.get("/thread").status()).isEqualTo(200);

      assertThat(neighbour.get("/releases?bound").text()).isEqualTo("released");
      Await.until("a thread that is back", () -> client.get("/thread").status() == 200);
    }
  }

  @Test
  void whatSleepsInNativeCodeIsReplacedMeanwhile() throws Exception {
    assertThat(client.get("/sleeps").status()).isEqualTo(504);
    assertThat(client.get("/sleeps").status()).isEqualTo(504);
    assertThat(client.get("/state").status()).isEqualTo(200);
  }

  @Test
  void whatHangsAfterItsFirstBlockIsBrokenOff() {
    Answer answer = client.get("/streams_and_hangs");
    assertThat(answer.text()).isEqualTo("begun");
    assertThat(answer.outcome()).isEqualTo(Gateway.Outcome.BROKEN_OFF);
  }

  @Test
  void anExceptionThatComesLateHitsNoOtherCall() throws Exception {
    // About the timeout, so that its end and the exception meet.
    for (int i = 0; i < 20; i++) {
      int status = client.get("/ends_by_itself?0.%d".formatted(290 + 4 * i)).status();
      assertThat(status).isIn(200, 504);
      for (int j = 0; j < 20; j++) {
        assertThat(client.get("/state").status()).isEqualTo(200);
      }
    }
    assertThat(application.stuck().toCompletableFuture()).isNotDone();
  }
}
