package dev.wsgibridge.jetty;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.NanoTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection on which nothing more is said: its other side hears the end, and what it still sends
 * is read and dropped, until it ends too (RFC 9112, 9.6). Were it closed at once, what comes then
 * would be answered with a reset, which takes the rest of the response with it.
 */
final class Lingering extends AbstractConnection implements Connection.UpgradeTo {

  private static final Logger LOG = LoggerFactory.getLogger(Lingering.class);

  /** How long the other side may go on sending what nobody reads. */
  static final long NANOS = 30_000_000_000L;

  /** How long it may keep silent. */
  private static final long SILENCE_MILLIS = 5000;

  /** How long what was sent may take before the reset that would overtake it. */
  static final long RESET_MILLIS = 200;

  private static final int BUFFER_BYTES = 16 * 1024;

  /** How the other side hears of the end. */
  enum End {
    /** There is no more. */
    FIN,
    /** There should have been more: where nothing else tells a part from the whole. */
    RESET
  }

  private final Connector connector;
  private final End end;
  private final long since = NanoTime.now();

  Lingering(EndPoint endPoint, Connector connector, End end) {
    super(endPoint, connector.getExecutor());
    this.connector = connector;
    this.end = end;
  }

  @Override
  public void onUpgradeTo(ByteBuffer unread) {
    BufferUtil.clear(unread);
  }

  @Override
  public void onOpen() {
    super.onOpen();
    EndPoint endPoint = getEndPoint();
    endPoint.setIdleTimeout(SILENCE_MILLIS);
    if (end == End.RESET) {
      reset(endPoint, connector);
    } else {
      endPoint.shutdownOutput();
    }
    fillInterested();
  }

  /**
   * Ends a TCP connection with a reset, once what was sent had time to arrive. A Unix domain socket
   * has no such end, and is closed.
   */
  static void reset(EndPoint endPoint, Connector connector) {
    if (endPoint.getTransport() instanceof NetworkChannel channel
        && channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)
        && endPoint.getRemoteSocketAddress() instanceof InetSocketAddress) {
      try {
        // From now on any way to close it is one.
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        connector.getScheduler().schedule(endPoint::close, RESET_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (IOException e) {
        LOG.debug("{}: no reset", endPoint, e);
      }
    }
    endPoint.close();
  }

  @Override
  public void onFillable() {
    RetainableByteBuffer buffer = connector.getByteBufferPool().acquire(BUFFER_BYTES, true);
    try {
      int filled;
      do {
        BufferUtil.clear(buffer.getByteBuffer());
        filled = getEndPoint().fill(buffer.getByteBuffer());
      } while (filled > 0 && NanoTime.since(since) < NANOS);
      if (filled == 0) {
        fillInterested();
      } else {
        getEndPoint().close();
      }
    } catch (IOException e) {
      LOG.debug("{}: gone", this, e);
      getEndPoint().close();
    } finally {
      buffer.release();
    }
  }
}
