package dev.wsgibridge.validate;

import dev.wsgibridge.Environ;
import dev.wsgibridge.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/** {@code wsgi.input}: read until the response is over, never closed, never past its end. */
final class CheckedInput extends InputStream {

  private final InputStream input;
  private final long length;
  private final CheckedResponse response;
  private final Consumer<String> log;
  private long count;

  CheckedInput(Environ environ, CheckedResponse response, Consumer<String> log) {
    this.input = environ.input();
    this.length = environ.contentLength();
    this.response = response;
    this.log = log;
  }

  @Override
  public int read() throws IOException {
    checkTime();
    int value = input.read();
    counted(value < 0 ? 0 : 1);
    return value;
  }

  @Override
  public int read(byte[] bytes, int offset, int max) throws IOException {
    checkTime();
    int read = input.read(bytes, offset, max);
    counted(Math.max(read, 0));
    return read;
  }

  @Override
  public int available() throws IOException {
    checkTime();
    return input.available();
  }

  @Override
  public void close() {
    throw Rule.INPUT_CLOSED.broken("close() on it");
  }

  private void checkTime() {
    if (response.isOver()) {
      throw Rule.INPUT_LATE.broken("a read after the response's end");
    }
  }

  /** The server's fault, of which the application can do nothing: it goes to the log, once. */
  private void counted(int bytes) {
    boolean before = count > length;
    count += bytes;
    if (length >= 0 && count > length && !before) {
      log.accept(
          Rule.INPUT_TOO_LONG.message(
              "%d bytes for a CONTENT_LENGTH of %d".formatted(count, length)));
    }
  }
}
