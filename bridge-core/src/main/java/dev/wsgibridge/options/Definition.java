package dev.wsgibridge.options;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A row of the table, while it is written down. */
final class Definition {

  final String key;
  final String label;
  final OptionType type;
  String help = "";
  String unit = "";
  int least;
  int most = Integer.MAX_VALUE;
  List<String> words = List.of();
  @Nullable String fallback;
  @Nullable String inContainer;
  @Nullable String notGiven;
  Set<Reader> readers = EnumSet.noneOf(Reader.class);
  @Nullable String initParam;
  String shortName = "";
  String separator = ",";
  String gunicorn = "";
  String uwsgi = "";
  boolean secret;

  private Definition(String key, String label, OptionType type) {
    this.key = key;
    this.label = label;
    this.type = type;
  }

  static Definition text(String key, String label) {
    return new Definition(key, label, OptionType.TEXT);
  }

  static Definition texts(String key, String label) {
    return new Definition(key, label, OptionType.TEXTS);
  }

  static Definition flag(String key) {
    return new Definition(key, "", OptionType.FLAG).fallback("false");
  }

  /** A whole number, {@code least} or more. */
  static Definition number(String key, String label, int least) {
    Definition number = new Definition(key, label, OptionType.NUMBER);
    number.least = least;
    return number;
  }

  static Definition time(String key) {
    return new Definition(key, "TIME", OptionType.TIME);
  }

  static Definition word(String key, String... words) {
    Definition word = new Definition(key, "HOW", OptionType.WORD);
    word.words = List.of(words);
    return word;
  }

  /** One line. What holds without the option is added to it. */
  Definition help(String text) {
    help = text;
    return this;
  }

  Definition unit(String name) {
    unit = name;
    return this;
  }

  Definition most(int bound) {
    most = bound;
    return this;
  }

  /** The value without the option. */
  Definition fallback(String text) {
    fallback = text;
    return this;
  }

  /** The value without the option in a container, where it is another there. */
  Definition inContainer(String text) {
    inContainer = text;
    return this;
  }

  /** What holds without the option, where the value alone does not say it. */
  Definition notGiven(String text) {
    notGiven = text;
    return this;
  }

  /** With {@link Reader#CONTAINER} it is an init-param of the same name. */
  Definition readBy(Reader... names) {
    readers = EnumSet.noneOf(Reader.class);
    for (Reader reader : names) {
      readers.add(reader);
      if (reader == Reader.CONTAINER && initParam == null) {
        initParam = key;
      }
    }
    return this;
  }

  Definition initParam(String name) {
    initParam = name;
    return this;
  }

  /** gunicorn's one letter. */
  Definition shortName(String name) {
    shortName = name;
    return this;
  }

  /** What stands between the values of a list in an environment variable: a regular expression. */
  Definition separator(String regex) {
    separator = regex;
    return this;
  }

  /** The options that mean it there, separated by commas. */
  Definition gunicorn(String names) {
    gunicorn = names;
    return this;
  }

  /** The options that mean it there, separated by commas. */
  Definition uwsgi(String names) {
    uwsgi = names;
    return this;
  }

  Definition secret() {
    secret = true;
    return this;
  }
}
