package dev.wsgibridge.python;

import dev.wsgibridge.Application;
import dev.wsgibridge.ApplicationLoader;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Loads {@code FILE.py[:CALLABLE]}, scripts, and {@code MODULE[:CALLABLE]}. {@code cgi:} stands for
 * CGI programs: there is no application in Python's old module of that name.
 */
public final class PythonApplicationLoader implements ApplicationLoader {

  private static final Pattern MODULE =
      Pattern.compile("(?s)(?!cgi:)[\\p{L}_][\\p{L}\\p{N}_]*(\\.[\\p{L}_][\\p{L}\\p{N}_]*)*(:.*)?");

  /** For {@link java.util.ServiceLoader}. */
  public PythonApplicationLoader() {}

  @Override
  public Optional<Application> load(String name, LoadOptions options) throws LoadException {
    return isPython(name) ? Optional.of(PythonApplication.load(name, options)) : Optional.empty();
  }

  /** Whether a name looks like one of Python's; that of a Java class does, too. */
  static boolean isPython(String name) {
    return PythonFile.named(name).isPresent() || MODULE.matcher(name).matches();
  }
}
