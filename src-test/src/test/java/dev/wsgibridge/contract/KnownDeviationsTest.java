package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KnownDeviationsTest {

  private static final Deviation ALWAYS = Deviation.of("theirs", "expected: 400 but was: 4\\d\\d");
  private static final Deviation AT_TIMES = Deviation.atTimes("theirs", "expected: 400");

  private final KnownDeviations known =
      new KnownDeviations(Map.of("path(/a)", ALWAYS, "late", AT_TIMES, "gone", ALWAYS));

  private static Throwable failure(String message) {
    return new AssertionError(message);
  }

  @Test
  void whatFailsAsForetoldIsADeviation() {
    assertThat(known.judge("path(/a)", failure("\nexpected: 400\n but was: 404"))).isSameAs(ALWAYS);
  }

  @Test
  void whatFailsOtherwiseIsAFailure() {
    for (String key : new String[] {"path(/a)", "late"}) {
      Throwable other = failure("expected: 200 but was: 500");
      assertThatThrownBy(() -> known.judge(key, other))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("/expected: 400")
          .hasMessageEndingWith("it failed with: AssertionError: expected: 200 but was: 500")
          .hasCause(other);
    }
  }

  @Test
  void whatHoldsAgainIsAFailureButWhereItDependsOnTiming() {
    assertThatThrownBy(() -> known.judge("path(/a)", null))
        .isInstanceOf(AssertionError.class)
        .hasMessageEndingWith("take it off the list");
    assertThat(known.judge("late", null)).isSameAs(AT_TIMES);
  }

  @Test
  void ofTheRestNothingIsKnown() {
    assertThat(known.judge("path(/b)", null)).isNull();
    assertThat(known.judge("path(/b)", failure("expected: 400 but was: 404"))).isNull();
  }

  @Test
  void aDeviationWithoutACaseIsAnOrphan() {
    known.judge("path(/b)", null);
    // "late" is a test that was not asked for.
    assertThat(known.orphans(Set.of("path", "late"))).containsExactly("gone", "path(/a)");
  }
}
