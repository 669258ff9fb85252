package dev.wsgibridge.options;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A value that one source gives to an option.
 *
 * @param value as {@link OptionType} says
 */
public record Setting(Option option, Object value, Origin origin) {

  /** Checks the value's type. */
  public Setting {
    boolean fits =
        switch (option.type()) {
          case TEXT, WORD -> value instanceof String;
          case TEXTS -> value instanceof List;
          case FLAG -> value instanceof Boolean;
          case NUMBER -> value instanceof Integer;
          case TIME -> value instanceof Duration;
        };
    if (!fits) {
      throw new IllegalStateException("%s: %s".formatted(option, value.getClass()));
    }
    if (value instanceof List<?> list) {
      value = List.copyOf(list);
    }
  }

  /**
   * Reads a value from one text, in which a list's are separated as the option has it.
   *
   * @throws OptionException it is no such value
   */
  public static Setting read(Option option, String text, Origin origin) {
    return read(option, option.split(text), origin);
  }

  /**
   * Reads a value.
   *
   * @param texts a list's, each; else one
   * @throws OptionException it is no such value
   */
  public static Setting read(Option option, List<String> texts, Origin origin) {
    try {
      if (option.type() != OptionType.TEXTS) {
        return new Setting(option, option.read(texts.get(0)), origin);
      }
      List<Object> values = new ArrayList<>();
      texts.forEach(text -> values.add(option.read(text)));
      return new Setting(option, values, origin);
    } catch (IllegalArgumentException e) {
      throw new OptionException("%s: %s".formatted(origin.name(), e.getMessage()), e);
    }
  }

  /** The value as it would be written on the command line; a list's separated by commas. */
  public String text() {
    return value instanceof List<?> list
        ? String.join(", ", list.stream().map(Option::written).toList())
        : Option.written(value);
  }

  /** Without a value that must not be shown. */
  @Override
  public String toString() {
    return "%s = %s (%s)".formatted(option.key(), option.secret() ? "***" : text(), origin.name());
  }
}
