package dev.wsgibridge.jetty;

import dev.wsgibridge.Rule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP connection that one thread at a time reads, and that answers a malformed request itself.
 *
 * <p>Jetty has a malformed request answered by another thread, which then has the connection read
 * on, while the first may not be done with its buffer. Both give that back to the pool, two other
 * connections get it, and bytes of one client are another's (Jetty 12.1.14; docs/containers.md has
 * the figures). And it leaves the connection half open until its idle timeout.
 */
final class ReadByOne extends HttpConnection {

  private static final Logger LOG = LoggerFactory.getLogger(ReadByOne.class);

  private final AtomicInteger asked = new AtomicInteger();

  private ReadByOne(HttpConfiguration configuration, Connector connector, EndPoint endPoint) {
    super(configuration, connector, endPoint);
  }

  @Override
  public void onFillable() {
    if (asked.getAndIncrement() > 0) {
      return; // Whoever reads does so once more.
    }
    int answered = 0;
    do {
      answered = asked.get();
      super.onFillable();
    } while (asked.addAndGet(-answered) > 0);
  }

  @Override
  protected RequestHandler newRequestHandler() {
    return new Checked();
  }

  /** Takes what the parser tells, where Jetty is stricter or laxer than RFC 9110 and 9112 ask. */
  private final class Checked extends RequestHandler {

    private String method = "";
    private boolean absolute;

    /** The last one found right; clients on kept connections say the same again. */
    private String host = "";

    @Override
    public void messageBegin() {
      method = "";
      super.messageBegin();
    }

    @Override
    public void startRequest(String method, String uri, HttpVersion version) {
      this.method = method;
      String authority = uri.startsWith("/") ? null : authority(uri);
      absolute = authority != null;
      if (authority != null && HostHeader.checked(authority).isEmpty()) {
        throw new IllegalArgumentException(
            "found the target %s, expected a host in it".formatted(Rule.quoted(uri)));
      }
      super.startRequest(method, uri, version);
    }

    /** Of a target in absolute form, with what stands before the host; null for any other. */
    private static @Nullable String authority(String uri) {
      int scheme = uri.indexOf("://");
      if (scheme <= 0) {
        return null;
      }
      int begin = scheme + "://".length();
      int end = begin;
      while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
        end++;
      }
      return uri.substring(begin, end);
    }

    @Override
    public void parsedHeader(HttpField field) {
      HttpHeader header = field.getHeader();
      String value = field.getValue() == null ? "" : field.getValue();
      boolean nameAlone = header == HttpHeader.UPGRADE;
      if (header == HttpHeader.HOST && (value.isEmpty() || !value.equals(host))) {
        nameAlone = HostHeader.checked(value).isEmpty() && !absolute;
        host = value;
      }
      // By name alone they are the application's: Jetty refuses an empty Host, and an Upgrade
      // without the connection option, which is to be ignored (RFC 9112, 3.2; RFC 9110, 7.8).
      super.parsedHeader(nameAlone ? new HttpField(null, field.getName(), value) : field);
    }

    @Override
    public void badMessage(HttpException failure) {
      refuse(failure, HttpMethod.HEAD.is(method));
    }
  }

  /** Answers in the place of a handler; nothing more is read. */
  private void refuse(HttpException failure, boolean isHead) {
    EndPoint endPoint = getEndPoint();
    String reason = PlainErrors.phrase(failure.getCode());
    LOG.info(
        "HTTP: {} {}{}; from {}",
        failure.getCode(),
        reason,
        why(failure),
        endPoint.getRemoteSocketAddress());
    String page = reason + "\n";
    String response =
        "HTTP/1.1 %d %s\r\n%s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            .formatted(
                failure.getCode(),
                reason,
                getServer().getDateField(),
                page.length(),
                isHead ? "" : page);
    try {
      // The response before this one has gone out whole. Who has no room for this one gets none.
      if (endPoint.flush(ByteBuffer.wrap(response.getBytes(StandardCharsets.US_ASCII)))) {
        endPoint.upgrade(new Lingering(endPoint, getConnector(), Lingering.End.FIN));
        return;
      }
    } catch (IOException e) {
      LOG.debug("{}: gone", this, e);
    }
    endPoint.close();
  }

  private static String why(HttpException failure) {
    Throwable cause = ((Throwable) failure).getCause();
    String why =
        cause == null || cause.getMessage() == null ? failure.getReason() : cause.getMessage();
    return why == null ? "" : ": " + why;
  }

  /** Makes them. */
  static final class Factory extends HttpConnectionFactory {

    Factory(HttpConfiguration configuration) {
      super(configuration);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
      ReadByOne connection = new ReadByOne(getHttpConfiguration(), connector, endPoint);
      connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
      return configure(connection, connector, endPoint);
    }
  }
}
