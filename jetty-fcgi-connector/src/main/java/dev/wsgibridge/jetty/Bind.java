package dev.wsgibridge.jetty;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where to listen, and for what.
 *
 * @param protocol the gateway protocol that is spoken there; null for HTTP
 */
public record Bind(@Nullable GatewayProtocol protocol, Address address) {

  /** Where. Written after a scheme it makes the URL. */
  public sealed interface Address {}

  /**
   * A TCP port.
   *
   * @param host a name or an address; IPv6 without brackets
   * @param port 0 picks a free one
   */
  public record Tcp(String host, int port) implements Address {

    /** Checks the port. */
    public Tcp {
      if (port < 0 || port > MAX_PORT) {
        throw new IllegalArgumentException(portOutOfRange(port));
      }
    }

    @Override
    public String toString() {
      return "://%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, port);
    }
  }

  /** A Unix domain socket, by its path. */
  public record Unix(Path path) implements Address {

    @Override
    public String toString() {
      return "+unix://" + path;
    }
  }

  /** The listening socket, TCP or Unix, that whoever started this process left on fd 0. */
  public record Inherited() implements Address {

    @Override
    public String toString() {
      return "+fd:0";
    }
  }

  private static final int MAX_PORT = 65535;
  private static final String HTTP = "http";

  /** HTTP at a TCP port; 0 picks a free one. */
  public static Bind http(String host, int port) {
    return new Bind(null, new Tcp(host, port));
  }

  /**
   * Reads {@code http://HOST:PORT}, {@code http+unix:///PATH} or {@code http+fd:0}; the same with
   * {@code fcgi}, {@code scgi}, {@code uwsgi} and {@code ajp}. A path is taken as it stands, so
   * that none has to be encoded.
   *
   * @throws IllegalArgumentException it is no such URL; the message is for whoever wrote it
   */
  public static Bind parse(String url) {
    int colon = url.indexOf(':');
    int plus = url.indexOf('+');
    boolean tcp = plus < 0 || plus > colon;
    if (colon < 0 || (tcp && !url.startsWith("://", colon))) {
      throw refused(url, HTTP, "it has no scheme");
    }
    String scheme = url.substring(0, tcp ? colon : plus).toLowerCase(Locale.ROOT);
    GatewayProtocol protocol = protocol(url, scheme);
    if (tcp) {
      return new Bind(protocol, tcp(url, scheme));
    }
    String rest = url.substring(colon + 1);
    return new Bind(
        protocol,
        switch (url.substring(plus + 1, colon).toLowerCase(Locale.ROOT)) {
          case "unix" -> unix(url, scheme, rest);
          case "fd" -> inherited(url, scheme, rest);
          default -> throw refused(url, scheme, "its scheme ends with neither +unix nor +fd");
        });
  }

  private static @Nullable GatewayProtocol protocol(String url, String scheme) {
    if (scheme.equals(HTTP)) {
      return null;
    }
    List<String> known = new ArrayList<>(List.of(HTTP));
    for (GatewayProtocol protocol : GatewayProtocol.values()) {
      if (protocol.scheme().equals(scheme)) {
        return protocol;
      }
      known.add(protocol.scheme());
    }
    throw new IllegalArgumentException(
        "bind: '%s': found the scheme %s, expected one of %s"
            .formatted(url, scheme, String.join(", ", known)));
  }

  private static Tcp tcp(String url, String scheme) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw refused(url, scheme, "it is no URL");
    }
    if (uri.getHost() == null) {
      throw refused(url, scheme, "it has no host");
    }
    if (uri.getPort() < 0) {
      throw refused(url, scheme, "it has no port");
    }
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw refused(url, scheme, "it has more than a host and a port");
    }
    if (!uri.getRawPath().isEmpty() && !uri.getRawPath().equals("/")) {
      throw refused(
          url,
          scheme,
          "it has a path (to serve below one, add --script-name " + uri.getRawPath() + ")");
    }
    if (uri.getPort() > MAX_PORT) {
      throw new IllegalArgumentException(
          "bind: '%s': %s".formatted(url, portOutOfRange(uri.getPort())));
    }
    String host = uri.getHost();
    return new Tcp(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host, uri.getPort());
  }

  private static Unix unix(String url, String scheme, String rest) {
    if (!rest.startsWith("///") || rest.endsWith("/")) {
      throw refused(url, scheme, "it has no absolute path of a socket, such as ///run/app.sock");
    }
    try {
      return new Unix(Path.of(rest.substring("//".length())));
    } catch (InvalidPathException e) {
      throw refused(url, scheme, "its path can be no file's: " + e.getReason());
    }
  }

  private static Inherited inherited(String url, String scheme, String rest) {
    if (!rest.equals("0")) {
      throw refused(url, scheme, "only a socket on fd 0 can be taken over");
    }
    return new Inherited();
  }

  private static String portOutOfRange(int port) {
    return "found port %d, expected 0 (any free one) to %d".formatted(port, MAX_PORT);
  }

  private static IllegalArgumentException refused(String url, String scheme, String found) {
    return new IllegalArgumentException(
        "bind: '%1$s': %2$s; expected %3$s://HOST:PORT, such as %3$s://127.0.0.1:8080 (port 0 picks a free one), %3$s+unix:///PATH, or %3$s+fd:0"
            .formatted(url, found, scheme));
  }

  /** Whether this listens on every address of the machine. */
  public boolean everywhere() {
    return address instanceof Tcp tcp && (tcp.host().equals("0.0.0.0") || tcp.host().equals("::"));
  }

  /** The TCP port; 0 where there is none, or any will do. */
  public int port() {
    return address instanceof Tcp tcp ? tcp.port() : 0;
  }

  /** The URL. */
  @Override
  public String toString() {
    return (protocol == null ? HTTP : protocol.scheme()) + address;
  }
}
