package dev.wsgibridge;

/**
 * WSGI's rules: what each expects, where it is written, and what to do about it.
 *
 * <p>{@code docs/wsgi-rules.md} is made from this list.
 */
public enum Rule {
  ENVIRON_KEYS(
      "environ Variables",
      "an environ with every key that PEP 3333 requires",
      "keep the server's keys when you change the environ");

  private final String section;
  private final String expected;
  private final String cure;

  Rule(String section, String expected, String cure) {
    this.section = section;
    this.expected = expected;
    this.cure = cure;
  }

  /** The section of PEP 3333 in which the rule stands, or the specification that it refers to. */
  public String section() {
    return section;
  }

  /** What should have been found. */
  public String expected() {
    return expected;
  }

  /** What to do about it. */
  public String cure() {
    return cure;
  }

  /** The failure to throw where the rule is broken. */
  RuleBrokenException broken(String found) {
    return new RuleBrokenException(
        this, "found %s, expected %s; %s (PEP 3333, %s)".formatted(found, expected, cure, section));
  }
}
