package dev.wsgibridge.cgibin;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Rule;
import dev.wsgibridge.RuleBrokenException;
import dev.wsgibridge.StartResponse;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Runs a CGI program (RFC 3875) for each request, as a web server does: old programs move behind
 * the bridge as they are.
 *
 * <p>The program gets its own name for its only argument; the request's variables, PATH and the
 * locale, and nothing else of this process's environment; its own folder to work in; the request's
 * body as standard input. Its output is streamed while the body still comes in; its standard error
 * becomes {@code wsgi.errors}.
 *
 * <p>502 answers for a program that can't be started, fails before its head, or sends another head
 * than RFC 3875 has it; 504 for one that keeps silent for too long, 503 where too many run already.
 * After the head such a response is broken off. Then, and when the client has left, the program is
 * ended with all that it has started and that has not made a session of its own. After a whole
 * response so is what still holds its standard error; what has let go of that may go on. A local
 * redirect (6.2.2) sends the client to the new path with 302. Scripts that send the whole of the
 * response themselves (NPH, 5) are not supported.
 */
public final class CgiApplication implements Application {

  private static final Logger LOG = LoggerFactory.getLogger(CgiApplication.class);
  private static final int DEFAULT_AT_ONCE = 8;

  private final Programs programs;
  private final Duration timeout;
  private final int backlog;
  private final Semaphore free;

  private CgiApplication(Programs programs, LoadOptions options) {
    this.programs = programs;
    this.timeout = options.workers().timeout();
    this.backlog = options.backlog();
    this.free = new Semaphore(options.threads() == 0 ? DEFAULT_AT_ONCE : options.threads(), true);
  }

  /**
   * A program, or a folder of them: there the path names the program, SCRIPT_NAME grows by its
   * name, and PATH_INFO is what follows.
   *
   * @param place the file or the folder
   * @param options threads: how many programs run at once; backlog: how many requests wait for
   *     their turn; the workers' timeout: how long a program may keep silent
   * @throws LoadException there is no such program
   */
  public static CgiApplication load(Path place, LoadOptions options) throws LoadException {
    return new CgiApplication(Programs.at(place), options);
  }

  @Override
  public Body call(Environ environ, StartResponse startResponse) throws Exception {
    Program program = null;
    try {
      program = programs.find(environ);
      return run(program, environ, startResponse);
    } catch (CgiException e) {
      if (e.getMessage() != null) {
        LOG.atLevel(e.status().startsWith("5") ? Level.ERROR : Level.WARN)
            .log(
                "{} {}: {}",
                environ.method(),
                Rule.quoted(program == null ? environ.pathInfo() : program.file().toString()),
                e.getMessage());
      }
      List<Header> headers = new ArrayList<>();
      headers.add(Header.of("Content-Type", "text/plain; charset=utf-8"));
      if (e.status().startsWith("503")) {
        headers.add(Header.of("Retry-After", "1"));
      }
      startResponse.start(e.status(), headers);
      return Body.of(e.status().substring("502 ".length()) + "\n");
    }
  }

  private Body run(Program program, Environ environ, StartResponse startResponse)
      throws IOException, InterruptedException {
    enter();
    Closeable leave = free::release;
    boolean answered = false;
    try {
      Run run = new Run(program, environ, timeout);
      // The next program may begin when this one has ended.
      leave =
          () -> {
            try {
              run.close();
            } finally {
              free.release();
            }
          };
      Body body = answer(run, startResponse).onClose(leave);
      answered = true;
      return body;
    } finally {
      if (!answered) {
        leave.close();
      }
    }
  }

  /** Waits for a program to end where as many run as may. */
  private void enter() throws CgiException, InterruptedException {
    if (free.tryAcquire()) {
      return;
    }
    boolean entered = false;
    if (free.getQueueLength() < backlog) {
      if (timeout.isZero()) {
        free.acquire();
        return;
      }
      entered = free.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
    if (!entered) {
      throw new CgiException(
          "503 Service Unavailable",
          "too many programs at once; --threads allows more of them, --backlog more that wait");
    }
  }

  /** Starts the response with the program's head; the body is what follows it. */
  private static Body answer(Run run, StartResponse startResponse) throws IOException {
    byte[] bytes = {};
    int end = -1;
    while (end < 0) {
      byte[] block = run.next();
      if (block.length == 0) {
        throw CgiException.badGateway(
            "found the end of its output after %d bytes, %s; expected a head, such as Content-Type: text/html and an empty line"
                .formatted(bytes.length, run.exit()));
      }
      int known = bytes.length;
      bytes = Arrays.copyOf(bytes, known + block.length);
      System.arraycopy(block, 0, bytes, known, block.length);
      end = ProgramHead.end(bytes, known);
      if (Math.max(end, known) > ProgramHead.MAX_BYTES) {
        throw CgiException.badGateway(
            "found a head of more than %d bytes, expected an empty line at its end"
                .formatted(ProgramHead.MAX_BYTES));
      }
    }
    ProgramHead head = ProgramHead.of(bytes, end);
    byte[] first = end < bytes.length ? Arrays.copyOfRange(bytes, end, bytes.length) : run.next();
    try {
      startResponse.start(head.status(), head.typedHeaders());
    } catch (RuleBrokenException e) {
      throw CgiException.badGateway("in its head: " + e.getMessage());
    }
    return () -> new Blocks(run, first);
  }

  /** What follows the head, block by block as the program writes it. */
  private static final class Blocks implements Iterator<byte[]> {

    private final Run run;
    private byte[] next;
    private boolean taken;

    Blocks(Run run, byte[] first) {
      this.run = run;
      this.next = first;
    }

    @Override
    public boolean hasNext() {
      if (taken) {
        taken = false;
        try {
          next = run.next();
        } catch (CgiException e) {
          throw new UncheckedIOException(
              new IOException("%s: %s".formatted(run.name(), e.getMessage()), e));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return next.length > 0;
    }

    @Override
    public byte[] next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      taken = true;
      return next;
    }
  }
}
