package dev.wsgibridge.servlet;

import java.io.PrintWriter;
import java.io.Writer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code wsgi.errors}: each line becomes a message of the logger {@code wsgi.errors}. */
final class ErrorLog extends Writer {

  private static final Logger LOG = LoggerFactory.getLogger("wsgi.errors");

  private final StringBuilder line = new StringBuilder();

  private ErrorLog() {}

  static PrintWriter writer() {
    return new PrintWriter(new ErrorLog());
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
      line.setLength(0);
    }
  }

  @Override
  public void close() {
    flush();
  }
}
