package dev.wsgibridge.jetty;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
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

  private InheritedSocket(ServerSocketChannel channel) throws IOException {
    super(channel);
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
    return new InheritedSocket(listening);
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
  public void close() {}
}
