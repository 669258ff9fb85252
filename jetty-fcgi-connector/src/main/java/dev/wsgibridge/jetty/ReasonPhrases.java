package dev.wsgibridge.jetty;

import dev.wsgibridge.servlet.WsgiServlet;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Sends the application's own reason phrase, for which the servlet API has no place. */
final class ReasonPhrases extends Handler.Wrapper {

  private static final String NONE = "";

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    request.setAttribute(WsgiServlet.REASON_PHRASE, NONE);
    request.addHttpStreamWrapper(stream -> new ReasonStream(stream, request));
    return super.handle(request, response, callback);
  }

  private static final class ReasonStream extends HttpStream.Wrapper {

    private final Request request;

    ReasonStream(HttpStream stream, Request request) {
      super(stream);
      this.request = request;
    }

    @Override
    public void send(
        MetaData.Request asked,
        MetaData.@Nullable Response head,
        boolean last,
        ByteBuffer content,
        Callback callback) {
      super.send(asked, head == null ? null : reasoned(head), last, content, callback);
    }

    private MetaData.Response reasoned(MetaData.Response head) {
      // An interim 100 comes before the application has given its reason.
      return request.getAttribute(WsgiServlet.REASON_PHRASE) instanceof String reason
              && !reason.equals(NONE)
          ? new MetaData.Response(
              head.getStatus(),
              reason,
              head.getHttpVersion(),
              head.getHttpFields(),
              head.getContentLength(),
              head.getTrailersSupplier())
          : head;
    }
  }
}
