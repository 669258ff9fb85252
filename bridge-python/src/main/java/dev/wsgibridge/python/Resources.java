package dev.wsgibridge.python;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The files of Python beside these classes. */
final class Resources {

  private Resources() {}

  /** The text of a file. */
  static String text(String name) {
    try (InputStream source = Resources.class.getResourceAsStream(name)) {
      if (source == null) {
        throw new IllegalStateException(name + " is missing beside " + Resources.class);
      }
      return new String(source.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
