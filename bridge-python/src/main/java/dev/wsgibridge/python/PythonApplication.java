package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.StartResponse;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A WSGI application in Python.
 *
 * <p>Each call is queued for one of the interpreter's threads, which runs the application and its
 * iterable to the end; blocks that have to go out before the next is asked for are sent from there.
 * The calling thread waits.
 */
public final class PythonApplication implements Application, AutoCloseable {

  /** How many calls run at once where no one says. */
  static final int DEFAULT_THREADS = 8;

  private static final int MAX_READ_BYTES = 64 * 1024;
  private static final byte[] NO_BYTES = {};

  private final Python python;
  private final int number;
  private final @Nullable OwnServer ownServer;
  private boolean closed;

  private PythonApplication(Python python, int number, @Nullable OwnServer ownServer) {
    this.python = python;
    this.number = number;
    this.ownServer = ownServer;
  }

  /**
   * Loads an application.
   *
   * @param name {@code FILE.py[:CALLABLE]} or {@code MODULE[:CALLABLE]}; the callable may be a
   *     dotted name or a call that makes it, and is {@code application} or else {@code app} where
   *     none is named
   * @param options what runs Python, where modules are looked up, and how many calls run at once
   * @throws LoadException it can't be loaded; Python's traceback where that is the news
   */
  public static PythonApplication load(String name, LoadOptions options) throws LoadException {
    int threads = options.threads() == 0 ? DEFAULT_THREADS : options.threads();
    Python python = Python.enter(PythonChoice.of(options), threads);
    boolean loaded = false;
    try {
      Answer answer = python.load(name, options.pythonPath());
      String payload = new String(answer.payload(), UTF_8);
      if (answer.kind() != Answer.Kind.DONE) {
        throw answer.head() == null ? new LoadException(payload) : noModule(name, payload);
      }
      loaded = true;
      String[] lines = payload.split("\n", -1);
      OwnServer ownServer =
          lines.length == 1
              ? null
              : new OwnServer(lines[1], List.of(lines).subList(2, lines.length));
      return new PythonApplication(python, Integer.parseInt(lines[0]), ownServer);
    } finally {
      if (!loaded) {
        python.leave();
      }
    }
  }

  /** Whoever wrote {@code com.example.Hello} has most likely meant a Java class. */
  private static LoadException noModule(String name, String message) {
    int dot = name.lastIndexOf('.');
    boolean likeClass =
        !name.contains(":")
            && name.length() > dot + 1
            && Character.isUpperCase(name.charAt(dot + 1));
    return new LoadException(
        likeClass
            ? "no Java class %s on the class path: add its folder or jar with --classpath; and %s"
                .formatted(name, message)
            : message);
  }

  /** What runs it, for people: {@code CPython 3.11 in the JVM}. */
  public String description() {
    return python.carrier().description();
  }

  /** What it was to be served by, where it is a script that starts a server itself. */
  public Optional<OwnServer> ownServer() {
    return Optional.ofNullable(ownServer);
  }

  @Override
  public Body call(Environ environ, StartResponse startResponse) throws Exception {
    Call call = new Call(environ, startResponse);
    python.run(call);
    return call.body();
  }

  /** Runs Python's exit handlers, when it is the last application of its interpreter. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    python.leave();
  }

  /** One request on its way: Python runs on its own thread, the caller's waits in {@link #body}. */
  private final class Call implements Runnable, Exchange {

    private final Environ environ;
    private final StartResponse startResponse;
    private final CompletableFuture<Answer> answered = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> finished = new CompletableFuture<>();

    // Written by Python's threads, read by the caller's once the answer is there.
    private StartResponse.@Nullable Writer writer;
    private volatile @Nullable Exception sendFailure;
    private volatile @Nullable IOException readFailure;
    private volatile boolean ended;

    Call(Environ environ, StartResponse startResponse) {
      this.environ = environ;
      this.startResponse = startResponse;
    }

