package dev.wsgibridge.servlet;

import jakarta.servlet.ServletException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A servlet's or a filter's init-params, as types.
 *
 * @param get the value of the init-param of that name; null where there is none
 */
record InitParams(Function<String, @Nullable String> get) {

  String text(String name, String otherwise) {
    String found = get.apply(name);
    return found == null ? otherwise : found.strip();
  }

  boolean flag(String name) {
    return Boolean.parseBoolean(text(name, "false"));
  }

  /**
   * A whole number, 0 or more.
   *
   * @throws ServletException it is none
   */
  int number(String name, int otherwise) throws ServletException {
    String found = text(name, "");
    if (found.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(found);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new ServletException(
        "init-param %s: found %s, expected a number, 0 or more".formatted(name, found));
  }
}
