package dev.wsgibridge;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A file from a position to its end, which a server may send in its own way.
 *
 * @param path where the file is sure to be found until the response is over, or null
 */
record FileBody(FileChannel channel, long position, @Nullable Path path, Closeable resource)
    implements Body {

  @Override
  public Iterator<byte[]> iterator() {
    try {
      channel.position(position);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new StreamBody(Channels.newInputStream(channel)).iterator();
  }

  @Override
  public long length() {
    try {
      return Math.max(0, channel.size() - position);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isFile() {
    return true;
  }

  @Override
  public void close() throws IOException {
    resource.close();
  }

  /** Stays a file. The path is forgotten, since the action may well delete what it names. */
  @Override
  public Body onClose(Closeable action) {
    Closeable inner = resource;
    return new FileBody(
        channel,
        position,
        null,
        () -> {
          try (action) {
            inner.close();
          }
        });
  }
}
