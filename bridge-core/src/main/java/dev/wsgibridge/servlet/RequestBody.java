package dev.wsgibridge.servlet;

import dev.wsgibridge.RequestBodyException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The body of a servlet request, not touched before it is read: a container answers {@code Expect:
 * 100-continue} when its stream is first asked for.
 *
 * <p>A filter before us may have asked for a parameter, and so have read it. Where it was a form,
 * it is made again of the parameters; else reading fails, with a message that says why.
 */
final class RequestBody extends InputStream {

  private static final Logger LOG = LoggerFactory.getLogger(RequestBody.class);

  /** An attribute of the servlet context: its admin was told. */
  private static final String TOLD = "dev.wsgibridge.servlet.body_was_read";

  private static final int NONE = -1;

  private final HttpServletRequest request;
  private @Nullable InputStream stream;
  private long madeLength = NONE;

  /** Whether a first part of it has come, or its end; or it can't be but whole. */
  private boolean begun;

  /** A byte that was read to see whether there is any. */
  private int peeked = NONE;

  /**
   * A request's body.
   *
   * @param ours whether no filter can have read it
   */
  RequestBody(HttpServletRequest request, boolean ours) {
    this.request = request;
    this.begun = ours;
  }

  /** How many bytes a form has that was made again; -1 for any other body. */
  long length() {
    if (!begun && FormBody.isForm(request) && request.getHeader("Expect") == null) {
      try {
        peeked = read();
      } catch (IOException e) {
        LOG.debug("the application's read fails, too", e);
      }
    }
    return madeLength;
  }

  @Override
  public int read() throws IOException {
    byte[] block = new byte[1];
    return read(block, 0, 1) < 0 ? NONE : block[0] & 0xFF;
  }

  @Override
  public int read(byte[] block, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (peeked != NONE) {
      block[offset] = (byte) peeked;
      peeked = NONE;
      return 1 + (available() > 0 ? Math.max(0, read(block, offset + 1, length - 1)) : 0);
    }
    InputStream known = stream();
    int read = reading(() -> known.read(block, offset, length));
    if (read < 0 && !begun) {
      InputStream made = again();
      begun = true;
      return made.read(block, offset, length);
    }
    begun = true;
    return read;
  }

  @Override
  public int available() throws IOException {
    return reading(stream()::available);
  }

  private InputStream stream() throws IOException {
    InputStream known = stream;
    if (known == null) {
      try {
        known = request.getInputStream();
      } catch (IllegalStateException e) {
        throw wasRead("by a reader");
      } catch (IOException e) {
        throw new RequestBodyException(e);
      }
      stream = known;
    }
    return known;
  }

  /** What stands in for a body of which there is nothing: someone may have read it. */
  private InputStream again() throws IOException {
    byte[] form = FormBody.isForm(request) ? FormBody.of(request) : new byte[0];
    if (form.length > 0) {
      madeLength = form.length;
    } else if (request.getContentLengthLong() > 0) {
      throw wasRead("or one of its parameters asked for");
    }
    InputStream made = new ByteArrayInputStream(form);
    stream = made;
    return made;
  }

  private IOException wasRead(String how) {
    String message =
        "the request's body was read before the application was called, %s: found none of its %d bytes, expected all; put the filter that does so behind WSGI's, or keep it from these paths"
            .formatted(how, request.getContentLengthLong());
    if (request.getServletContext().getAttribute(TOLD) == null) {
      request.getServletContext().setAttribute(TOLD, true);
      LOG.warn("{} \"{}\": {}", request.getMethod(), request.getRequestURI(), message);
    }
    return new IOException(message);
  }

  private static int reading(Read read) throws RequestBodyException {
    try {
      return read.read();
    } catch (IOException | RuntimeException e) {
      // Jetty tells a malformed chunk by an unchecked exception.
      throw new RequestBodyException(e);
    }
  }

  @FunctionalInterface
  private interface Read {
    int read() throws IOException;
  }
}
