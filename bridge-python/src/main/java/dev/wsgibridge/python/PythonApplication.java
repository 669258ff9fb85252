package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Rule;
import dev.wsgibridge.StartResponse;
import java.io.FileInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A WSGI application in Python.
 *
 * <p>Calls wait for their turn where more come than may run at once. A request whose environ is
 * larger than 960 KiB gets 431, and no application is called. An application may fail to answer:
 * then the client gets 502 (its worker died), 503 (too many requests wait, or nothing is left to
 * run them) or 504 (it was silent for longer than the timeout of {@link dev.wsgibridge.Workers}).
 */
public final class PythonApplication implements Application, AutoCloseable {

  /**
   * A key of an environ, with any text, that asks for what the interpreter has loaded in the place
   * of the application's answer: lines of words, divided by tabs. They are {@code python}, its name
   * and its version; {@code application}, its file and its line; {@code framework}, name and
   * version; {@code native}, a native module and its file. No front can set it.
   */
  public static final String INSPECT = "dev.wsgibridge.python.inspect";

  private static final Logger LOG = LoggerFactory.getLogger(PythonApplication.class);

  private final Python python;
  private final int postBuffering;
  private final AtomicBoolean closed = new AtomicBoolean();

  private PythonApplication(Python python, int postBuffering) {
    this.python = python;
    this.postBuffering = postBuffering;
  }

  /**
   * Loads an application.
   *
   * @param name {@code FILE.py[:CALLABLE]} or {@code MODULE[:CALLABLE]}; the callable may be a
   *     dotted name or a call that makes it, and is {@code application} or else {@code app} where
   *     none is named. Or a script, see {@link PythonFile}
   * @param options what runs Python, where modules are looked up, and how many calls run at once;
   *     what they leave open of that is a script's to say
   * @throws LoadException it can't be loaded; Python's traceback where that is the news
   */
  public static PythonApplication load(String name, LoadOptions options) throws LoadException {
    return new PythonApplication(Python.load(name, options), options.postBuffering());
  }

  /** What is loaded already. */
  static PythonApplication of(Python python) {
    return new PythonApplication(python, 0);
  }

  /** What runs it, for people: {@code CPython 3.11 in the JVM}. */
  public String description() {
    return python.description();
  }

  /** What it was to be served by, where it is a script that starts a server itself. */
  public Optional<OwnServer> ownServer() {
    return Optional.ofNullable(python.ownServer());
  }

  @Override
  public Body call(Environ environ, StartResponse startResponse) throws Exception {
    EnvironText text;
    try {
      text = EnvironText.of(environ);
    } catch (UnansweredException e) {
      return refusal(environ, e, startResponse);
    }
    RequestInput input = RequestInput.await(environ, postBuffering);
    if (!input.spooled()) {
      return call(environ, text, input, startResponse);
    }
    boolean answered = false;
    try {
      Body body = call(environ, text, input, startResponse).onClose(input);
      answered = true;
      return body;
    } finally {
      if (!answered) {
        input.close();
      }
    }
  }

  private Body call(
      Environ environ, EnvironText text, RequestInput input, StartResponse startResponse)
      throws Exception {
    Call call = new Call(environ, input, startResponse);
    try {
      return call.body(python.call(call, text));
    } catch (UnansweredException e) {
      call.end();
      if (call.writer != null) {
        throw e; // the response breaks off
      }
      return refusal(environ, e, startResponse);
    }
  }

  private static Body refusal(
      Environ environ, UnansweredException why, StartResponse startResponse) {
    UnansweredException.Status status = why.status();
    if (status != UnansweredException.Status.SERVICE_UNAVAILABLE) {
      LOG.atLevel(status == UnansweredException.Status.TOO_LARGE ? Level.WARN : Level.ERROR)
          .log(
              "{} {}: {}",
              environ.method(),
              Rule.quoted(environ.scriptName() + environ.pathInfo()),
              why.getMessage());
    }
    List<Header> headers = new ArrayList<>();
    headers.add(new Header("Content-Type", "text/plain; charset=utf-8"));
    if (status == UnansweredException.Status.SERVICE_UNAVAILABLE) {
      headers.add(new Header("Retry-After", "1"));
    }
    startResponse.start(status.line(), headers);
    return Body.of(status.line().substring("502 ".length()) + "\n");
  }

