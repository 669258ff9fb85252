package dev.wsgibridge.jetty;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Rule;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/**
 * The client's connection to the front, as the params of a request tell it. Belongs to a channel,
 * for one request after the other.
 */
final class RequestMetaData extends ConnectionMetaData.Wrapper {

  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[\\w.~%!$&'()*+;=-]*)(?::(\\d{0,5}))?");

  private CgiParams params = CgiParams.builder().build();
  private boolean secure;

  RequestMetaData(ConnectionMetaData connection) {
    super(connection);
  }

  /**
   * The request that the params make; from now on its connection is told.
   *
   * @param contentLength bytes, -1 where it isn't known
   * @throws IllegalArgumentException they make none: the message tells why
   */
  MetaData.Request request(CgiParams params, long contentLength) {
    String method = params.method();
    boolean secure = params.isSecure();
    HttpURI.Mutable uri = HttpURI.build(method, text(params.target()));
    uri.scheme(secure ? "https" : "http");
    uri.authority(params.serverName(), params.serverPort());
    HttpFields.Mutable fields = HttpFields.build();
    boolean sized = false;
    for (int i = 0; i < params.size(); i++) {
      String param = params.name(i);
      String name = Environ.headerName(param);
      if (name == null || (isBody(param) && !CgiParams.isTold(param, params.value(i)))) {
        continue;
      }
      HttpField field = new HttpField(name, params.value(i));
      if (field.getHeader() == HttpHeader.HOST) {
        field = new HttpField(name, host(params.value(i)));
      }
      if (field.getHeader() == HttpHeader.CONTENT_LENGTH) {
        // It may come twice, but does not differ then.
        if (sized) {
          continue;
        }
        sized = true;
      }
      // The front has answered it, or will.
      if (field.getHeader() != HttpHeader.EXPECT) {
        fields.add(field);
      }
    }
    this.params = params;
    this.secure = secure;
    return new MetaData.Request(
        NanoTime.now(), method, uri.asImmutable(), HttpVersion.HTTP_1_1, fields, contentLength);
  }

  /**
   * A Host (RFC 9110, 7.2) as Jetty takes it, which may end with a colon and no port (RFC 3986,
   * 3.2.3). It is checked here, for Jetty takes any other for a fault of the server's.
   */
  private static String host(String value) {
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

  private static boolean isBody(String param) {
    return param.equals(Environ.CONTENT_TYPE) || param.equals(Environ.CONTENT_LENGTH);
  }

  /** As Jetty reads a request line: bytes above 7F are UTF-8. */
  private static String text(String latin1) {
    for (int i = 0; i < latin1.length(); i++) {
      if (latin1.charAt(i) > 0x7F) {
        return new String(latin1.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      }
    }
    return latin1;
  }

  @Override
  public HttpVersion getHttpVersion() {
    return HttpVersion.HTTP_1_1;
  }

  @Override
  public String getProtocol() {
    String protocol = params.last(Environ.SERVER_PROTOCOL);
    return protocol == null ? "HTTP/1.0" : protocol;
  }

  @Override
  public boolean isSecure() {
    return secure;
  }

  @Override
  public @Nullable SocketAddress getRemoteSocketAddress() {
    String address = params.last(Environ.REMOTE_ADDR);
    return address == null || address.isEmpty()
        ? super.getRemoteSocketAddress()
        : InetSocketAddress.createUnresolved(address, params.remotePort());
  }

  @Override
  public HostPort getServerAuthority() {
    return new HostPort(params.serverName(), params.serverPort());
  }
}
