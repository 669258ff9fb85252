package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.wsgibridge.FuzzSeeds;
import org.junit.jupiter.api.Test;

/** The first runs of {@code scripts/fuzz}. */
class FuzzTargetsTest {

  @Test
  void aWar() {
    assertThatCode(() -> FuzzSeeds.run(WarFuzzTarget.seeds(), WarFuzzTarget::fuzzerTestOneInput))
        .doesNotThrowAnyException();
  }
}
