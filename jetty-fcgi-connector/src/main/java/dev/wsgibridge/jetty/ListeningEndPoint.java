package dev.wsgibridge.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection of a {@link ListeningConnector}. */
final class ListeningEndPoint extends SendfileEndPoint {

  private static final Logger LOG = LoggerFactory.getLogger(ListeningEndPoint.class);

  private final Relief.Lane lane;

  /** A byte that was read before its time; -1 for none. */
  private volatile int ahead = -1;

  ListeningEndPoint(
      SocketChannel channel,
      ManagedSelector selector,
      SelectionKey key,
      Scheduler scheduler,
      Relief.Lane lane) {
    super(channel, selector, key, scheduler);
    this.lane = lane;
  }

  /**
   * Whether the client has closed its end of the connection, or all of it. To be asked while nobody
   * reads: it takes the next byte, where that has come, which is then the next to be read.
   */
  boolean clientLeft() {
    if (!isOpen()) {
      return true;
    }
    if (ahead >= 0) {
      return false;
    }
    ByteBuffer next = ByteBuffer.allocate(1);
    try {
      int count = getChannel().read(next);
      if (count > 0) {
        ahead = next.get(0) & 0xFF;
      }
      return count < 0;
    } catch (IOException e) {
      LOG.debug("the client has left", e);
      return true;
    }
  }

  @Override
  public int fill(ByteBuffer buffer) throws IOException {
    int first = ahead;
    if (first < 0 || BufferUtil.space(buffer) == 0) {
      return super.fill(buffer);
    }
    ahead = -1;
    int position = BufferUtil.flipToFill(buffer);
    buffer.put((byte) first);
    BufferUtil.flipToFlush(buffer, position);
    // The end, if that has come, is told the next time.
    return BufferUtil.space(buffer) == 0 ? 1 : 1 + Math.max(0, super.fill(buffer));
  }

  /** Of what was read ahead the selector would not tell. */
  @Override
  protected void needsFillInterest() {
    if (ahead < 0) {
      super.needsFillInterest();
    } else {
      lane.execute(getFillInterest()::fillable);
    }
  }

  @Override
  public @Nullable Runnable onSelected() {
    Runnable task = super.onSelected();
    return task == null ? null : lane.turn(task);
  }
}
