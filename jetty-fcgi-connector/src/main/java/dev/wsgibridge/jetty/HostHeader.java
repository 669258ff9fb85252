package dev.wsgibridge.jetty;

import dev.wsgibridge.Rule;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * A Host (RFC 9110, 7.2), or the authority of a target in absolute form: a name or an address, and
 * perhaps a port.
 */
final class HostHeader {

  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[\\w.~%!$&'()*+;=-]*)(?::(\\d{0,5}))?");

  private HostHeader() {}

  /**
   * A Host as Jetty takes it, which may end with a colon and no port (RFC 3986, 3.2.3), and may be
   * empty. It is checked here, for Jetty takes some others for a fault of the server's.
   *
   * @return without a colon at its end
   * @throws IllegalArgumentException it is none: the message tells why
   */
  static String checked(String value) {
    Matcher found = HOST.matcher(value);
    if (!found.matches() || !isAddress(found.group(1)) || port(found.group(2)) > 0xFFFF) {
      throw new IllegalArgumentException(
          "Host: found %s, expected a name or an address, and perhaps a port"
              .formatted(Rule.quoted(value)));
    }
    String host = value.endsWith(":") ? value.substring(0, value.length() - 1) : value;
    if (!host.isEmpty()) {
      // What Jetty refuses beyond that is refused now, not in the middle of the request.
      new HostPort(host);
    }
    return host;
  }

  /** Of IPv6, where it has brackets. */
  private static boolean isAddress(String host) {
    if (!host.startsWith("[")) {
      return true;
    }
    try {
      new URI("http://" + host).parseServerAuthority();
      return true;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static int port(@Nullable String digits) {
    return digits == null || digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }
}
