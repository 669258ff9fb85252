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
 * @param ajp what AJP alone has
 */
public record GatewayOptions(
    Trust trust,
    Limits limits,
    Duration idleTimeout,
    Duration keepAlive,
    List<String> allow,
    boolean errorsToFront,
    boolean underscores,
    Ajp ajp) {

  /**
   * Options of AJP.
   *
   * @param secret what fronts must know; null for none
   * @param attributes names of request attributes that become params
   * @param packetBytes the size of a packet to the front, 8192 to 65536: as many as it takes
   *     (mod_proxy_ajp: ProxyIOBufferSize, mod_jk: max_packet_size). From it any size is taken
   */
  public record Ajp(@Nullable String secret, Set<String> attributes, int packetBytes) {

    private static final int LEAST_PACKET_BYTES = 8192;
    private static final int MOST_PACKET_BYTES = 65_536;

    /** No secret, no attributes, packets of 8 KB. */
    public static final Ajp DEFAULT = new Ajp(null, Set.of(), LEAST_PACKET_BYTES);

    /**
     * Keeps a copy.
     *
     * @throws IllegalArgumentException the size is out of range
     */
    public Ajp {
      attributes = Set.copyOf(attributes);
      if (packetBytes < LEAST_PACKET_BYTES || packetBytes > MOST_PACKET_BYTES) {
        throw new IllegalArgumentException(
            "ajp-packet-size: found %d, expected %d to %d"
                .formatted(packetBytes, LEAST_PACKET_BYTES, MOST_PACKET_BYTES));
      }
    }

    /** Without the secret. */
    @Override
    public String toString() {
      return "Ajp[%s, %s, packets of %d]"
          .formatted(secret == null ? "no secret" : "a secret", attributes, packetBytes);
    }
  }

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
          Ajp.DEFAULT);

  /**
   * Keeps copies.
   *
   * @throws IllegalArgumentException an address in {@code allow} is none
   */
  public GatewayOptions {
    new Peers(allow);
    allow = List.copyOf(allow);
  }
}
