package dev.wsgibridge.contract;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a server's cases did, held against the deviations that are known of it. */
final class KnownDeviations {

  private final Map<String, Deviation> known;
  private final Set<String> ran = new TreeSet<>();

  /**
   * Nothing has run yet.
   *
   * @param known by the case: see {@link Server#deviations}
   */
  KnownDeviations(Map<String, Deviation> known) {
    this.known = Map.copyOf(known);
  }

  /**
   * Takes down how a case ended.
   *
   * @param failure what it threw, null where the contract holds
   * @return the deviation that is known of this case, null where none is
   * @throws AssertionError the case did otherwise than is known of it
   */
  @Nullable Deviation judge(String key, @Nullable Throwable failure) {
    ran.add(key);
    Deviation deviation = known.get(key);
    if (failure == null) {
      if (deviation != null && deviation.always()) {
        throw new AssertionError(
            "%s is listed as a deviation (%s), and yet the contract holds: take it off the list"
                .formatted(key, deviation.reason()));
      }
      return deviation;
    }
    if (deviation != null && !deviation.explains(failure)) {
      throw new AssertionError(
          "%s is listed as a deviation (%s), which fails with /%s/; it failed with: %s"
              .formatted(key, deviation.reason(), deviation.failure(), Deviation.message(failure)),
          failure);
    }
    return deviation;
  }

  /**
   * The deviations that no case is left of: a test or its arguments were renamed. Those of a test
   * that did not run are left out, as it was not asked for.
   *
   * @param tests the names of all tests of the contract
   */
  List<String> orphans(Set<String> tests) {
    Set<String> ranTests = new TreeSet<>();
    ran.forEach(key -> ranTests.add(test(key)));
    return known.keySet().stream()
        .filter(key -> !ran.contains(key))
        .filter(key -> ranTests.contains(test(key)) || !tests.contains(test(key)))
        .sorted()
        .toList();
  }

  private static String test(String key) {
    return key.split("\\(", 2)[0];
  }
}
