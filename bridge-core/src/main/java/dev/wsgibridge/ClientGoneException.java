package dev.wsgibridge;

import java.io.IOException;

/** The client has left before its response was whole. Nobody's fault: never logged as an error. */
public final class ClientGoneException extends IOException {

  private static final long serialVersionUID = 1L;

  /** What the server said when it could not write. */
  public ClientGoneException(IOException cause) {
    super("the client has left", cause);
  }
}
