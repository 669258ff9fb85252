package dev.wsgibridge;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;

/** A body with something to do when it is closed. */
record ClosingBody(Body body, Closeable action) implements Body {

  @Override
  public Iterator<byte[]> iterator() {
    return body.iterator();
  }

  @Override
  public long length() {
    return body.length();
  }

  @Override
  public void close() throws IOException {
    try (action) {
      body.close();
    }
  }
}
