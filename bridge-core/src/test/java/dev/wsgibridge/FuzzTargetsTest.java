package dev.wsgibridge;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.wsgibridge.cgibin.ProgramHeadFuzzTarget;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The first runs of {@code scripts/fuzz}. */
class FuzzTargetsTest {

  private static Arguments target(
      Class<?> name, List<byte[]> seeds, Consumer<byte[]> fuzzerTestOneInput) {
    return Arguments.of(name, seeds, fuzzerTestOneInput);
  }

  static Stream<Arguments> targets() {
    return Stream.of(
        target(
            EnvironFuzzTarget.class,
            EnvironFuzzTarget.seeds(),
            EnvironFuzzTarget::fuzzerTestOneInput),
        target(HeadFuzzTarget.class, HeadFuzzTarget.seeds(), HeadFuzzTarget::fuzzerTestOneInput),
        target(
            ProgramHeadFuzzTarget.class,
            ProgramHeadFuzzTarget.seeds(),
            ProgramHeadFuzzTarget::fuzzerTestOneInput));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("targets")
  void findNothing(Class<?> name, List<byte[]> seeds, Consumer<byte[]> target) {
    assertThatCode(() -> FuzzSeeds.run(seeds, target)).doesNotThrowAnyException();
  }
}
