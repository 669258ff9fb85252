package dev.wsgibridge.validate;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Middleware;
import dev.wsgibridge.Rule;
import dev.wsgibridge.StartResponse;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Stands between a server and an application, or between two middlewares, and checks that both
 * sides keep to every {@link Rule}: Python's {@code wsgiref.validate}, in Java.
 *
 * <pre>{@code
 * Application checked = new Validator().wrap(application);
 * }</pre>
 *
 * <p>Who breaks a rule gets a {@link dev.wsgibridge.RuleBrokenException}, there and then. What
 * can't be told by an exception is one line in the log, at level error: a body that was never
 * closed (noticed when it is garbage-collected), a server that sends more than CONTENT_LENGTH, a
 * method that no one knows.
 *
 * <p>Requests and responses pass unchanged; but a file is handed on in blocks, which are looked at,
 * and so goes through the heap. For development and tests. Safe for any number of requests at a
 * time.
 */
public final class Validator implements Middleware {

  private final Consumer<String> log;

  /** A validator whose log is {@code dev.wsgibridge.validate.Validator}. */
  public Validator() {
    this(LoggerFactory.getLogger(Validator.class)::error);
  }

  /** With a log to be read by a test. */
  Validator(Consumer<String> log) {
    this.log = log;
  }

  @Override
  public Application wrap(Application inner) {
    return (environ, startResponse) -> call(inner, environ, startResponse);
  }

  private Body call(Application inner, Environ environ, StartResponse startResponse)
      throws Exception {
    new EnvironRules(environ, log).check();
    CheckedResponse response = new CheckedResponse(startResponse, environ, log);
    environ.put(Environ.WSGI_INPUT, new CheckedInput(environ, response, log));
    environ.put(Environ.WSGI_ERRORS, new CheckedErrors(environ.errors()));
    Body body = null;
    try {
      body = inner.call(environ, response);
      if (body == null) {
        throw Rule.BODY_NULL.broken("null");
      }
      return new CheckedBody(body, response);
    } finally {
      if (body == null) {
        response.end();
      }
    }
  }
}
