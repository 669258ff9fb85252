package dev.wsgibridge.jetty;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Knows the requests that are being answered, so that a server can stop without losing one.
 *
 * <p>A request that comes in meanwhile, on a connection that was open before, is answered like any
 * other. Each head that goes out from then on says that the connection ends. (Jetty's own
 * GracefulHandler would answer 503.)
 */
final class InFlight extends Handler.Wrapper {

  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean stopping;

  /** Requests that wait while listening sockets are closed; null at all other times. */
  private volatile @Nullable List<Runnable> held;

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    ListeningEndPoint endPoint = endPoint(request);
    count.incrementAndGet();
    if (endPoint != null) {
      endPoint.begun();
    }
    request.addHttpStreamWrapper(stream -> new Counted(stream, endPoint));
    return hold(request, response, callback) || super.handle(request, response, callback);
  }

  private static @Nullable ListeningEndPoint endPoint(Request request) {
    return request.getConnectionMetaData().getConnection().getEndPoint()
            instanceof ListeningEndPoint endPoint
        ? endPoint
        : null;
  }

  private final class Counted extends HttpStream.Wrapper {

    private final @Nullable ListeningEndPoint endPoint;

    Counted(HttpStream stream, @Nullable ListeningEndPoint endPoint) {
      super(stream);
      this.endPoint = endPoint;
    }

    @Override
    public void send(
        MetaData.Request asked,
        MetaData.@Nullable Response head,
        boolean last,
        @Nullable ByteBuffer content,
        Callback callback) {
      super.send(
          asked, head != null && stopping ? lastOfConnection(head) : head, last, content, callback);
    }

    private static MetaData.Response lastOfConnection(MetaData.Response head) {
      if (HttpStatus.isInformational(head.getStatus())) {
        return head;
      }
      HttpFields.Mutable fields = HttpFields.build(head.getHttpFields());
      fields.ensureField(HttpFields.CONNECTION_CLOSE);
      return new MetaData.Response(
          head.getStatus(),
          head.getReason(),
          head.getHttpVersion(),
          fields.asImmutable(),
          head.getContentLength(),
          head.getTrailersSupplier());
    }

    @Override
    public void succeeded() {
      try {
        super.succeeded();
      } finally {
        ended();
      }
    }

    @Override
    public void failed(Throwable reason) {
      try {
        super.failed(reason);
      } finally {
        ended();
      }
    }

    private void ended() {
      count.decrementAndGet();
      if (endPoint != null) {
        endPoint.ended();
      }
    }
  }

  // ------------------------------------------------------------ stopping

  /**
   * From now on requests wait, until {@link #release}. Clients that would come back at once, on a
   * new connection, don't: so there is a moment at which nobody knocks at a socket that is closed.
   */
  void hold() {
    stopping = true;
    held = new ArrayList<>();
  }

  private boolean hold(Request request, Response response, Callback callback) {
    List<Runnable> waiting = held;
    if (waiting == null) {
      return false;
    }
    synchronized (waiting) {
      return held != null && waiting.add(() -> handleHeld(request, response, callback));
    }
  }

  private void handleHeld(Request request, Response response, Callback callback) {
    try {
      if (!super.handle(request, response, callback)) {
        Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
      }
    } catch (Exception e) {
      Response.writeError(request, response, callback, e);
    }
  }

  /** Has the requests answered that were held. */
  void release(Executor executor) {
    List<Runnable> waiting = held;
    if (waiting == null) {
      return;
    }
    synchronized (waiting) {
      held = null;
    }
    waiting.forEach(executor::execute);
  }

  /** How many requests are being answered. */
  int count() {
    return count.get();
  }
}
