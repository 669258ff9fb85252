package dev.wsgibridge.jetty;

import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;

/**
 * An HTTP connection that one thread at a time reads.
 *
 * <p>Jetty has a malformed request answered by another thread, which then has the connection read
 * on, while the first may not be done with its buffer. Both give that back to the pool, two other
 * connections get it, and bytes of one client are another's (Jetty 12.1.14; docs/containers.md has
 * the figures).
 */
final class ReadByOne extends HttpConnection {

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
