package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.LoadException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PythonThreadsTest {

  /** Writes down who called what. */
  private static final class Recorded implements Carrier {

    final List<String> calls = new CopyOnWriteArrayList<>();
    private final @Nullable LoadException failure;

    Recorded(@Nullable LoadException failure) {
      this.failure = failure;
    }

    private void record(String what) {
      calls.add(what + " by " + Thread.currentThread().getName());
    }

    @Override
    public String description() {
      return "recorded";
    }

    @Override
    public void start(String host) throws LoadException {
      record("start");
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void attach() {
      record("attach");
    }

    @Override
    public Answer call(
        HostFunction function, Exchange exchange, int number, int flags, String text) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void detach() {
      record("detach");
    }

    @Override
    public boolean permanent() {
      return false;
    }

    @Override
    public void close() {
      record("close");
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Recorded carrier = new Recorded(null);

  private static String threadOf(PythonThreads threads) {
    CompletableFuture<String> name = new CompletableFuture<>();
    threads.run(() -> name.complete(Thread.currentThread().getName()));
    return name.join();
  }

  @Test
  void theFirstThreadStartsTheInterpreterAndOthersComeAsTheyAreNeeded() throws Exception {
    PythonThreads threads = new PythonThreads(carrier, "");
    threads.growTo(3, 100);
    threads.growTo(2, 100);
    assertThat(threads.limit()).isEqualTo(3);
    assertThat(carrier.calls).containsExactly("start by python-1");
    CountDownLatch allBusy = new CountDownLatch(3);
    CountDownLatch over = new CountDownLatch(1);
    for (int i = 0; i < 10; i++) {
      threads.run(
          () -> {
            allBusy.countDown();
            await(over);
          });
    }
    allBusy.await();
    over.countDown();
    threads.close(PATIENCE);
    assertThat(carrier.calls)
        .containsExactlyInAnyOrder(
            "start by python-1",
            "attach by python-2",
            "attach by python-3",
            "detach by python-1",
            "detach by python-2",
            "detach by python-3");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anInterpreterThatDoesNotStartIsTold() {
    LoadException failure = new LoadException("no");
    Recorded broken = new Recorded(failure);
    assertThatThrownBy(() -> new PythonThreads(broken, "")).isSameAs(failure);
    assertThat(broken.calls).containsExactly("start by python-1");
  }

  @Test
  void importsBelongToTheFirstThreadHoweverBusyItIs() throws Exception {
    PythonThreads threads = new PythonThreads(carrier, "");
    CountDownLatch busy = new CountDownLatch(1);
    CompletableFuture<String> name = new CompletableFuture<>();
    threads.runFirst(() -> await(busy));
    threads.growTo(2, 100);
    assertThat(threadOf(threads)).isEqualTo("python-2");
    threads.runFirst(() -> name.complete(Thread.currentThread().getName()));
    assertThat(name).isNotDone();
    busy.countDown();
    assertThat(name.join()).isEqualTo("python-1");
    threads.close(PATIENCE);
  }

  @Test
  void tasksStartInTheOrderInWhichTheyCame() throws LoadException {
    PythonThreads threads = new PythonThreads(carrier, "");
    List<Integer> order = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      threads.run(() -> order.add(number));
    }
    threads.close(PATIENCE);
    assertThat(order).hasSize(100).isSorted();
  }

  @Test
  void nothingRunsAfterTheEnd() throws LoadException {
    PythonThreads threads = new PythonThreads(carrier, "");
    threads.close(PATIENCE);
    assertThatThrownBy(() -> threads.run(() -> {})).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatWaitsGetsFurtherThreads() throws Exception {
    PythonThreads threads = new PythonThreads(carrier, "");
    threads.growTo(3, 100);
    CountDownLatch allBusy = new CountDownLatch(3);
    CountDownLatch over = new CountDownLatch(1);
    for (int i = 0; i < 10; i++) {
      threads.runInTurn(
          () -> {
            allBusy.countDown();
            await(over);
          });
    }
    allBusy.await();
    over.countDown();
    threads.close(PATIENCE);
    assertThat(carrier.calls)
        .filteredOn(call -> call.startsWith("attach"))
        .containsExactlyInAnyOrder("attach by python-2", "attach by python-3");
  }

  @Test
  void tooManyThatWaitAreRefused() throws Exception {
    PythonThreads threads = new PythonThreads(carrier, "");
    threads.growTo(1, 2);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    threads.runInTurn(
        () -> {
          begun.countDown();
          await(over);
        });
    begun.await();
    for (int i = 0; i < 2; i++) {
      threads.runInTurn(() -> {});
    }
    assertThatThrownBy(() -> threads.runInTurn(() -> {})).isInstanceOf(UnansweredException.class);
    over.countDown();
    threads.close(PATIENCE);
  }
}
