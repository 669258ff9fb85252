package dev.wsgibridge.python;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Python file, by what the user calls it. It may be a script that starts a server itself.
 *
 * @param path the file, which need not be there
 * @param callable whether something in it is named
 */
public record PythonFile(Path path, boolean callable) {

  private static final Pattern FILE = Pattern.compile("(?s)(.+?\\.(?:py|f?cgi))(?::(.*))?");

  /** What a file has in it that starts one of the servers which wsgi_scripts.py stands in for. */
  private static final Pattern SERVER = Pattern.compile("\\b(flup|wsgiref)\\b|wsgi-bridge");

  /** What a file has in it that has an application, by a usual name. */
  private static final Pattern APPLICATION = Pattern.compile("\\bapp(lication)?\\b");

  private static final Pattern FORKING =
      Pattern.compile("(?m)^[^#\n]*(\\b(fcgi|scgi|ajp)_fork\\b|\\bForkingMixIn\\b)");

  /**
   * Reads a name.
   *
   * @param name {@code FILE[:CALLABLE]}, where {@code .py}, {@code .fcgi} or {@code .cgi} at its
   *     end, a slash, or {@code #!} at the beginning of the file tells that it is no module
   * @return empty where it is no file's
   */
  public static Optional<PythonFile> named(String name) {
    if (name.startsWith("cgi:")) {
      return Optional.empty(); // a CGI program
    }
    Matcher file = FILE.matcher(name);
    try {
      if (file.matches()) {
        return Optional.of(new PythonFile(Path.of(file.group(1)), isNamed(file.group(2))));
      }
      Path path = Path.of(name);
      int colon = name.indexOf(':');
      boolean callable = colon > 0 && !Files.exists(path);
      if (callable) {
        path = Path.of(name.substring(0, colon));
      }
      boolean slash = path.toString().contains(File.separator);
      return slash || begins(path, "#!")
          ? Optional.of(new PythonFile(path, callable))
          : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static boolean isNamed(@Nullable String expression) {
    return expression != null && !expression.isEmpty();
  }

  private static boolean begins(Path path, String with) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      return new String(in.readNBytes(with.length()), StandardCharsets.ISO_8859_1).equals(with);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Whether it may start a server itself. One that hides it is run all the same, and its server is
   * then heard of late.
   */
  public boolean mayStartServer() {
    return !callable
        && (!path.toString().endsWith(".py")
            || has(SERVER)
            || (Files.isRegularFile(path) && !has(APPLICATION)));
  }

  /** Whether that server may be one that works by processes. */
  boolean mayFork() {
    return !callable && has(FORKING);
  }

  private boolean has(Pattern pattern) {
    try {
      return pattern.matcher(Files.readString(path, StandardCharsets.ISO_8859_1)).find();
    } catch (IOException e) {
      return false;
    }
  }
}
