package dev.wsgibridge.jetty;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The listening socket on fd 0, as mod_fcgid, spawn-fcgi and systemd leave it there.
 *
 * <p>It is never closed: it belongs to whoever opened it, and a JDK that closes it turns standard
 * output and the log on standard error into {@code /dev/null} at the same time. What connects after
 * {@link #close} waits for the next process that takes it over.
 */
final class InheritedSocket extends ListeningSocket {

  /** A thread that waits in accept() itself can only be woken by closing the socket. */
  private final Selector selector;

  private InheritedSocket(ServerSocketChannel channel, Selector selector) {
    super(channel);
    this.selector = selector;
  }

  /** The process's own. */
  static InheritedSocket take() throws IOException {
    Channel channel = System.inheritedChannel();
    if (!(channel instanceof ServerSocketChannel listening)
        || (listening.getLocalAddress() instanceof InetSocketAddress bound
            && bound.getPort() == 0)) {
      throw new IOException(
          "found %s on fd 0, expected a listening socket, which mod_fcgid, spawn-fcgi or systemd (StandardInput=socket) leaves there; to open one here, use HOST:PORT or +unix:///PATH"
              .formatted(found(channel)));
    }
    listening.configureBlocking(false);
    Selector selector = Selector.open();
    listening.register(selector, SelectionKey.OP_ACCEPT);
    return new InheritedSocket(listening, selector);
  }

  private static String found(@Nullable Channel channel) {
    if (channel == null) {
      return "no socket";
    }
    if (channel instanceof SocketChannel) {
      return "a connection";
    }
    return channel instanceof DatagramChannel
        ? "a datagram socket"
        : "a socket that does not listen";
  }

  @Override
  @Nullable SocketChannel accept() throws IOException {
    selector.select();
    selector.selectedKeys().clear();
    // Another process may have been quicker.
    return selector.isOpen() ? channel.accept() : null;
  }

  @Override
  boolean isOpen() {
    return selector.isOpen();
  }

  @Override
  public void close() throws IOException {
    selector.close();
  }
}
