package dev.wsgibridge.jetty;

import dev.wsgibridge.servlet.WsgiServlet;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the application's own reason phrase, for which the servlet API has no place, and its
 * Content-Type, which a servlet response takes apart and puts together in its own way. Where a head
 * is longer than it may be, the client gets 500 instead, by each protocol.
 */
final class AsWritten extends Handler.Wrapper {

  private static final Logger LOG = LoggerFactory.getLogger(AsWritten.class);

  private static final String NONE = "";

  private static final byte[] ERROR_PAGE =
      "Internal Server Error\n".getBytes(StandardCharsets.US_ASCII);

  private static final HttpFields ERROR_HEADERS =
      HttpFields.build()
          .put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8")
          .put(HttpHeader.CONTENT_LENGTH, ERROR_PAGE.length)
          .asImmutable();

  /** What stands in a head beside reason, names and values: of the status line, of each header. */
  private static final int STATUS_LINE_BYTES = "HTTP/1.1 200 \r\n\r\n".length();

  private static final int HEADER_BYTES = ": \r\n".length();

  private final int headBytes;

  /**
   * Lets heads of responses pass.
   *
   * @param headBytes how long they may be
   */
  AsWritten(int headBytes) {
    this.headBytes = headBytes;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    request.setAttribute(WsgiServlet.REASON_PHRASE, NONE);
    request.setAttribute(WsgiServlet.CONTENT_TYPE, NONE);
    request.addHttpStreamWrapper(stream -> new Written(stream, request, headBytes));
    return super.handle(request, response, callback);
  }

  private static final class Written extends HttpStream.Wrapper {

    private final Request request;
    private final int headBytes;
    private boolean refused;

    Written(HttpStream stream, Request request, int headBytes) {
      super(stream);
      this.request = request;
      this.headBytes = headBytes;
    }

    @Override
    public void send(
        MetaData.Request asked,
        MetaData.@Nullable Response head,
        boolean last,
        @Nullable ByteBuffer content,
        Callback callback) {
      if (refused) {
        callback.succeeded();
        return;
      }
      MetaData.Response written = head == null ? null : written(head);
      int length = written == null ? 0 : length(written);
      if (written != null && length > headBytes) {
        refused = true;
        LOG.warn(
            "{} {}: found a response whose head has {} bytes, expected at most {} (--max-response-head); the client gets 500",
            asked.getMethod(),
            request.getHttpURI().getPath(),
            length,
            headBytes);
        super.send(asked, error(written), true, ByteBuffer.wrap(ERROR_PAGE), callback);
      } else {
        super.send(asked, written, last, content, callback);
      }
    }

    private static int length(MetaData.Response head) {
      int length = STATUS_LINE_BYTES + (head.getReason() == null ? 0 : head.getReason().length());
      for (HttpField field : head.getHttpFields()) {
        String value = field.getValue();
        length += field.getName().length() + HEADER_BYTES + (value == null ? 0 : value.length());
      }
      return length;
    }

    private static MetaData.Response error(MetaData.Response head) {
      return new MetaData.Response(
          HttpStatus.INTERNAL_SERVER_ERROR_500,
          "Internal Server Error",
          head.getHttpVersion(),
          ERROR_HEADERS,
          ERROR_PAGE.length);
    }

    private MetaData.Response written(MetaData.Response head) {
      // An interim 100 comes before the application has given either.
      String reason = given(WsgiServlet.REASON_PHRASE);
      String type = given(WsgiServlet.CONTENT_TYPE);
      HttpFields fields = head.getHttpFields();
      boolean retyped = type != null && !type.equals(fields.get(HttpHeader.CONTENT_TYPE));
      return reason == null && !retyped
          ? head
          : new MetaData.Response(
              head.getStatus(),
              reason == null ? head.getReason() : reason,
              head.getHttpVersion(),
              retyped
                  ? HttpFields.build(fields).put(HttpHeader.CONTENT_TYPE, type).asImmutable()
                  : fields,
              head.getContentLength(),
              head.getTrailersSupplier());
    }

    private @Nullable String given(String attribute) {
      return request.getAttribute(attribute) instanceof String given && !given.equals(NONE)
          ? given
          : null;
    }
  }
}
