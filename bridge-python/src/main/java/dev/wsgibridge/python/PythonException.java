package dev.wsgibridge.python;

/** A Python application failed. The message is Python's traceback; Java's frames say nothing. */
public final class PythonException extends Exception {

  private static final long serialVersionUID = 1L;

  PythonException(String traceback) {
    super(traceback, null, false, false);
  }
}
