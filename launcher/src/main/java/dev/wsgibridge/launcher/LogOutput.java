package dev.wsgibridge.launcher;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.Stream;

/**
 * The way of the log to standard error, which never blocks who logs.
 *
 * <p>Standard error may be a pipe that is full because its reader hangs. Whoever logs would wait
 * then, with the locks that it holds, and requests and SIGTERM after it. So lines are queued, up to
 * {@link #MAX_BYTES}, and a thread writes them. When the queue is full, lines are dropped and
 * counted until half of it is written; then a line tells how many.
 *
 * <p>{@link #flush} waits for the lines before it, as long as they are written at once: what is
 * logged is there when the response is, and when the process is killed. When that takes too long,
 * nobody waits until the queue is empty again. Safe for use by several threads.
 */
final class LogOutput extends OutputStream {

  /** What may wait to be written. */
  static final int MAX_BYTES = 1 << 20;

  /** Longer lines are divided. */
  private static final int MAX_LINE_BYTES = 64 * 1024;

  private static final int BATCH_BYTES = 64 * 1024;

  private static final Duration PATIENCE = Duration.ofMillis(100);

  /** How long the end of the process waits for what is not written yet. */
  private static final Duration EXIT = Duration.ofSeconds(1);

  private final OutputStream out;
  private final Duration patience;
  private final Deque<byte[]> queue = new ArrayDeque<>();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /** Bytes that have ever come into the queue, and those that have gone from it to the output. */
  private long added;

  private long written;

  /** Whether it took too long once, so that nobody waits. */
  private boolean stalled;

  private boolean dropping;

  /** Lines, since the last time that this was said. */
  private long dropped;

  /**
   * Writes to {@code out}, on a daemon thread of its own.
   *
   * @param patience how long a flush waits
   */
  LogOutput(OutputStream out, Duration patience) {
    this.out = out;
    this.patience = patience;
    Thread thread = new Thread(this::run, "log");
    thread.setDaemon(true);
    thread.start();
  }

  /** Makes {@link System#err} one of these, for the rest of the process. */
  static void install() {
    LogOutput output = new LogOutput(new FileOutputStream(FileDescriptor.err), PATIENCE);
    System.setErr(new PrintStream(output, false, charset()));
    Runtime.getRuntime().addShutdownHook(new Thread(output::end, "log-end"));
  }

  /** That of {@link System#err}; {@code PrintStream.charset()} is JDK 18's. */
  private static Charset charset() {
    return Stream.of("stderr.encoding", "sun.stderr.encoding", "native.encoding")
        .map(System::getProperty)
        .filter(name -> name != null && Charset.isSupported(name))
        .findFirst()
        .map(Charset::forName)
        .orElse(Charset.defaultCharset());
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    int start = offset;
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] == '\n' || line.size() + i - start + 1 == MAX_LINE_BYTES) {
        line.write(bytes, start, i + 1 - start);
        start = i + 1;
        endLine();
      }
    }
    line.write(bytes, start, offset + length - start);
  }

  @Override
  public synchronized void flush() {
    if (line.size() > 0) {
      endLine();
    }
    if (!stalled && !Thread.currentThread().isInterrupted()) {
      stalled = !awaitWritten(patience);
    }
  }

  private void endLine() {
    if (dropping || waiting() + line.size() > MAX_BYTES) {
      dropping = true;
      dropped++;
    } else {
      add(line.toByteArray());
    }
    line.reset();
  }

  private void add(byte[] text) {
    queue.addLast(text);
    added += text.length;
    notifyAll();
  }

  /** Bytes in the queue and in the hands of the thread that writes. */
  private long waiting() {
    return added - written;
  }

  /**
   * Waits until all that is there now is written, but no longer than {@code time}.
   *
   * @return whether it is
   */
  synchronized boolean awaitWritten(Duration time) {
    long all = added;
    long end = System.nanoTime() + time.toNanos();
    try {
      while (written < all) {
        long rest = (end - System.nanoTime()) / 1_000_000;
        if (rest <= 0) {
          return false;
        }
        wait(rest);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return written >= all;
  }

  /** The process ends: what has come is written, if that is soon. */
  private synchronized void end() {
    stalled = true;
    flush();
    awaitWritten(EXIT);
  }

  private void run() {
    ByteArrayOutputStream batch = new ByteArrayOutputStream();
    try {
      while (true) {
        int lines = take(batch);
        boolean failed = false;
        try {
          batch.writeTo(out);
          out.flush();
        } catch (IOException e) {
          failed = true; // as where the disk is full; there is nowhere to say so
        }
        written(batch.size(), failed ? lines : 0);
        batch.reset();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for lines, and takes some; how many. */
  private synchronized int take(ByteArrayOutputStream batch) throws InterruptedException {
    while (queue.isEmpty()) {
      wait();
    }
    int lines = 0;
    while (!queue.isEmpty() && (lines == 0 || batch.size() + queue.peek().length <= BATCH_BYTES)) {
      batch.writeBytes(queue.remove());
      lines++;
    }
    return lines;
  }

  private synchronized void written(int bytes, int lost) {
    written += bytes;
    dropped += lost;
    if (dropped > 0 && lost == 0 && waiting() <= MAX_BYTES / 2) {
      add(
          "%d lines of the log were dropped here: nobody took them from standard error%n"
              .formatted(dropped)
              .getBytes(StandardCharsets.US_ASCII));
      dropping = false;
      dropped = 0;
    }
    stalled &= waiting() > 0;
    notifyAll();
  }
}
