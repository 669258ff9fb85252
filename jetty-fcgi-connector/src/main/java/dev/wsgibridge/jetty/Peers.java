package dev.wsgibridge.jetty;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.InetAddressSet;
import org.jspecify.annotations.Nullable;

/** The addresses that may connect by TCP. */
final class Peers {

  private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";

  /**
   * What is an address beyond doubt: Jetty would ask the name servers for the rest, and take ranges
   * of several kinds.
   */
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(%1$s(\\.%1$s){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)(/[0-9]{1,3})?".formatted(BYTE));

  private final InetAddressSet allowed = new InetAddressSet();

  /**
   * Reads a list.
   *
   * @param addresses {@code 10.0.0.1}, {@code 10.0.0.0/8}, IPv6 likewise; none at all for anyone
   * @throws IllegalArgumentException one is none
   */
  Peers(List<String> addresses) {
    for (String address : addresses) {
      try {
        if (!ADDRESS.matcher(address).matches()) {
          throw new IllegalArgumentException("it is no address");
        }
        allowed.add(address);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "allow-from: found '%s', expected an address such as 10.0.0.1 or 10.0.0.0/8, where the bits behind the prefix are 0"
                .formatted(address),
            e);
      }
    }
  }

  /** Whether who connects from there may do so. That of a Unix domain socket always may. */
  boolean allow(@Nullable SocketAddress address) {
    return allowed.isEmpty()
        || !(address instanceof InetSocketAddress peer)
        || allowed.test(peer.getAddress());
  }
}
