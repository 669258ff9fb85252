package dev.wsgibridge.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the option that somebody means by a name that is none. */
public final class Names {

  /** So many letters may be wrong, and a third of the name at the most. */
  private static final int MOST_WRONG = 3;

  private Names() {}

  /** The option of that key: {@code workers}. */
  public static Optional<Option> option(String key) {
    for (Option option : Option.values()) {
      if (option.key().equals(key)) {
        return Optional.of(option);
      }
    }
    return Optional.empty();
  }

  /**
   * The nearest option: the one that gunicorn or uWSGI calls so, or one that is written almost so.
   *
   * @param name with dashes or underscores, in any case
   */
  public static Optional<Option> nearest(String name) {
    String wanted = name.toLowerCase(Locale.ROOT).replace('_', '-').replaceAll("^-+", "");
    Optional<Option> same = option(wanted).or(() -> foreign(wanted));
    if (same.isPresent()) {
      return same;
    }
    Option nearest = null;
    int least = Math.min(MOST_WRONG, wanted.length() / 3) + 1;
    for (Option option : Option.values()) {
      int distance = distance(wanted, option.key());
      if (distance < least) {
        least = distance;
        nearest = option;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /**
   * The option that gunicorn or uWSGI calls so.
   *
   * @param name without dashes before it
   */
  public static Optional<Option> foreign(String name) {
    String wanted = name.replace('_', '-');
    for (Option option : Option.values()) {
      List<String> theirs = new ArrayList<>(option.gunicorn());
      theirs.addAll(option.uwsgi());
      if (theirs.stream().anyMatch(other -> other.replace('_', '-').equals(wanted))) {
        return Optional.of(option);
      }
    }
    return Optional.empty();
  }

  /** How many letters have to be added, taken away or replaced (Levenshtein's distance). */
  static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int above = row[j];
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[other.length()];
  }
}
