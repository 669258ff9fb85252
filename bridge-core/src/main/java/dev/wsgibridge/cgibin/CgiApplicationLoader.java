package dev.wsgibridge.cgibin;

import dev.wsgibridge.Application;
import dev.wsgibridge.ApplicationLoader;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Loads {@code cgi:FILE}, a CGI program, and {@code cgi:FOLDER}, all that lie in a folder. */
public final class CgiApplicationLoader implements ApplicationLoader {

  private static final String SCHEME = "cgi:";

  /** For {@link java.util.ServiceLoader}. */
  public CgiApplicationLoader() {}

  @Override
  public Optional<Application> load(String name, LoadOptions options) throws LoadException {
    if (!name.startsWith(SCHEME)) {
      return Optional.empty();
    }
    try {
      return Optional.of(CgiApplication.load(Path.of(name.substring(SCHEME.length())), options));
    } catch (InvalidPathException e) {
      throw new LoadException("%s: %s".formatted(name, e.getMessage()), e);
    }
  }
}
