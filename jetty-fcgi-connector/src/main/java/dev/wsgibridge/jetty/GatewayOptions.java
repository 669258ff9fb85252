package dev.wsgibridge.jetty;

import dev.wsgibridge.CgiParams.Trust;
import dev.wsgibridge.codec.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a gateway protocol is spoken.
 *
 * @param trust what the front is believed
 * @param limits what one connection may ask of the memory
 * @param idleTimeout how long a front may keep silent in the middle of a request, or take no byte
 *     of a response
 * @param keepAlive how long a connection may wait for its next request
 * @param allow addresses of fronts: {@code 10.0.0.1}, {@code 10.0.0.0/8}; none at all for anyone.
 *     Unix domain sockets have file modes instead
 * @param errorsToFront whether what is written to {@code wsgi.errors} also goes to the front's log,
 *     where the protocol has a way
 * @param underscores whether request headers come through whose names have an underscore, where the
 *     protocol still shows it: AJP does, and HTTP
 * @param ajpSecret what AJP fronts must know; null for none
 * @param ajpAttributes names of AJP request attributes that become params
 */
public record GatewayOptions(
    Trust trust,
    Limits limits,
    Duration idleTimeout,
    Duration keepAlive,
    List<String> allow,
    boolean errorsToFront,
    boolean underscores,
    @Nullable String ajpSecret,
    Set<String> ajpAttributes) {

  /** Safe for a front of one's own on this machine. */
  public static final GatewayOptions DEFAULT =
      new GatewayOptions(
          Trust.DEFAULT,
          Limits.DEFAULT,
          Duration.ofSeconds(60),
          Duration.ofMinutes(10),
          List.of(),
          false,
          false,
          null,
          Set.of());

  /**
   * Keeps copies.
   *
   * @throws IllegalArgumentException an address in {@code allow} is none
   */
  public GatewayOptions {
    new Peers(allow);
    allow = List.copyOf(allow);
    ajpAttributes = Set.copyOf(ajpAttributes);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "GatewayOptions[%s, %s, idle %s, keep-alive %s, allow %s]"
        .formatted(trust, limits, idleTimeout, keepAlive, allow);
  }
}
