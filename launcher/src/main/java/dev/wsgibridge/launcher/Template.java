package dev.wsgibridge.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text with names between at signs, which values take the place of. A line with a name that has
 * no value is left out: so {@code @unix?@}, whose value is empty, tells where a line belongs.
 *
 * @param text lines, each ended
 */
record Template(String text) {

  private static final Pattern NAME = Pattern.compile("@([a-z0-9-]+\\??)@");

  /** A resource beside this class. */
  static Template of(String resource) {
    try (InputStream in = Template.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("there is no resource " + resource);
      }
      return new Template(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text with these values. */
  String with(Map<String, String> values) {
    StringBuilder filled = new StringBuilder(text.length());
    text.lines()
        .map(line -> filled(line, values))
        .forEach(
            line -> {
              if (line != null) {
                filled.append(line.stripTrailing()).append('\n');
              }
            });
    return filled.toString();
  }

  private static @Nullable String filled(String line, Map<String, String> values) {
    StringBuilder filled = new StringBuilder();
    Matcher names = NAME.matcher(line);
    while (names.find()) {
      String value = values.get(names.group(1));
      if (value == null) {
        return null;
      }
      names.appendReplacement(filled, Matcher.quoteReplacement(value));
    }
    return names.appendTail(filled).toString();
  }
}
