package dev.wsgibridge.validate;

import dev.wsgibridge.Body;
import dev.wsgibridge.Rule;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.Iterator;

/**
 * A body that is iterated once, closed once, and keeps its promises. Of a file it gives the part
 * that the Content-Length asks for, as a server would.
 */
final class CheckedBody implements Body {

  private static final Cleaner CLEANER = Cleaner.create();

  private final Body body;
  private final CheckedResponse response;
  private final Cleaner.Cleanable farewell;
  private boolean iterated;
  private boolean closed;

  CheckedBody(Body body, CheckedResponse response) {
    this.body = body;
    this.response = response;
    this.farewell = CLEANER.register(this, response::lost);
  }

  @Override
  public long length() {
    return body.isFile() ? response.wanted(body.length()) : body.length();
  }

  @Override
  public Iterator<byte[]> iterator() {
    if (closed) {
      throw Rule.BODY_ITERATED_LATE.broken("iterator() after close()");
    }
    if (iterated) {
      throw Rule.BODY_ITERATED_TWICE.broken("a second iterator()");
    }
    iterated = true;
    response.iterate();
    Iterator<byte[]> blocks = body.iterator();
    if (blocks == null) {
      throw Rule.BODY_NULL.broken("a null iterator");
    }
    return new Blocks(blocks, length());
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      throw Rule.BODY_CLOSED_TWICE.broken("a second close()");
    }
    closed = true;
    try {
      body.close();
    } finally {
      response.end();
      farewell.clean();
    }
  }

  private final class Blocks implements Iterator<byte[]> {

    private final Iterator<byte[]> blocks;
    private final long length;
    private long given;

    Blocks(Iterator<byte[]> blocks, long length) {
      this.blocks = blocks;
      this.length = length;
    }

    @Override
    public boolean hasNext() {
      checkOpen();
      if (!isCut() && blocks.hasNext()) {
        return true;
      }
      response.finish();
      if (given < length) {
        throw lengthBroken();
      }
      return false;
    }

    @Override
    public byte[] next() {
      checkOpen();
      // A body from a language with looser types may hold anything.
      Object next = ((Iterator<?>) blocks).next();
      if (!(next instanceof byte[] block)) {
        throw Rule.BLOCK.broken(next == null ? "null" : "a " + next.getClass().getName());
      }
      if (body.isFile() && block.length > length - given) {
        block = Arrays.copyOf(block, (int) (length - given));
      }
      response.add(block);
      given += block.length;
      if (length >= 0 && given > length) {
        throw lengthBroken();
      }
      return block;
    }

    /** Whether all is given that is wanted of a file, which may be longer, and may grow. */
    private boolean isCut() {
      return body.isFile() && given == length;
    }

    private void checkOpen() {
      if (closed) {
        throw Rule.BODY_ITERATED_LATE.broken("a block asked for after close()");
      }
    }

    private RuntimeException lengthBroken() {
      return Rule.BODY_LENGTH.broken("%d bytes for a length() of %d".formatted(given, length));
    }
  }
}
