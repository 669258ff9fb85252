package dev.wsgibridge.servlet;

import dev.wsgibridge.RequestBodyException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of a servlet request, not touched before it is read: a container answers {@code Expect:
 * 100-continue} when its stream is first asked for.
 */
final class RequestBody extends InputStream {

  private final HttpServletRequest request;
  private @Nullable InputStream stream;

  RequestBody(HttpServletRequest request) {
    this.request = request;
  }

  @Override
  public int read() throws IOException {
    return reading(InputStream::read);
  }

  @Override
  public int read(byte[] block, int offset, int length) throws IOException {
    return length == 0 ? 0 : reading(stream -> stream.read(block, offset, length));
  }

  @Override
  public int available() throws IOException {
    return reading(InputStream::available);
  }

  private int reading(Read read) throws RequestBodyException {
    try {
      if (stream == null) {
        stream = request.getInputStream();
      }
      return read.from(stream);
    } catch (IOException | RuntimeException e) {
      // Jetty tells a malformed chunk by an unchecked exception.
      throw new RequestBodyException(e);
    }
  }

  @FunctionalInterface
  private interface Read {
    int from(InputStream stream) throws IOException;
  }
}
