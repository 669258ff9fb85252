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

  /** Of a socket whose channel does not block from now on. */
  ListeningSocket(ServerSocketChannel channel) throws IOException {
    this.channel = channel;
    channel.configureBlocking(false);
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
      return new ListeningSocket(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Where it listens. */
  final SocketAddress address() throws IOException {
    return channel.getLocalAddress();
  }

  /**
   * Takes a connection, which does not block.
   *
   * @return null where there is none, or it is gone
   * @throws IOException none can be taken now, for lack of files or memory
   */
  final @Nullable SocketChannel accept() throws IOException {
    SocketChannel accepted = channel.accept();
    if (accepted == null) {
      return null;
    }
    try {
      accepted.configureBlocking(false);
      if (channel.getLocalAddress() instanceof InetSocketAddress) {
        accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      return accepted;
    } catch (IOException e) {
      accepted.close();
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
