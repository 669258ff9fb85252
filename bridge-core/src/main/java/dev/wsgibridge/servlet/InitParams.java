package dev.wsgibridge.servlet;

import dev.wsgibridge.options.Names;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.OptionException;
import dev.wsgibridge.options.Origin;
import dev.wsgibridge.options.Setting;
import dev.wsgibridge.options.Settings;
import jakarta.servlet.ServletException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the init-params of a servlet or a filter. */
final class InitParams {

  private InitParams() {}

  /**
   * Reads them by the table of options.
   *
   * @param names of those that are there. One with a dot is somebody else's
   * @param get the value of the init-param of that name; null where there is none
   * @param others names that are no options
   * @throws ServletException one is unknown, or has a value that can't be
   */
  static Settings read(
      Collection<String> names, Function<String, @Nullable String> get, Set<String> others)
      throws ServletException {
    Set<String> known = new HashSet<>(others);
    List<Setting> settings = new ArrayList<>();
    try {
      for (Option option : Option.values()) {
        String name = option.initParam();
        if (name != null) {
          known.add(name);
          String text = get.apply(name);
          if (text != null && !text.isBlank()) {
            settings.add(
                Setting.read(
                    option,
                    values(option, text.strip()),
                    new Origin(Origin.Source.INIT_PARAM, "init-param " + name)));
          }
        }
      }
    } catch (OptionException e) {
      throw new ServletException(e.getMessage(), e);
    }
    for (String name : names) {
      if (!known.contains(name) && name.indexOf('.') < 0) {
        throw new ServletException(unknown(name));
      }
    }
    return Settings.inContainer(settings);
  }

  /** A list's values stand on lines of their own, or are separated by commas. */
  private static List<String> values(Option option, String text) {
    return option == Option.PYTHON_PATH
        ? Arrays.stream(text.split("[,\n]", -1))
            .map(String::strip)
            .filter(value -> !value.isEmpty())
            .toList()
        : List.of(text);
  }

  private static String unknown(String name) {
    Option meant = Names.nearest(name).orElse(null);
    String message = "init-param %s: there is none of that name".formatted(name);
    if (meant == null) {
      return message + "; see docs/options.md";
    }
    return meant.initParam() == null
        ? "%s, and the option %s is not for servlet and filter".formatted(message, meant.key())
        : "%s; did you mean %s?".formatted(message, meant.initParam());
  }
}
