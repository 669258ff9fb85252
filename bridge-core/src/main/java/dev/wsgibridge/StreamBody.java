package dev.wsgibridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** The rest of a stream, a block for each read. */
record StreamBody(InputStream stream) implements Body {

  private static final int BLOCK_BYTES = 64 * 1024;
  private static final byte[] NONE = {};

  @Override
  public Iterator<byte[]> iterator() {
    return new Iterator<>() {
      private byte[] next = NONE;

      @Override
      public boolean hasNext() {
        if (next.length == 0) {
          next = read();
        }
        return next.length > 0;
      }

      @Override
      public byte[] next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        byte[] block = next;
        next = NONE;
        return block;
      }
    };
  }

  /** The next block; empty at the end. */
  private byte[] read() {
    try {
      byte[] block = new byte[BLOCK_BYTES];
      int length = stream.read(block);
      return length == BLOCK_BYTES ? block : Arrays.copyOf(block, Math.max(length, 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
