package dev.wsgibridge.launcher;

import dev.wsgibridge.options.Names;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.OptionException;
import dev.wsgibridge.options.OptionType;
import dev.wsgibridge.options.Origin;
import dev.wsgibridge.options.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * A file of options in TOML, by their names on the command line: {@code workers = 4}.
 *
 * <p>No start without such a file loads this class, and so none loads the parser.
 */
final class ConfigFile {

  private final String name;
  private final List<Setting> settings = new ArrayList<>();
  private final List<String> mistakes = new ArrayList<>();

  private ConfigFile(String name) {
    this.name = name;
  }

  /**
   * Reads it.
   *
   * @param name what messages call it
   * @throws OptionException it can't be read, or is wrong; the message has a line for each mistake
   */
  static List<Setting> read(Path file, String name) {
    if (name.endsWith(".py")) {
      throw new OptionException(
          "%s: found a Python file, expected one in TOML, such as wsgi-bridge.toml with workers = 4; docs/options.md has gunicorn's settings by their names here"
              .formatted(name));
    }
    if (!Files.isRegularFile(file)) {
      throw new OptionException(
          "%s: found %s, expected a file of options in TOML"
              .formatted(name, Files.exists(file) ? "a folder" : "no such file"));
    }
    ConfigFile read = new ConfigFile(name);
    try {
      read.read(Toml.parse(file));
    } catch (IOException e) {
      throw new OptionException("%s: it can't be read: %s".formatted(name, e), e);
    }
    if (!read.mistakes.isEmpty()) {
      throw new OptionException(String.join("\n", read.mistakes));
    }
    return read.settings;
  }

  private void read(TomlParseResult result) {
    if (!result.errors().isEmpty()) {
      TomlParseError error = result.errors().get(0);
      mistakes.add("%s: %s".formatted(place(error.position()), error.getMessage()));
      return;
    }
    for (String key : result.keySet()) {
      String place = place(result.inputPositionOf(List.of(key))) + ": " + key;
      Optional<Option> option = Names.option(key).filter(known -> known != Option.CONFIG);
      Object value = result.get(List.of(key));
      if (option.isEmpty()) {
        mistakes.add(unknown(place, key));
      } else if (value != null) {
        read(option.get(), value, new Origin(Origin.Source.FILE, place));
      }
    }
  }

  private String place(@Nullable TomlPosition position) {
    return position == null ? name : name + ":" + position.line();
  }

  private static String unknown(String place, String key) {
    return "%s: there is no such option%s"
        .formatted(
            place,
            Names.nearest(key)
                .filter(near -> near != Option.CONFIG)
                .map(near -> "; did you mean %s?".formatted(near.key()))
                .orElse("; docs/options.md lists them"));
  }

  private void read(Option option, Object value, Origin origin) {
    List<String> texts = texts(option, value);
    if (texts == null) {
      mistakes.add(
          "%s: found %s, expected %s"
              .formatted(
                  origin.name(),
                  option.secret() ? "something else" : found(value),
                  expected(option)));
      return;
    }
    try {
      settings.add(Setting.read(option, texts, origin));
    } catch (OptionException e) {
      mistakes.add(String.valueOf(e.getMessage()));
    }
  }

  /** The value as the command line would have it; null where it is of another type. */
  private static @Nullable List<String> texts(Option option, Object value) {
    if (option.type() == OptionType.TEXTS && value instanceof TomlArray array) {
      List<Object> values = array.toList();
      return values.stream().allMatch(String.class::isInstance)
          ? values.stream().map(String.class::cast).toList()
          : null;
    }
    boolean fits =
        switch (option.type()) {
          case FLAG -> value instanceof Boolean;
          case NUMBER -> value instanceof Long;
          case TIME -> value instanceof Long || value instanceof String;
          case TEXT, TEXTS, WORD -> value instanceof String;
        };
    return fits ? List.of(value.toString()) : null;
  }

  private static String found(Object value) {
    if (value instanceof String) {
      return "the text \"%s\"".formatted(value);
    }
    if (value instanceof Number) {
      return "the number " + value;
    }
    if (value instanceof Boolean) {
      return value.toString();
    }
    return value instanceof TomlTable
        ? "a table"
        : value instanceof TomlArray ? "a list" : "a date or a time of day";
  }

  private static String expected(Option option) {
    return switch (option.type()) {
      case FLAG -> "true or false, without quotes";
      case NUMBER -> "a number, %s, without quotes".formatted(option.expected());
      case TIME -> "a time such as \"30s\", \"500ms\" or \"2m\", or a number of seconds";
      case TEXT -> "a text in quotes";
      case TEXTS -> "a text in quotes, or a list of such";
      case WORD ->
          "one of " + option.words().stream().collect(Collectors.joining("\", \"", "\"", "\""));
    };
  }
}
