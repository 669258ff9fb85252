package dev.wsgibridge;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A function of short texts whose results are kept: names of headers are the same ones with each
 * request.
 *
 * <p>Thread-safe and bounded. Where two texts meet in one place, or two threads, a result is made
 * anew, never wrong.
 */
final class Remembered {

  private static final int LONGEST = 64;

  private record Result(String text, String result) {}

  private final UnaryOperator<String> function;
  private final @Nullable Result[] results = new Result[512];

  Remembered(UnaryOperator<String> function) {
    this.function = function;
  }

  String of(String text) {
    int hash = text.hashCode();
    int at = (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (results.length - 1);
    Result known = results[at];
    if (known != null && known.text.equals(text)) {
      return known.result;
    }
    String result = function.apply(text);
    if (text.length() <= LONGEST) {
      results[at] = new Result(text, result);
    }
    return result;
  }
}
