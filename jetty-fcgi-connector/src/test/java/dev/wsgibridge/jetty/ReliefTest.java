package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.TryExecutor;
import org.junit.jupiter.api.Test;

final class ReliefTest {

  private static final Runnable SUCCESSOR = new FutureTask<>(() -> null);

  /** What was handed to other threads. */
  private final List<Runnable> sent = new ArrayList<>();

  private boolean low;

  private final Relief.Lane lane = new Relief(threads(), () -> low).lane();

  private TryExecutor threads() {
    return task -> {
      sent.add(task);
      return true;
    };
  }

  /** A request begins, and is not over yet. */
  private void begin() {
    assertThat(lane.tryExecute(SUCCESSOR)).isTrue();
  }

  @Test
  void aThreadThatComesBackInTimeIsLeftAlone() {
    for (int i = 0; i < 100; i++) {
      begin();
      lane.tick();
      lane.back();
      lane.tick();
    }

    assertThat(sent).isEmpty();
  }

  @Test
  void aThreadThatIsLateIsRelieved() {
    begin();
    lane.tick();
    assertThat(sent).as("it may have begun just now").isEmpty();
    lane.tick();

    assertThat(sent).containsExactly(SUCCESSOR);
  }

  /** A turn may wait for what it has put off itself, such as to be told of bytes that are there. */
  @Test
  void whatALateThreadPutsOffIsDoneByAnother() {
    Runnable before = new FutureTask<>(() -> null);
    Runnable after = new FutureTask<>(() -> null);
    begin();
    lane.turn(
            () -> {
              lane.execute(before);
              lane.tick();
              assertThat(sent).isEmpty();
              lane.tick();
              assertThat(sent).containsExactly(SUCCESSOR, before);
              lane.execute(after);
              assertThat(sent).containsExactly(SUCCESSOR, before, after);
            })
        .run();

    assertThat(sent).containsExactly(SUCCESSOR, before, after);
  }

  @Test
  void aThreadThatIsInTimeDoesWhatItHasPutOff() {
    FutureTask<Void> task = new FutureTask<>(() -> null);
    begin();
    lane.turn(() -> lane.execute(task)).run();

    assertThat(task).isDone();
    assertThat(sent).isEmpty();
  }

  @Test
  void aThreadThatAnswersManyIsNotLate() {
    for (int tick = 0; tick < 100; tick++) {
      for (int i = 0; i < 10; i++) {
        begin();
      }
      lane.tick();
    }

    assertThat(sent).isEmpty();
  }

  @Test
  void whereRequestsTakeLongEachHasAThreadForSomeTime() {
    for (int i = 0; i < 5; i++) {
      begin();
      lane.tick();
      lane.tick();
    }
    sent.clear();

    begin();
    assertThat(sent).as("at once").hasSize(1);

    int ticks = 0;
    do {
      lane.tick();
      sent.clear();
      begin();
      ticks++;
    } while (!sent.isEmpty() && ticks < 10_000);
    assertThat(ticks).isBetween(10, 9_999);
  }

  @Test
  void lookingAfterEndsWhenThereIsNothing() {
    begin();
    assertThat(lane.tick()).isTrue();
    lane.back();
    lane.tick();

    assertThat(lane.tick()).isFalse();
  }

  @Test
  void whoSleepsIsWoken() throws Exception {
    CountDownLatch came = new CountDownLatch(1);
    Relief relief =
        new Relief(
            task -> {
              task.run();
              return true;
            },
            () -> false);
    Relief.Lane watched = relief.lane();
    relief.start();
    try {
      Thread.sleep(50); // by now it sleeps, and where it doesn't nothing is lost
      watched.tryExecute(came::countDown);

      assertThat(came.await(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      relief.stop();
    }
  }

  @Test
  void whereFewThreadsAreLeftAnotherComesAtOnce() {
    low = true;
    begin();

    assertThat(sent).containsExactly(SUCCESSOR);
  }

  @Test
  void whereNoThreadCanBeHadItIsTriedAgain() {
    List<Runnable> later = new ArrayList<>();
    boolean[] refuses = {true};
    Relief.Lane refused =
        new Relief(
                task -> {
                  if (refuses[0]) {
                    throw new RejectedExecutionException("no thread");
                  }
                  return later.add(task);
                },
                () -> false)
            .lane();
    refused.tryExecute(SUCCESSOR);
    refused.tick();
    assertThatThrownBy(refused::tick).isInstanceOf(RejectedExecutionException.class);

    refuses[0] = false;
    refused.tick();

    assertThat(later).containsExactly(SUCCESSOR);
  }

  @Test
  void whatATurnPutsOffIsDoneBehindIt() {
    List<String> done = new ArrayList<>();

    lane.turn(
            () -> {
              lane.execute(() -> done.add("left over"));
              done.add("turn");
            })
        .run();

    assertThat(done).containsExactly("turn", "left over");
    assertThat(sent).isEmpty();
    lane.execute(SUCCESSOR);
    assertThat(sent).as("outside of a turn").containsExactly(SUCCESSOR);
  }
}
