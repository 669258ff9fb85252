package dev.wsgibridge.jetty;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Counts the requests that are being answered, so that a server can wait for them before it stops.
 *
 * <p>A request that comes in during the wait, on a connection that was open before, is answered
 * like any other and told that the connection ends. (Jetty's own GracefulHandler would answer 503.)
 */
final class InFlight extends Handler.Wrapper {

  /** The server itself counts as one until it stops. */
  private final AtomicInteger count = new AtomicInteger(1);

  private final CountDownLatch none = new CountDownLatch(1);
  private volatile boolean stopping;

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    count.incrementAndGet();
    Request.addCompletionListener(request, failure -> ended());
    if (stopping) {
      response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
    }
    return super.handle(request, response, callback);
  }

  private void ended() {
    if (count.decrementAndGet() == 0) {
      none.countDown();
    }
  }

  /**
   * Waits until no request is in flight. To be called once.
   *
   * @return whether that was so within {@code timeout}
   */
  boolean await(Duration timeout) throws InterruptedException {
    stopping = true;
    ended();
    return none.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }
}
