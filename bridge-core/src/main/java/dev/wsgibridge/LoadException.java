package dev.wsgibridge;

import org.jspecify.annotations.Nullable;

/**
 * An application can't be loaded. The message is for the person who named it: what was found, what
 * was expected, and the cure; it stands alone, without a stack trace.
 */
public final class LoadException extends Exception {

  private static final long serialVersionUID = 1L;

  /** A message for the user. */
  public LoadException(String message) {
    this(message, null);
  }

  /** A message for the user, and what lies behind it for the log. */
  public LoadException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
