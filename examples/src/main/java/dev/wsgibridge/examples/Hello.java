package dev.wsgibridge.examples;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;

/** The smallest application, in Java. Its twin in Python is {@code hello.py}. */
public final class Hello implements Application {

  @Override
  public Body call(Environ environ, StartResponse startResponse) {
    startResponse.start("200 OK", Header.of("Content-Type", "text/plain; charset=utf-8"));
    return Body.of("Hello, World!\n");
  }
}
