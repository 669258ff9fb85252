package dev.wsgibridge.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code wsgi.errors}: lines become messages of the logger {@code wsgi.errors}, those that are
 * written at once become one.
 */
final class ErrorLog extends Writer {

  private static final Logger LOG = LoggerFactory.getLogger("wsgi.errors");

  /** How much is kept in wait of a line's end. */
  private static final int MAX_CHARS = 65_536;

  private final StringBuilder lines = new StringBuilder();

  private final @Nullable Consumer<String> alsoTo;

  private ErrorLog(@Nullable Consumer<String> alsoTo) {
    this.alsoTo = alsoTo;
  }

  @SuppressWarnings("unchecked") // The attribute's type is part of its contract.
  static PrintWriter writer(HttpServletRequest request) {
    return new PrintWriter(
        new ErrorLog(
            request.getAttribute(WsgiServlet.ERRORS) instanceof Consumer<?> front
                ? (Consumer<String>) front
                : null));
  }

  @Override
  public void write(char[] text, int offset, int length) {
    lines.append(text, offset, length);
    if (length > 0 && text[offset + length - 1] == '\n') {
      lines.setLength(lines.length() - 1);
      flush();
    } else if (lines.length() >= MAX_CHARS) {
      flush();
    }
  }

  @Override
  public void flush() {
    if (!lines.isEmpty()) {
      LOG.warn("{}", lines);
      if (alsoTo != null) {
        alsoTo.accept(lines.toString());
      }
      lines.setLength(0);
    }
  }

  @Override
  public void close() {
    flush();
  }
}
