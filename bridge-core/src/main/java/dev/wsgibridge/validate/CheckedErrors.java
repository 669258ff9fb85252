package dev.wsgibridge.validate;

import dev.wsgibridge.Rule;
import java.io.PrintWriter;

/** {@code wsgi.errors}, not to be closed by the application. */
final class CheckedErrors extends PrintWriter {

  CheckedErrors(PrintWriter errors) {
    super(errors);
  }

  @Override
  public void close() {
    throw Rule.ERRORS_CLOSED.broken("close() on it");
  }
}
