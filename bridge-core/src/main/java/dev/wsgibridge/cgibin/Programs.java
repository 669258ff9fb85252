package dev.wsgibridge.cgibin;

import dev.wsgibridge.Environ;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where programs lie.
 *
 * @param place absolute, without symbolic links where it is a folder
 * @param folder whether it is a folder of programs, whose names are in the path; else a program
 */
record Programs(Path place, boolean folder) {

  /** How much of a file tells text from a binary, in bytes. */
  private static final int BEGINNING = 128;

  /**
   * A program, or a folder of them.
   *
   * @throws LoadException it is neither
   */
  static Programs at(Path path) throws LoadException {
    Path place = path.toAbsolutePath().normalize();
    try {
      if (Files.isDirectory(place)) {
        return new Programs(place.toRealPath(), true);
      }
      if (!Files.isRegularFile(place)) {
        throw new LoadException(
            "cgi:%s: found no such file, expected a CGI program, or a folder of them"
                .formatted(path));
      }
      String obstacle = obstacle(place);
      if (obstacle != null) {
        throw new LoadException("cgi:%s: %s".formatted(path, obstacle));
      }
      return new Programs(place, false);
    } catch (IOException e) {
      throw new LoadException("cgi:%s: can't be read: %s".formatted(path, e), e);
    }
  }

  /** What keeps a file from being run, and the cure. */
  private static @Nullable String obstacle(Path file) throws IOException {
    if (!Files.isExecutable(file)) {
      return "found a file that may not be executed, expected a CGI program; chmod +x it";
    }
    if (!Files.isReadable(file)) {
      // Whatever it is, the system will know how to start it.
      return null;
    }
    byte[] beginning;
    try (InputStream in = Files.newInputStream(file)) {
      beginning = in.readNBytes(BEGINNING);
    }
    boolean interpreted = beginning.length > 1 && beginning[0] == '#' && beginning[1] == '!';
    for (int i = 0; !interpreted && i < beginning.length; i++) {
      interpreted = beginning[i] == 0; // a binary
    }
    // Java would have a shell try its luck.
    return interpreted
        ? null
        : "found a text without #! in its first line, expected a program; name its interpreter there, as in #!/usr/bin/perl";
  }

  /**
   * The program that a request is for.
   *
   * @throws CgiException there is none
   */
  Program find(Environ environ) throws CgiException {
    if (!folder) {
      return new Program(place, environ.scriptName(), environ.pathInfo());
    }
    String path = environ.pathInfo();
    Path file = place;
    int end = 0;
    while (end < path.length()) {
      int begin = end + 1;
      int slash = path.indexOf('/', begin);
      end = slash < 0 ? path.length() : slash;
      file = file.resolve(name(path.substring(begin, end)));
      if (Files.isRegularFile(file)) {
        checkRunnable(file);
        return new Program(
            file, environ.scriptName() + path.substring(0, end), path.substring(end));
      }
      if (!Files.isDirectory(file)) {
        throw CgiException.notFound(null);
      }
    }
    throw CgiException.notFound(null);
  }

  /** One segment of a path as the name of a file; hidden ones are nobody's. */
  private static Path name(String segment) throws CgiException {
    String text = Variables.text(segment);
    if (text == null || text.isEmpty() || text.startsWith(".")) {
      throw CgiException.notFound(null);
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw CgiException.notFound(null);
    }
  }

  private void checkRunnable(Path file) throws CgiException {
    String obstacle;
    try {
      Path real = file.toRealPath();
      obstacle =
          real.startsWith(place)
              ? obstacle(file)
              : "found a symbolic link to %s, expected a program within the folder; copy it"
                  .formatted(real);
    } catch (IOException e) {
      obstacle = "can't be read: " + e;
    }
    if (obstacle != null) {
      throw new CgiException(
          "403 Forbidden", "%s: %s".formatted(Rule.quoted(file.toString()), obstacle));
    }
  }
}
