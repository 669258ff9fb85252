package dev.wsgibridge.cgibin;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A request that no program answers: the client gets the status, the log gets the message. */
final class CgiException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String status;

  /**
   * Made where the trouble is found.
   *
   * @param status {@code 502 Bad Gateway}
   * @param message what was found, what was expected, and the cure; null where the log need not
   *     hear of it
   */
  CgiException(String status, @Nullable String message) {
    super(message);
    this.status = status;
  }

  /** The program has failed: 502. */
  static CgiException badGateway(String message) {
    return new CgiException("502 Bad Gateway", message);
  }

  /** There is no such program, or none that may be run: 404. */
  static CgiException notFound(@Nullable String message) {
    return new CgiException("404 Not Found", message);
  }

  String status() {
    return status;
  }
}
