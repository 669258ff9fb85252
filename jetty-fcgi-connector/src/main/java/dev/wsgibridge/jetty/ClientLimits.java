package dev.wsgibridge.jetty;

import java.time.Duration;

/**
 * What clients may ask of a server's memory and patience, by whichever protocol they come.
 *
 * @param responseHeadBytes of a response's status line and headers together, as HTTP writes them;
 *     more is a 500. By AJP a packet's size is a limit too
 * @param headTimeout how long the head of a request may take from its first byte on; 0 for as long
 *     as it likes
 * @param minRequestRate bytes a second, at least, at which a body comes that the application waits
 *     for; 0 for any
 * @param minResponseRate bytes a second, at least, at which a response is taken; 0 for any
 * @param grace how long a body or a response may be slower than its rate; whole seconds
 */
public record ClientLimits(
    int responseHeadBytes,
    Duration headTimeout,
    int minRequestRate,
    int minResponseRate,
    Duration grace) {

  private static final int LEAST_HEAD_BYTES = 1024;

  /** 64 KB; 30 seconds; 500 bytes a second for both, after 20 seconds. */
  public static final ClientLimits DEFAULT =
      new ClientLimits(64 * 1024, Duration.ofSeconds(30), 500, 500, Duration.ofSeconds(20));

  /**
   * Checks all.
   *
   * @throws IllegalArgumentException one is out of range
   */
  public ClientLimits {
    if (responseHeadBytes < LEAST_HEAD_BYTES) {
      throw new IllegalArgumentException(
          "max response head: found %d bytes, expected %d or more"
              .formatted(responseHeadBytes, LEAST_HEAD_BYTES));
    }
    if (grace.toSeconds() < 1) {
      throw new IllegalArgumentException(
          "grace: found %s, expected a second or more".formatted(grace));
    }
    if (headTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "request head timeout: found %s, expected 0 or more".formatted(headTimeout));
    }
    if (minRequestRate < 0 || minResponseRate < 0) {
      throw new IllegalArgumentException(
          "min rates: found %d and %d bytes a second, expected 0 or more"
              .formatted(minRequestRate, minResponseRate));
    }
  }
}
