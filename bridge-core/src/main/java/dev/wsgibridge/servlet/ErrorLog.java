package dev.wsgibridge.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code wsgi.errors}: each line becomes a message of the logger {@code wsgi.errors}. */
final class ErrorLog extends Writer {

  private static final Logger LOG = LoggerFactory.getLogger("wsgi.errors");

  private final StringBuilder line = new StringBuilder();

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
    for (int i = offset; i < offset + length; i++) {
      if (text[i] == '\n') {
        flush();
      } else {
        line.append(text[i]);
      }
    }
  }

  @Override
  public void flush() {
    if (!line.isEmpty()) {
      LOG.warn("{}", line);
      if (alsoTo != null) {
        alsoTo.accept(line.toString());
      }
      line.setLength(0);
    }
  }

  @Override
  public void close() {
    flush();
  }
}
