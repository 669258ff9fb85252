package dev.wsgibridge.jetty;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A socket that takes connections. Its user closes it. */
class ListeningSocket implements Closeable {

  /** Connections that may wait until they are taken. */
  static final int BACKLOG = 1024;

  final ServerSocketChannel channel;

  ListeningSocket(ServerSocketChannel channel) {
    this.channel = channel;
  }

  /** Takes a TCP port; 0 for any free one. */
  static ListeningSocket tcp(Bind.Tcp at) throws IOException {
    InetSocketAddress address = new InetSocketAddress(at.host(), at.port());
    if (address.isUnresolved()) {
      throw new IOException("the host is not known here");
    }
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, BACKLOG);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    return new ListeningSocket(channel);
  }

  /** Where it listens. */
  final SocketAddress address() throws IOException {
    return channel.getLocalAddress();
  }

  /**
   * Waits for a connection. {@link #close} ends the wait.
   *
   * @return null where there was one that is gone
   */
  @Nullable SocketChannel accept() throws IOException {
    return channel.accept();
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
