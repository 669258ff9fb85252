package dev.wsgibridge.python;

import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A connection whose other end has sent these bytes, and ended: no sockets, for fuzz targets. */
final class SentBytes extends SocketChannel {

  private final byte[] bytes;
  private final int step;
  private int at;

  /**
   * A connection.
   *
   * @param from where in {@code bytes} begins what was sent
   * @param step how much comes at a time, at most
   */
  SentBytes(byte[] bytes, int from, int step) {
    super(SelectorProvider.provider());
    this.bytes = bytes;
    this.at = from;
    this.step = step;
  }

  @Override
  public int read(ByteBuffer to) throws ClosedChannelException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
    if (at == bytes.length) {
      return -1;
    }
    int count = Math.min(Math.min(step, to.remaining()), bytes.length - at);
    to.put(bytes, at, count);
    at += count;
    return count;
  }

  @Override
  public int write(ByteBuffer from) throws ClosedChannelException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
    int count = from.remaining();
    from.position(from.limit());
    return count;
  }

  @Override
  protected void implCloseSelectableChannel() {}

  @Override
  protected void implConfigureBlocking(boolean block) {}

  @Override
  public boolean isConnected() {
    return true;
  }

  // What a connection of worker.py is never asked for.

  @Override
  public long read(ByteBuffer[] to, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SocketChannel bind(@Nullable SocketAddress local) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> SocketChannel setOption(SocketOption<T> name, T value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> T getOption(SocketOption<T> name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    throw new UnsupportedOperationException();
  }

  @Override
  public SocketChannel shutdownInput() {
    throw new UnsupportedOperationException();
  }

  @Override
  public SocketChannel shutdownOutput() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket socket() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isConnectionPending() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean connect(SocketAddress remote) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean finishConnect() {
    throw new UnsupportedOperationException();
  }

  @Override
  public SocketAddress getRemoteAddress() {
    throw new UnsupportedOperationException();
  }

  @Override
  public SocketAddress getLocalAddress() {
    throw new UnsupportedOperationException();
  }
}