  /**
   * Loads the application's code anew where it runs in worker processes, and goes over to it when
   * it is ready; no request is lost. Returns at once.
   *
   * @return false where that can't be done: the application runs inside the JVM
   */
  public boolean reload() {
    return python.reload();
  }

  /**
   * Completes, on some thread, when a call hangs inside the JVM in a thread of Python that can
   * neither be freed nor replaced any more: the application has lost a thread for good, and a new
   * process is the only cure. The text is what the log was told. Where calls can be ended, which
   * worker processes are for, it never completes.
   */
  public CompletionStage<String> stuck() {
    return python.stuck();
  }

  /**
   * {@link #close(Duration)} within 5 seconds; workers have their {@link
   * LoadOptions#gracefulTimeout} beside these.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      python.close();
    }
  }

  /**
   * Ends Python as at its exit, when it is the last application of its interpreter: waits for
   * threads that are no daemons, executors' too, and runs exit handlers.
   *
   * @param patience how long that may take; what runs on is cut then
   */
  public void close(Duration patience) {
    if (closed.compareAndSet(false, true)) {
      python.close(patience);
    }
  }

  /**
   * One request, as Python reaches it. Python may keep what belongs to it for as long as it likes,
   * and use it on any thread: when the request is over none of that reaches the server any more.
   */
  private static final class Call implements Exchange {

    private static final String OVER = "the request is over";

    private final Environ environ;
    private final RequestInput input;
    private final StartResponse startResponse;

    // Each is held while the server does what Python asks for, and while that ends.
    private final Object sending = new Object();
    private final Object reading = new Object();
    private final Object telling = new Object();

    private volatile boolean sent;
    private volatile boolean over;

    // Written by Python's threads, read by the caller's once the answer is there.
    private volatile StartResponse.@Nullable Writer writer;
    private volatile @Nullable Exception sendFailure;
    private volatile @Nullable IOException readFailure;

    Call(Environ environ, RequestInput input, StartResponse startResponse) {
      this.environ = environ;
      this.input = input;
      this.startResponse = startResponse;
    }

    /** What the answer makes of the response. */
    Body body(Python.Reply reply) throws Exception {
      Answer answer = reply.answer();
      boolean taken = false;
      synchronized (sending) {
        sent = true;
      }
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
              case FILE -> file(answer.file());
              case STREAM -> SpooledReply.of(reply);
              default -> SpooledReply.of(answer.payload());
            };
        if (answer.kind() == Answer.Kind.UNFINISHED || answer.kind() == Answer.Kind.FILE) {
          reply.sending();
        }
        if (answer.kind() != Answer.Kind.DONE) {
          body = body.onClose(reply::end);
        }
        taken = true;
        return body.onClose(this::endWithReads);
      } finally {
        if (!taken) {
          try {
            reply.end();
          } finally {
            endWithReads();
          }
        }
      }
    }

    /** Nothing that Python asks for from now on reaches the server. */
    void end() {
      sent = true;
      over = true;
    }

    /** Ends it, and waits for what is under way: a read must not get the next request's bytes. */
    private void endWithReads() {
      end();
      synchronized (reading) {
        synchronized (telling) {
          return;
        }
      }
    }

    /** A regular file from a position: sent as a file. */
    private static Body file(Answer.File file) throws IOException {
      FileInputStream stream = new FileInputStream(file.path());
      stream.getChannel().position(file.position());
      return Body.of(stream);
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
      synchronized (sending) {
        if (sent) {
          throw new IOException(OVER);
        }
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
    }

    @Override
    public byte[] read(int size) throws IOException {
      synchronized (reading) {
        if (over) {
          throw new IOException(OVER);
        }
        return readMore(size);
      }
    }

    private byte[] readMore(int size) throws IOException {
      try {
        return input.read(size);
      } catch (IOException e) {
        readFailure = e;
        throw e;
      } catch (RuntimeException e) {
        readFailure = new IOException(e.getMessage(), e);
        throw readFailure;
      }
    }

    @Override
    public byte[] inputAtHand() {
      return input.atHand();
    }

    @Override
    public boolean clientLeft() {
      return environ.clientLeft();
    }

    @Override
    public void errors(String text) {
      synchronized (telling) {
        if (!over) {
          environ.errors().println(text);
          return;
        }
      }
      Exchange.NONE.errors(text);
    }

    @Override
    public Map<String, Object> objects() {
      return EnvironText.objects(environ);
    }
  }
}
