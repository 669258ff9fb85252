package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What only a process of its own can do is done by one, or refused. */
class PythonChoiceTest {

  private static final LoadOptions OPTIONS =
      LoadOptions.defaults(PythonChoiceTest.class.getClassLoader());

  static Stream<Arguments> needProcesses() {
    return Stream.of(
        Arguments.of("--max-requests", new Workers(Workers.AUTO, null, 9, 0, 0, false, false)),
        Arguments.of("--reload-on-rss", new Workers(Workers.AUTO, null, 0, 0, 9, false, false)),
        Arguments.of("--preload", new Workers(Workers.AUTO, null, 0, 0, 0, true, false)),
        Arguments.of("--reload", new Workers(Workers.AUTO, null, 0, 0, 0, false, true)));
  }

  @ParameterizedTest
  @MethodSource("needProcesses")
  void aWorkerIsTakenWhereNothingElseIsSaid(String option, Workers workers) throws Exception {
    assumeTrue(PythonProbe.ask("python3").isPresent(), "no python3 on the PATH");

    PythonChoice choice = PythonChoice.of(OPTIONS.withWorkers(workers));

    assertThat(choice).isInstanceOf(PythonChoice.Processes.class);
    assertThat(choice.reason()).contains(option + " is for a process of its own");
  }

  @ParameterizedTest
  @MethodSource("needProcesses")
  void insideTheJvmItIsRefused(String option, Workers workers) throws Exception {
    assumeTrue(PythonProbe.ask("python3").isPresent(), "no python3 on the PATH");

    assertThatThrownBy(() -> PythonChoice.of(OPTIONS.withWorkers(workers.withCount(0))))
        .isInstanceOf(LoadException.class)
        .hasMessageStartingWith(option + ": found --workers 0");
  }

  @ParameterizedTest
  @MethodSource("needProcesses")
  void byGraalPyItIsRefused(String option, Workers workers) {
    assertThatThrownBy(() -> PythonChoice.of(OPTIONS.withPython("graalpy").withWorkers(workers)))
        .isInstanceOf(LoadException.class)
        .hasMessageStartingWith(option + ": found GraalPy (--python graalpy)");
  }
}
