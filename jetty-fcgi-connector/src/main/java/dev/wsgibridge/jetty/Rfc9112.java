package dev.wsgibridge.jetty;

import java.nio.ByteBuffer;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/** What RFC 9112 asks of an HTTP/1 server beyond what Jetty does by itself. */
final class Rfc9112 extends Handler.Wrapper {

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    ConnectionMetaData connection = request.getConnectionMetaData();
    if (connection.getConnection() instanceof GatewayConnection) {
      return super.handle(request, response, callback);
    }
    Stream.around(request);
    List<String> codings = request.getHeaders().getCSV(HttpHeader.TRANSFER_ENCODING, false);
    if (!codings.isEmpty()) {
      if (codings.size() > 1) {
        // 6.1: of codings we have chunked alone.
        response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
        Response.writeError(request, response, callback, HttpStatus.NOT_IMPLEMENTED_501);
        return true;
      }
      if (isHttp10(connection)) {
        // 6.1: what follows may have been framed otherwise by who forwarded it.
        response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
      }
    }
    return super.handle(targeted(request), response, callback);
  }

  private static boolean isHttp10(ConnectionMetaData connection) {
    return connection.getHttpVersion() == HttpVersion.HTTP_1_0;
  }

  /** 3.2.2: a target in absolute form names the host, whatever Host says. */
  private static Request targeted(Request request) {
    HttpURI uri = request.getHttpURI();
    String host = request.getHeaders().get(HttpHeader.HOST);
    boolean otherHost = host != null && !isHost(host, uri);
    // There is no TLS here: a scheme in the target is the client's word alone.
    boolean otherScheme = !HttpScheme.HTTP.is(uri.getScheme());
    if ((!otherHost && !otherScheme) || HttpMethod.CONNECT.is(request.getMethod())) {
      return request;
    }
    HttpURI told = otherScheme ? HttpURI.build(uri).scheme(HttpScheme.HTTP).asImmutable() : uri;
    HttpFields headers =
        otherHost
            ? HttpFields.build(request.getHeaders())
                .put(HttpHeader.HOST, uri.getAuthority())
                .asImmutable()
            : request.getHeaders();
    return new Request.Wrapper(request) {
      @Override
      public HttpURI getHttpURI() {
        return told;
      }

      @Override
      public boolean isSecure() {
        return false;
      }

      @Override
      public HttpFields getHeaders() {
        return headers;
      }
    };
  }

  private static boolean isHost(String host, HttpURI uri) {
    String authority = uri.getAuthority();
    if (authority == null || authority.equalsIgnoreCase(host)) {
      return true;
    }
    HostPort told = new HostPort(host);
    return told.getHost().equalsIgnoreCase(uri.getHost())
        && port(told.getPort()) == port(uri.getPort());
  }

  private static int port(int told) {
    return told > 0 ? told : HttpScheme.HTTP.getDefaultPort();
  }

  /** A request and its response, on their way between Jetty and its handlers. */
  private static final class Stream extends HttpStream.Wrapper {

    private final Request request;
    private final ConnectionMetaData connection;

    /** Bytes of the request's body: 0 where there is none, -1 where it is sent in chunks. */
    private final long length;

    // The channel's lock lies between a thread that reads and one that writes.
    private long received;
    private boolean receivedAll;
    private boolean framed = true;
    private boolean whole;

    private Stream(HttpStream stream, Request request) {
      super(stream);
      this.request = request;
      connection = request.getConnectionMetaData();
      HttpFields headers = request.getHeaders();
      length =
          headers.contains(HttpHeader.TRANSFER_ENCODING)
              ? -1
              : Math.max(0, headers.getLongField(HttpHeader.CONTENT_LENGTH));
    }

    static void around(Request request) {
      request.addHttpStreamWrapper(stream -> new Stream(stream, request));
    }

    @Override
    public Content.@Nullable Chunk read() {
      Content.Chunk chunk = super.read();
      if (chunk != null) {
        received += chunk.remaining();
        receivedAll |= chunk.isLast();
      }
      return chunk;
    }

    @Override
    public void send(
        MetaData.Request asked,
        MetaData.@Nullable Response head,
        boolean last,
        @Nullable ByteBuffer content,
        Callback callback) {
      MetaData.Response sent = head;
      if (head != null) {
        if (HttpStatus.isInformational(head.getStatus())) {
          if (isHttp10(connection)) {
            // RFC 9110, 10.1.1: its Expect is to be ignored; it knows of no interim response.
            callback.succeeded();
            return;
          }
        } else {
          sent = framed(head, last);
        }
      }
      whole |= last;
      super.send(asked, sent, last, content, callback);
    }

    /**
     * Says {@code Connection: close} wherever it holds: Jetty forgets it when the head is long. And
     * sends chunks where the end of the connection would be the end of the body (6.3): a client
     * couldn't tell that from a response that was broken off.
     */
    private MetaData.Response framed(MetaData.Response head, boolean last) {
      boolean closes = isBodyLeft(last) || !connection.isPersistent();
      boolean open =
          !last
              && head.getContentLength() < 0
              && !head.getHttpFields().contains(HttpHeader.CONTENT_LENGTH)
              && head.getStatus() != HttpStatus.NO_CONTENT_204
              && head.getStatus() != HttpStatus.NOT_MODIFIED_304;
      boolean chunks = !isHttp10(connection);
      framed = !open || chunks;
      if (!closes) {
        return head;
      }
      HttpFields.Mutable fields = HttpFields.build(head.getHttpFields());
      fields.ensureField(HttpFields.CONNECTION_CLOSE);
      if (open && chunks) {
        fields.put(new HttpField(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED.asString()));
      }
      return new MetaData.Response(
          head.getStatus(),
          head.getReason(),
          head.getHttpVersion(),
          fields.asImmutable(),
          head.getContentLength(),
          head.getTrailersSupplier());
    }

    /**
     * Whether more of the request's body is to come than is here by now. Then this is the last
     * response on the connection, and the client is to know.
     */
    private boolean isBodyLeft(boolean last) {
      if (receivedAll || received == length) {
        return false;
      }
      return !last || consumeAvailable() != null;
    }

    @Override
    public void succeeded() {
      if (!connection.isPersistent() && isQuiet()) {
        linger(Lingering.End.FIN);
      }
      super.succeeded();
    }

    @Override
    public void failed(Throwable reason) {
      if (isQuiet()) {
        // The response is whole, but not the request (9.6); or the application has failed.
        linger(whole || framed ? Lingering.End.FIN : Lingering.End.RESET);
        super.succeeded();
      } else {
        super.failed(reason);
      }
    }

    /** Whether the connection is open, and nothing is being written. */
    private boolean isQuiet() {
      return isCommitted()
          && connection.getConnection().getEndPoint() instanceof AbstractEndPoint endPoint
          && endPoint.isOpen()
          && !endPoint.isFillInterested()
          && !endPoint.getWriteFlusher().isFailed()
          && !endPoint.getWriteFlusher().isPending();
    }

    private void linger(Lingering.End end) {
      request.setAttribute(
          UPGRADE_CONNECTION_ATTRIBUTE,
          new Lingering(connection.getConnection().getEndPoint(), connection.getConnector(), end));
    }
  }
}
