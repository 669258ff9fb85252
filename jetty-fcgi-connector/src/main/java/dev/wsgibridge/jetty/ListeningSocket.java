package dev.wsgibridge.jetty;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A socket that takes connections. Its user closes it. */
class ListeningSocket implements Closeable {

  /** Connections that may wait until they are taken. */
  static final int BACKLOG = 1024;

  private static final int FIRST_UNPRIVILEGED_PORT = 1024;
  private static final int CONNECT_MILLIS = 1000;

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
    } catch (BindException e) {
      channel.close();
      throw new IOException(reason(address), e);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Why an address cannot be bound, and the remedy. The system's own text is in the user's
   * language, so it cannot tell the reasons apart.
   */
  private static String reason(InetSocketAddress address) throws IOException {
    InetAddress host = address.getAddress();
    if (!host.isAnyLocalAddress() && NetworkInterface.getByInetAddress(host) == null) {
      return "this machine has no such address; 127.0.0.1 is this machine alone, 0.0.0.0 every address it has";
    }
    return address.getPort() >= FIRST_UNPRIVILEGED_PORT || isAnswered(address)
        ? "the port is in use; stop what listens there, or choose another (port 0 picks a free one)"
        : "this user may not take the port; choose one above 1023, such as 8080";
  }

  private static boolean isAnswered(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(
              host.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : host,
              address.getPort()),
          CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
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

  /** From now on nobody finds it who has not by now; where that is possible without closing it. */
  void withdraw() throws IOException {}

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
