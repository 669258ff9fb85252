package dev.wsgibridge;

import java.io.IOException;

/**
 * The request's body can't be read to its end: the client left half-way, was too slow, or sent
 * chunks that HTTP forbids. Thrown by {@code wsgi.input}; where the application lets it pass and
 * nothing was sent yet, the client gets 400.
 */
public final class RequestBodyException extends IOException {

  private static final long serialVersionUID = 1L;

  /** What the server said when it could not read. */
  public RequestBodyException(Throwable cause) {
    super("the request's body can't be read to its end: " + cause.getMessage(), cause);
  }
}
