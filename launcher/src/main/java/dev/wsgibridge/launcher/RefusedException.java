package dev.wsgibridge.launcher;

/** What the user asked for can't be had. The message says why, and what to do. */
final class RefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  RefusedException(String message, Throwable cause) {
    super(message, cause);
  }

  RefusedException(String message) {
    super(message);
  }
}
