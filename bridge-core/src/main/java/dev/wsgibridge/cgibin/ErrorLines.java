package dev.wsgibridge.cgibin;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * A program's standard error, on its way to {@code wsgi.errors}, line by line and bounded. It is
 * read to its end in any case, for a program waits where nobody reads.
 */
final class ErrorLines implements Runnable {

  /** Longer lines are divided. In bytes. */
  static final int MAX_LINE_BYTES = 8 * 1024;

  /** What one request may add to the log, in bytes. */
  static final int MAX_BYTES = 64 * 1024;

  private final Process program;
  private final InputStream in;
  private final PrintWriter log;
  private final byte[] line = new byte[MAX_LINE_BYTES];
  private int length;
  private int logged;
  private boolean closed;
  private volatile boolean ended;

  ErrorLines(Process program, PrintWriter log) {
    this.program = program;
    this.in = program.getErrorStream();
    this.log = log;
  }

  @Override
  public void run() {
    byte[] block = new byte[MAX_LINE_BYTES];
    // When the program exits, Java closes the pipe, and whoever else holds it is not heard any
    // more, unless the stream is being read just then: it locks the stream for that.
    synchronized (in) {
      boolean wholePipe = program.isAlive();
      try (in) {
        for (int count = in.read(block); count >= 0; count = in.read(block)) {
          take(block, count);
        }
        ended = wholePipe;
      } catch (IOException e) {
        // The program is gone.
      }
    }
    endLine();
  }

  /** Whether nobody holds the program's standard error any more; false where it isn't known. */
  boolean ended() {
    return ended;
  }

  private void take(byte[] block, int count) {
    for (int i = 0; i < count; i++) {
      if (block[i] == '\n') {
        endLine();
      } else {
        if (length == line.length) {
          endLine();
        }
        line[length++] = block[i];
      }
    }
  }

  private synchronized void endLine() {
    if (length > 0 && !closed && logged < MAX_BYTES) {
      logged += length;
      log.println(new String(line, 0, length, StandardCharsets.UTF_8).stripTrailing());
      if (logged >= MAX_BYTES) {
        log.println("… and more: a request may say %d bytes here".formatted(MAX_BYTES));
      }
      log.flush();
    }
    length = 0;
  }

  /** The request is over: nothing is logged for it any more. */
  synchronized void close() {
    closed = true;
  }
}
