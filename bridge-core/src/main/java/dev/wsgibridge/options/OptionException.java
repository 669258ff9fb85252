package dev.wsgibridge.options;

/**
 * A source of options has a name that is none, or a value that an option can't have. The message
 * names the place, what was found and what is expected.
 */
public final class OptionException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** With the reason. */
  public OptionException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Without a further reason. */
  public OptionException(String message) {
    super(message);
  }
}
