package dev.wsgibridge;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * The body of a response: blocks of bytes, iterated once and closed once, on every path.
 *
 * <p>Each block is on its way to the client before the next one is asked for, so that a body may
 * stream for as long as it likes. An empty block sends nothing. {@code iterator} is the one
 * abstract method: a lambda is a body.
 *
 * <p>PEP 3333, "The Application/Framework Side" and "Buffering and Streaming".
 */
@FunctionalInterface
public interface Body extends Iterable<byte[]>, Closeable {

  /** The size of all blocks together in bytes where that is known beforehand, else -1. */
  default long length() {
    return -1;
  }

  /**
   * Whether this is a file: a server may send it in its own way, and no more of it than the
   * Content-Length says (PEP 3333, "Optional Platform-Specific File Handling").
   */
  default boolean isFile() {
    return false;
  }

  /** Called once, when the response is over: at its end, after a failure, or as the client left. */
  @Override
  default void close() throws IOException {}

  /** This body, which also runs {@code action} when it is closed, after its own {@code close}. */
  default Body onClose(Closeable action) {
    return new ClosingBody(this, action);
  }

  /** No bytes at all. */
  static Body empty() {
    return of(List.of());
  }

  /** One block. It is not copied. */
  static Body of(byte[] block) {
    return of(Collections.singletonList(block));
  }

  /** One block: the text in UTF-8. */
  static Body of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Blocks that are all at hand. */
  static Body of(List<byte[]> blocks) {
    return new BlockList(blocks);
  }

  /** Blocks that are made one by one as they are sent; closed with the body if they can be. */
  static Body of(Iterable<byte[]> blocks) {
    Body body = blocks::iterator;
    return blocks instanceof Closeable closeable ? body.onClose(closeable) : body;
  }

  /**
   * The rest of a stream, in blocks of up to 64 KiB, closed with the body: what {@code
   * wsgi.file_wrapper} does. A {@link FileInputStream} is sent as a file, see {@link #of(Path)}.
   */
  static Body of(InputStream stream) throws IOException {
    if (stream instanceof FileInputStream file) {
      FileChannel channel = file.getChannel();
      // Pipes, terminals and /proc have no size: they are streams.
      if (channel.size() > 0) {
        return new FileBody(channel, channel.position(), null, file);
      }
    }
    return new StreamBody(stream);
  }

  /**
   * A file, which is opened here and closed with the body. Its bytes don't pass through the heap
   * where the container can send them from elsewhere.
   *
   * @throws IOException it can't be opened, or is a folder
   */
  static Body of(Path file) throws IOException {
    // Linux would open it, and fail with the first read, too late for an answer.
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "found a folder, expected a file");
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new FileBody(channel, 0, file, channel);
  }

  @Override
  Iterator<byte[]> iterator();
}
