package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The page of all servers is what the contract's tests found, in this run or in an earlier one
 * since the last build from scratch.
 */
@Isolated("reads what the others have found: JUnit runs it behind them")
class MatrixTest {

  private static final String COMMAND = "./test -Dregenerate";

  private static final Path PAGE = Servers.project().resolve("docs/matrix.md");

  @Test
  void isWhatThePageSays() throws Exception {
    Matrix matrix = new Matrix();
    List<String> unknown = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (TestedServer tested : TestedServer.all()) {
      Result result = Result.read(tested.test());
      if (result == null || result.failed() > 0) {
        unknown.add(tested.test().getName());
      } else {
        if (!result.missing().isEmpty()) {
          missing.add(result.missing());
        }
        matrix.add(tested.server(), result);
      }
    }
    assumeTrue(unknown.isEmpty(), "not run, or failed: " + unknown);
    String page = matrix.page();
    if (System.getProperty("regenerate") != null) {
      Files.writeString(PAGE, page);
    }
    assumeTrue(missing.isEmpty(), "not everything can run here: " + missing);
    assertThat(PAGE)
        .as("%s is stale: look at the change, then make it anew with: %s", PAGE, COMMAND)
        .hasContent(page);
  }
}
