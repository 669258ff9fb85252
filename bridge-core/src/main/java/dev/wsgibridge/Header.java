package dev.wsgibridge;

/**
 * One header of a response.
 *
 * @param name a token of RFC 9110, in any case
 * @param value U+0020 to U+00FF without U+007F; checked when it is given to {@link StartResponse}
 */
public record Header(String name, String value) {

  /** A header, written shortly. */
  public static Header of(String name, String value) {
    return new Header(name, value);
  }
}
