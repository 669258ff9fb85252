package dev.wsgibridge.python;

import java.util.Locale;

/**
 * The functions of {@code wsgi_host.py} that Java calls. Each is called {@code (call, number,
 * flags, text)} and returns {@code (kind, head, payload)}, which is an {@link Answer}.
 */
public enum HostFunction {
  /** Imports the application that the text names; the answer's payload is its number. */
  LOAD,
  /** Calls the application of that number with the environ that the text holds. */
  SERVE,
  /** Ends what {@link #SERVE} left unfinished on this very thread. */
  FINISH,
  /** Closes the file of that number. */
  CLOSE,
  /** Tells where the thread stands whose identifier the text is; the answer's payload. */
  STACK,
  /**
   * The last application is closed: waits for its threads, for {@code number} milliseconds (0 for
   * as long as it takes), and runs what Python runs at its exit.
   */
  EXIT,
  /** Calls the application's handler of the signal of that number; only where Python is a guest. */
  SIGNALLED;

  /** The function's name in Python. */
  public String pythonName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
