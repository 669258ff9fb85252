package dev.wsgibridge.jetty;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * An address to listen at.
 *
 * @param host a name or an address; IPv6 without brackets
 * @param port 0 picks a free one
 */
public record Bind(String host, int port) {

  private static final int MAX_PORT = 65535;

  /** Checks the port. */
  public Bind {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException(portOutOfRange(port));
    }
  }

  /**
   * Reads {@code http://HOST:PORT}.
   *
   * @throws IllegalArgumentException it is no such URL; the message is for whoever wrote it
   */
  public static Bind parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw refused(url, "it is no URL");
    }
    if (!url.contains("://")) {
      throw refused(url, "it has no scheme");
    }
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      throw new IllegalArgumentException(
          "bind: '%s': expected http://, the one scheme of this version".formatted(url));
    }
    if (uri.getHost() == null) {
      throw refused(url, "it has no host");
    }
    if (uri.getPort() < 0) {
      throw refused(url, "it has no port");
    }
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw refused(url, "it has more than a host and a port");
    }
    if (!uri.getRawPath().isEmpty() && !uri.getRawPath().equals("/")) {
      throw refused(
          url, "it has a path (to serve below one, add --script-name " + uri.getRawPath() + ")");
    }
    if (uri.getPort() > MAX_PORT) {
      throw new IllegalArgumentException(
          "bind: '%s': %s".formatted(url, portOutOfRange(uri.getPort())));
    }
    String host = uri.getHost();
    return new Bind(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host, uri.getPort());
  }

  private static String portOutOfRange(int port) {
    return "found port %d, expected 0 (any free one) to %d".formatted(port, MAX_PORT);
  }

  private static IllegalArgumentException refused(String url, String found) {
    return new IllegalArgumentException(
        "bind: '%s': %s; expected http://HOST:PORT, such as http://127.0.0.1:8080 (port 0 picks a free one)"
            .formatted(url, found));
  }

  /** Whether this listens on every address of the machine. */
  public boolean everywhere() {
    return host.equals("0.0.0.0") || host.equals("::");
  }

  /** This address with another port. */
  public Bind withPort(int port) {
    return new Bind(host, port);
  }

  /** {@code http://HOST:PORT}. */
  @Override
  public String toString() {
    return "http://%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, port);
  }
}
