package dev.wsgibridge.jetty;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
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
        field = new HttpField(name, HostHeader.checked(params.value(i)));
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
