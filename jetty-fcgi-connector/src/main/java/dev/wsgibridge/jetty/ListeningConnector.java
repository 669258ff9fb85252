package dev.wsgibridge.jetty;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections from a {@link ListeningSocket} that is open before the server starts, and whose
 * closing leaves open connections alone.
 *
 * <p>Jetty's own have a class for TCP, and one for Unix domain sockets that opens its socket only
 * when it starts and can't be stopped where the socket was inherited.
 */
final class ListeningConnector extends AbstractConnector {

  private final ListeningSocket listening;
  private final SelectorManager selectors;

  /** One thread accepts, another waits for what the connections bring. */
  ListeningConnector(Server server, ListeningSocket listening, ConnectionFactory factory) {
    super(server, null, null, null, 1, factory);
    this.listening = listening;
    selectors = new Selectors(getExecutor(), getScheduler());
    installBean(selectors, true);
  }

  @Override
  protected void accept(int acceptor) throws IOException {
    SocketChannel channel = listening.accept();
    if (channel == null) {
      return;
    }
    try {
      channel.configureBlocking(false);
      if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
    } catch (IOException e) {
      // It was gone before it was taken, which is no failure of the listening socket.
      channel.close();
      return;
    }
    selectors.accept(channel);
  }

  /** Whether to go on; not where the failure is the end that was asked for. */
  @Override
  protected boolean handleAcceptFailure(Throwable failure) {
    return listening.isOpen() && super.handleAcceptFailure(failure);
  }

  /** No more connections; those that are open stay. */
  void close() throws IOException {
    listening.close();
  }

  @Override
  protected void doStop() throws Exception {
    close();
    super.doStop();
  }

  @Override
  public @Nullable Object getTransport() {
    return listening.channel;
  }

  private final class Selectors extends SelectorManager {

    Selectors(Executor executor, Scheduler scheduler) {
      super(executor, scheduler, 1);
    }

    @Override
    protected EndPoint newEndPoint(
        SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
      SendfileEndPoint endPoint =
          new SendfileEndPoint((SocketChannel) channel, selector, key, getScheduler());
      endPoint.setIdleTimeout(getIdleTimeout());
      return endPoint;
    }

    @Override
    public Connection newConnection(
        SelectableChannel channel, EndPoint endPoint, @Nullable Object attachment) {
      return getDefaultConnectionFactory().newConnection(ListeningConnector.this, endPoint);
    }

    @Override
    protected void endPointOpened(EndPoint endPoint) {
      super.endPointOpened(endPoint);
      onEndPointOpened(endPoint);
    }

    @Override
    protected void endPointClosed(EndPoint endPoint) {
      onEndPointClosed(endPoint);
      super.endPointClosed(endPoint);
    }
  }
}
