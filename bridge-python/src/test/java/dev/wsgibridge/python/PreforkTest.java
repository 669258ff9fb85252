package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import org.junit.jupiter.api.Test;

/** The contract in worker processes, and what is theirs alone. */
class PreforkTest extends PythonContract {

  @Override
  LoadOptions options() {
    return LoadOptions.defaults(getClass().getClassLoader())
        .withWorkers(Workers.of(1))
        .withThreads(4);
  }

  @Test
  void saysWhatItIs() throws Exception {
    try (PythonApplication application = load("habits.py")) {
      assertThat(application.description())
          .matches("CPython 3\\.\\d+ in 1 worker process of 4 threads");
    }
  }
}
