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
    public String stack(Thread thread) {
      return "in " + thread.getName();
    }

    @Override
    public void interrupt(Thread thread) {
      record("interrupt of " + thread.getName());
    }

    @Override
    public void recover() {
      record("recover");
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
    threads.runFirst(() -> name.complete(Thread.currentThread().getName()));
    assertThat(name).isNotDone();
    busy.countDown();
    assertThat(name.join()).isEqualTo("python-1");
    threads.close(PATIENCE);
    assertThat(carrier.calls).containsExactly("start by python-1", "detach by python-1");
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
}