    @Override
    public void run() {
      try {
        EnvironText text = EnvironText.of(environ);
        int flags = text.flags() | (python.multithread() ? EnvironText.MULTITHREAD : 0);
        Answer answer = python.carrier().call(HostFunction.SERVE, this, number, flags, text.text());
        answered.complete(answer);
        if (answer.kind() == Answer.Kind.UNFINISHED) {
          python.carrier().call(HostFunction.FINISH, this, 0, 0, "");
        }
      } catch (RuntimeException | Error e) {
        answered.completeExceptionally(e);
      } finally {
        finished.complete(null);
      }
    }

    /** Waits for the answer. Not to be interrupted: Python may be using the request. */
    Body body() throws Exception {
      Answer answer;
      try {
        answer = answered.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
      boolean taken = false;
      try {
        if (sendFailure != null) {
          throw sendFailure;
        }
        switch (answer.kind()) {
          case INPUT_FAILED -> {
            if (readFailure != null) {
              throw readFailure;
            }
            throw new PythonException(new String(answer.payload(), UTF_8));
          }
          case FAILED -> throw new PythonException(new String(answer.payload(), UTF_8));
          default -> {}
        }
        if (answer.head() != null) {
          writer = start(answer.head());
        }
        Body body =
            switch (answer.kind()) {
              case UNFINISHED -> Body.of(answer.payload()).onClose(finished::join);
              case FILE -> file(answer);
              default -> Body.of(answer.payload());
            };
        taken = true;
        return body;
      } finally {
        if (!taken) {
          finished.join();
        }
      }
    }

    /** A regular file from a position: sent as a file, and then closed in Python. */
    private Body file(Answer answer) throws IOException {
      String[] parts = new String(answer.payload(), UTF_8).split("\n", 3);
      int file = Integer.parseInt(parts[0]);
      Closeable close = () -> closeFile(file);
      try {
        FileInputStream stream = new FileInputStream(parts[2]);
        stream.getChannel().position(Long.parseLong(parts[1]));
        return Body.of(stream).onClose(close);
      } catch (IOException e) {
        close.close();
        throw e;
      }
    }

    private void closeFile(int file) throws IOException {
      Answer answer = python.close(file);
      if (answer.kind() == Answer.Kind.FAILED) {
        throw new IOException(new String(answer.payload(), UTF_8));
      }
    }

    private StartResponse.Writer start(byte[] head) {
      String[] lines = new String(head, ISO_8859_1).split("\n", -1);
      List<Header> headers = new ArrayList<>(lines.length / 2);
      for (int i = 1; i < lines.length; i += 2) {
        headers.add(new Header(lines[i], lines[i + 1]));
      }
      return startResponse.start(lines[0], headers);
    }

    @Override
    public void send(byte @Nullable [] head, byte[] block) throws IOException {
      try {
        if (head != null) {
          writer = start(head);
        }
        StartResponse.Writer open = writer;
        if (open == null) {
          throw new IllegalStateException("a block came before the head");
        }
        open.write(block);
      } catch (IOException | RuntimeException e) {
        sendFailure = e;
        throw e instanceof IOException gone ? gone : new IOException(e.getMessage(), e);
      }
    }

    @Override
    public byte[] read(int size) throws IOException {
      if (ended) {
        return NO_BYTES;
      }
      try {
        long whole = environ.contentLength();
        int most =
            (int) Math.min(size, whole > 0 ? Math.min(whole, MAX_READ_BYTES) : MAX_READ_BYTES);
        byte[] block = new byte[most];
        int length = environ.input().read(block);
        ended = length < 0;
        return length == block.length ? block : Arrays.copyOf(block, Math.max(length, 0));
      } catch (IOException e) {
        readFailure = e;
        throw e;
      } catch (RuntimeException e) {
        readFailure = new IOException(e.getMessage(), e);
        throw readFailure;
      }
    }

    @Override
    public void errors(String text) {
      environ.errors().println(text);
    }

    @Override
    public Map<String, Object> objects() {
      return EnvironText.objects(environ);
    }
  }
}
