package dev.wsgibridge.cgibin;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A request's body that came without its length (in chunks), held until all of it is there: RFC
 * 3875, 4.1.2, has a program told how much it may read.
 *
 * @param stream from memory, or from a file that goes when it is closed
 * @param length in bytes
 */
record HeldBody(InputStream stream, long length) implements Closeable {

  private static final int MOST_IN_MEMORY = 1 << 20;
  private static final long MOST = 1 << 30;

  /**
   * Reads a body to its end.
   *
   * @throws CgiException it is too large
   * @throws IOException it can't be read, or can't be kept
   */
  static HeldBody of(InputStream body) throws IOException {
    return of(body, MOST_IN_MEMORY, MOST);
  }

  /** The same, up to other sizes in bytes. */
  static HeldBody of(InputStream body, int mostInMemory, long most) throws IOException {
    byte[] begun = body.readNBytes(mostInMemory + 1);
    if (begun.length <= mostInMemory) {
      return new HeldBody(new ByteArrayInputStream(begun), begun.length);
    }
    Path path = Files.createTempFile("wsgi-bridge-cgi", null);
    FileChannel file =
        FileChannel.open(
            path,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    boolean held = false;
    try {
      OutputStream out = Channels.newOutputStream(file);
      for (byte[] block = begun; block.length > 0; block = body.readNBytes(mostInMemory)) {
        if (file.position() + block.length > most) {
          throw new CgiException(
              "413 Content Too Large",
              "found a body of more than %d bytes without Content-Length, expected fewer, or its length"
                  .formatted(most));
        }
        out.write(block);
      }
      long length = file.position();
      file.position(0);
      held = true;
      return new HeldBody(Channels.newInputStream(file), length);
    } finally {
      if (!held) {
        file.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
