package dev.wsgibridge.options;

/** What the value of an option is. */
public enum OptionType {
  /** A {@code String}. */
  TEXT("text"),
  /** A {@code List<String>}: the option may be given several times. */
  TEXTS("list of texts"),
  /** A {@code Boolean}. */
  FLAG("true or false"),
  /** An {@code Integer}. */
  NUMBER("whole number"),
  /** A {@code Duration}: {@code 30s}, {@code 500ms}, {@code 2m}; a bare number is in seconds. */
  TIME("time"),
  /** A {@code String}, one of a few. */
  WORD("word");

  private final String title;

  OptionType(String title) {
    this.title = title;
  }

  /** For the documentation. */
  public String title() {
    return title;
  }
}
