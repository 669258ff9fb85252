package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WidthTest {

  private static final int LIMIT = 8;

  private final Width width = new Width();

  /** For how many of so many measurements one thread was alone. */
  private int alone(int measurements, double rateAlone, double rateTogether) {
    int alone = 0;
    for (int i = 0; i < measurements; i++) {
      boolean one = width.of(LIMIT) == 1;
      alone += one ? 1 : 0;
      width.measured(one ? rateAlone : rateTogether);
    }
    return alone;
  }

  @Test
  void whatComputesHasOneThread() {
    assertThat(alone(10_000, 15_000, 11_000)).isGreaterThan(9_700);
  }

  @Test
  void whatWaitsHasAll() {
    assertThat(alone(10_000, 100, 800)).isLessThan(300);
  }

  @Test
  void allAreNotWorthALittle() {
    assertThat(alone(10_000, 1000, 1050)).isGreaterThan(9_700);
  }

  @Test
  void whatChangesIsNoticed() {
    alone(10_000, 15_000, 11_000);
    assertThat(alone(10_000, 100, 800)).isLessThan(2_000);
  }

  @Test
  void oneThatStandsStillGetsTheOthersAtOnce() {
    width.measured(0);
    assertThat(width.of(LIMIT)).isEqualTo(LIMIT);

    alone(10_000, 15_000, 11_000);
    while (width.of(LIMIT) > 1) {
      width.measured(1);
    }
    width.measured(0);
    assertThat(width.of(LIMIT)).isEqualTo(LIMIT);
  }
}
