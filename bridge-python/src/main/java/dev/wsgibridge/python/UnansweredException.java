package dev.wsgibridge.python;

/**
 * The application has not answered, for a reason that lies around it: the client is told by a
 * status of ours, and the log by the message.
 */
final class UnansweredException extends Exception {

  /** What the client is told. */
  enum Status {
    /** The request's head is larger than Python takes. */
    TOO_LARGE("431 Request Header Fields Too Large"),
    /** The process that ran the application has died. */
    BAD_GATEWAY("502 Bad Gateway"),
    /** There is no process to run it, or too many requests wait: the log has been told why. */
    SERVICE_UNAVAILABLE("503 Service Unavailable"),
    /** It takes too long. */
    GATEWAY_TIMEOUT("504 Gateway Timeout");

    private final String line;

    Status(String line) {
      this.line = line;
    }

    /** As start_response takes it. */
    String line() {
      return line;
    }
  }

  private static final long serialVersionUID = 1L;

  private final Status status;

  UnansweredException(Status status, String message) {
    super(message);
    this.status = status;
  }

  Status status() {
    return status;
  }
}
