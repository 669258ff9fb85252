package dev.wsgibridge.jetty;

import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** One connection of a {@link ListeningConnector}. */
final class ListeningEndPoint extends SendfileEndPoint {

  private final Relief.Lane lane;

  ListeningEndPoint(
      SocketChannel channel,
      ManagedSelector selector,
      SelectionKey key,
      Scheduler scheduler,
      Relief.Lane lane) {
    super(channel, selector, key, scheduler);
    this.lane = lane;
  }

  @Override
  public @Nullable Runnable onSelected() {
    Runnable task = super.onSelected();
    return task == null ? null : lane.turn(task);
  }
}
