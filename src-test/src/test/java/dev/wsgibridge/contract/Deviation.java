package dev.wsgibridge.contract;

import java.util.regex.Pattern;

/**
 * Where a server is known to do otherwise than the contract says.
 *
 * @param reason why, for the reader of {@code docs/matrix.md}
 * @param failure what is found in the message of the test that fails, white space being one space:
 *     another failure is not this deviation
 * @param always whether each run shows it; false where it depends on timing
 */
record Deviation(String reason, Pattern failure, boolean always) {

  /** One that each run shows. */
  static Deviation of(String reason, String failure) {
    return new Deviation(reason, Pattern.compile(failure), true);
  }

  /** One that depends on timing: where it does not show, the contract holds. */
  static Deviation atTimes(String reason, String failure) {
    return new Deviation("at times: " + reason, Pattern.compile(failure), false);
  }

  /** Whether this is the failure that was foretold. */
  boolean explains(Throwable thrown) {
    return failure.matcher(message(thrown)).find();
  }

  /** What {@link #failure} is looked for in. */
  static String message(Throwable thrown) {
    return (thrown.getClass().getSimpleName() + ": " + thrown.getMessage()).replaceAll("\\s+", " ");
  }
}
