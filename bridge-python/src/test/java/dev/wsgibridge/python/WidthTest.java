package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WidthTest {

  private static final int LIMIT = 8;

  private final Width width = new Width();

  private void measured(int times, double cores) {
    for (int i = 0; i < times; i++) {
      width.measured(cores, LIMIT);
    }
  }

  @Test
  void whatComputesHasOneThread() {
    measured(100, 0.95);
    assertThat(width.get()).isEqualTo(1);
  }

  @Test
  void whatWaitsHasAllSoon() {
    measured(3, 0.01);
    assertThat(width.get()).isEqualTo(LIMIT);
    measured(1, 0.01);
    assertThat(width.get()).isEqualTo(LIMIT);
  }

  @Test
  void whatWaitsHalfOfTheTimeHasAFewMore() {
    measured(1, 0.5);
    assertThat(width.get()).isEqualTo(2);
  }

  @Test
  void fewerAreTriedWhereTheyComputeAllTheTime() {
    measured(3, 0.01);
    measured(20, 0.95);
    assertThat(width.get()).isEqualTo(1);
  }

  @Test
  void fewerAreTriedMoreAndMoreRarelyWhereThatWasWrong() {
    // Two threads keep a core busy, one does not.
    int alone = 0;
    for (int i = 0; i < 10_000; i++) {
      if (width.get() == 1) {
        alone++;
        measured(1, 0.5);
      } else {
        measured(1, 0.95);
      }
    }
    assertThat(alone).isBetween(2, 60);
  }

  @Test
  void whatComputesOutsideOfTheGilHasMore() {
    measured(1, 0.5);
    measured(20, 1.9);
    assertThat(width.get()).isEqualTo(LIMIT);
  }
}
