package dev.wsgibridge.cgibin;

import dev.wsgibridge.Environ;
import dev.wsgibridge.Rule;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program at work for one request.
 *
 * <p>Three threads keep its pipes moving, so that large bodies may pass both ways at once: one
 * reads its output, a few blocks ahead; one feeds it the request's body; one hands its standard
 * error on. The request's own thread takes the output, and ends it all with {@link #close}: from
 * then on nothing touches the request any more.
 */
final class Run implements Closeable, Feeder.Listener {

  private static final int BLOCK_BYTES = 32 * 1024;
  private static final int BLOCKS_AHEAD = 2;
  private static final byte[] END = {};

  /** How long a program may go on when its output has ended, and after SIGTERM. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** How soon after its last byte a program that was killed is known for one. */
  private static final Duration EXIT = Duration.ofMillis(500);

  /** What Java, as a shell, adds to the number of the signal that has ended a program. */
  private static final int SIGNALLED = 128;

  private final String name;
  private final Duration timeout;
  private final @Nullable HeldBody held;
  private final Session session;
  private final Process process;
  private final BlockingQueue<byte[]> output = new ArrayBlockingQueue<>(BLOCKS_AHEAD);
  private final Thread reader;
  private final Thread errorReader;
  private final ErrorLines errors;
  private final @Nullable Feeder feeder;

  private boolean ended;
  private volatile long progress = System.nanoTime();
  private volatile @Nullable IOException bodyFailure;

  /**
   * Starts it.
   *
   * @param timeout how long it may keep silent; zero for ever
   * @throws IOException the request's body can't be read
   * @throws CgiException it can't be started
   */
  Run(Program program, Environ environ, Duration timeout) throws IOException {
    this.timeout = timeout;
    this.name = Rule.quoted(program.file().toString());
    long told = environ.contentLength();
    held = told < 0 ? HeldBody.of(environ.input()) : null;
    long length = held == null ? told : held.length();
    session = start(program, environ, length);
    process = session.leader();
    reader = thread("cgi-output", this::read);
    errors = new ErrorLines(process, environ.errors());
    errorReader = thread("cgi-errors", errors);
    InputStream body = held == null ? environ.input() : held.stream();
    feeder = length == 0 ? null : new Feeder(body, process.getOutputStream(), this);
    if (feeder != null) {
      thread("cgi-input", feeder);
    }
  }

  private Session start(Program program, Environ environ, long length) throws IOException {
    // Its name is all there is: nothing that a client sends becomes an argument, and there is no
    // shell.
    ProcessBuilder builder = new ProcessBuilder();
    builder.directory(program.file().resolveSibling("").toFile());
    boolean started = false;
    try {
      Variables.fill(builder.environment(), program, environ, length);
      if (length == 0) {
        builder.redirectInput(Redirect.from(new File("/dev/null")));
      }
      Session begun = Session.start(program.file(), builder);
      started = true;
      return begun;
    } catch (CgiException e) {
      throw e;
    } catch (IOException e) {
      throw CgiException.badGateway(
          "can't be started: %s; look at its first line, and start it by hand"
              .formatted(e.getMessage()));
    } finally {
      if (!started && held != null) {
        held.close();
      }
    }
  }

  private static Thread thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Fills {@link #output}; {@link #END} is the last block. */
  private void read() {
    byte[] block = new byte[BLOCK_BYTES];
    try {
      try (InputStream stdout = process.getInputStream()) {
        for (int count = stdout.read(block); count >= 0; count = stdout.read(block)) {
          output.put(Arrays.copyOf(block, count));
        }
      } catch (IOException e) {
        // The program is gone: what it has said it has said.
      }
      output.put(END);
    } catch (InterruptedException e) {
      // Nobody takes the rest.
    }
  }

  @Override
  public void fed() {
    progress = System.nanoTime();
  }

  @Override
  public void broken(IOException failure) {
    bodyFailure = failure;
    // It would wait for the rest, or take a part for the whole.
    stop();
  }

  /** What is said of it in messages. */
  String name() {
    return name;
  }

  /**
   * The next block of its output, empty at the end.
   *
   * @throws CgiException it keeps silent for too long, or was ended by a signal
   * @throws IOException the request's body can't be read to its end
   */
  byte[] next() throws IOException {
    if (ended) {
      return END;
    }
    progress = System.nanoTime();
    try {
      byte[] block = await();
      ended = block.length == 0;
      IOException failure = bodyFailure;
      if (failure != null) {
        throw failure;
      }
      if (ended) {
        checkEnd();
      }
      return block;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CgiException("503 Service Unavailable", "interrupted");
    }
  }

  private void checkEnd() throws CgiException, InterruptedException {
    boolean over = process.waitFor(EXIT.toMillis(), TimeUnit.MILLISECONDS);
    if (over && process.exitValue() > SIGNALLED) {
      throw CgiException.badGateway(
          "found it ended by signal %d, expected its whole answer"
              .formatted(process.exitValue() - SIGNALLED));
    }
  }

  private byte[] await() throws InterruptedException, CgiException {
    if (timeout.isZero()) {
      return output.take();
    }
    while (true) {
      long left = timeout.toNanos() - (System.nanoTime() - progress);
      byte[] block = output.poll(left, TimeUnit.NANOSECONDS);
      if (block != null) {
        return block;
      }
      if (System.nanoTime() - progress >= timeout.toNanos()) {
        throw new CgiException(
            "504 Gateway Timeout",
            "found no output for %d ms, and ended it; --timeout allows it more"
                .formatted(timeout.toMillis()));
      }
    }
  }

  /** How it ended, for a message; known a moment after its output's end. */
  String exit() {
    return process.isAlive() ? "it still runs" : "exit status " + process.exitValue();
  }

  /**
   * Ends it, if it does not end by itself after its last byte, and waits for that. What it has
   * started may go on where it has let go of the program's output and standard error.
   */
  @Override
  public void close() throws IOException {
    boolean over = false;
    try {
      over = ended && process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!over) {
      stop();
    }
    reader.interrupt();
    if (feeder != null) {
      feeder.close();
    }
    try {
      errorReader.join(GRACE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (over && !errors.ended()) {
      session.endHolders(GRACE);
    }
    errors.close();
    if (held != null) {
      held.close();
    }
  }

  /** Ends it with all that it has started. */
  private synchronized void stop() {
    session.end(GRACE);
  }
}
