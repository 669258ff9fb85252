package dev.wsgibridge.cgibin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The request's body, on its way to a program's standard input. */
final class Feeder implements Runnable {

  private static final int BLOCK_BYTES = 32 * 1024;

  /** What becomes of the body. */
  interface Listener {

    /** The program has taken some of it. */
    void fed();

    /** It can't be read to its end: the program has only a part of it. */
    void broken(IOException failure);
  }

  private final InputStream input;
  private final OutputStream stdin;
  private final Listener listener;
  private boolean closed;

  Feeder(InputStream input, OutputStream stdin, Listener listener) {
    this.input = input;
    this.stdin = stdin;
    this.listener = listener;
  }

  @Override
  public void run() {
    byte[] block = new byte[BLOCK_BYTES];
    try (stdin) {
      for (int count = read(block); count >= 0; count = read(block)) {
        stdin.write(block, 0, count);
        stdin.flush();
        listener.fed();
      }
    } catch (IOException e) {
      // The program does not want the rest.
    }
  }

  /** The next bytes; below 0 at the end, whatever has brought it. */
  private synchronized int read(byte[] block) {
    try {
      return closed ? -1 : input.read(block);
    } catch (IOException e) {
      listener.broken(e);
      return -1;
    } catch (RuntimeException e) {
      listener.broken(new IOException(e.getMessage(), e));
      return -1;
    }
  }

  /** The request is over: waits for a read under way, and begins none any more. */
  synchronized void close() {
    closed = true;
  }
}
