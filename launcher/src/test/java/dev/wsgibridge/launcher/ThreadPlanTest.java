package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.TestClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ThreadPlanTest {

  private static final LoadOptions OPTIONS =
      LoadOptions.defaults(ThreadPlanTest.class.getClassLoader());

  @ParameterizedTest
  @CsvSource({
    // applications, workers, threads, backlog: server, share, backlog
    "1, -1, 0, 512, 584, 0, 512",
    "1, -1, 0, 5000, 584, 0, 512",
    "1, 4, 2, 512, 584, 0, 512",
    "1, -1, 100, 0, 196, 0, 0",
    "2, -1, 0, 512, 592, 264, 256",
    "100, -1, 0, 512, 4064, 40, 32",
  })
  void asManyMayWaitAsThereAreThreadsForIt(
      int applications, int workers, int threads, int backlog, int server, int share, int waiting) {
    LoadOptions options =
        OPTIONS.withWorkers(Workers.of(workers)).withThreads(threads).withBacklog(backlog);
    assertThat(ThreadPlan.of(applications, options))
        .isEqualTo(new ThreadPlan(server, share, waiting));
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 0, 0", "1, 7, 7, 0", "2, 0, 200, 100", "2, 7, 7, 3", "9, 4, 4, 1"})
  void classesShareTheServersThreads(int applications, int threads, int server, int share) {
    assertThat(ThreadPlan.ofClasses(applications, threads, 512))
        .isEqualTo(new ThreadPlan(server, share, 512));
  }

  @Test
  void whatIsBeyondTheShareIsRefusedUntilAResponseIsOver() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Application hangs =
        (environ, startResponse) -> {
          startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
          Body body =
              () -> {
                begun.countDown();
                try {
                  release.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                return Body.of("late").iterator();
              };
          return body;
        };
    TestClient client = TestClient.of(new Bounded(hangs, "/shop", 1));
    CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> client.get("/"));
    begun.await();
    Answer refused = client.get("/");
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.header("Retry-After")).isEqualTo("1");
    release.countDown();
    assertThat(first.get().text()).isEqualTo("late");
    assertThat(client.get("/").text()).isEqualTo("late");
  }

  @Test
  void anApplicationThatFailsHoldsNothing() {
    Application fails =
        (environ, startResponse) -> {
          throw new IllegalStateException("no");
        };
    TestClient client = TestClient.of(new Bounded(fails, "/shop", 1));
    assertThat(client.get("/").status()).isEqualTo(500);
    assertThat(client.get("/").status()).isEqualTo(500);
  }
}
