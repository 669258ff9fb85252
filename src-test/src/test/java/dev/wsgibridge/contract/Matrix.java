package dev.wsgibridge.contract;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * {@code docs/matrix.md}: what holds where. It has no dates and no times, so that it only changes
 * with what it says.
 */
final class Matrix {

  private static final String NOT_ASKED =
      "not run: each server runs Java, each carrier runs over HTTP, behind two front servers and in two containers; a carrier is not told who is in front of it";

  private static final String HEAD =
      """
      # What holds where

      Made by `./test`, of the contract that every server has to keep (`Contract` in `src-test`): cases that hold, of cases
      that ran. The servers are the real ones, set up with what `./run front` prints. Numbers in brackets are deviations,
      which stand below with their reasons; a letter is a reason why nothing was run.

      """;

  /** The languages, as columns. */
  private enum Language {
    JAVA("Java"),
    CPYTHON("CPython in the JVM"),
    PREFORK("CPython prefork"),
    GRAALPY("GraalPy");

    private final String title;

    Language(String title) {
      this.title = title;
    }

    static Language of(Hosted hosted) {
      return switch (hosted) {
        case JAVA, JAVA_LINTED -> JAVA;
        case CPYTHON, CPYTHON_VALIDATED -> CPYTHON;
        case PREFORK -> PREFORK;
        case GRAALPY, GRAALPY_VALIDATED -> GRAALPY;
      };
    }
  }

  /** A line of the table. */
  private record Row(String front, String way, String protocol, String container) {

    private static final Comparator<Row> ORDER =
        Comparator.comparing(Row::front)
            .thenComparing(Row::protocol)
            .thenComparing(Row::container)
            .thenComparing(Row::way);

    static Row of(Server server) {
      return new Row(server.front(), server.name(), server.protocol(), server.container());
    }

    String title() {
      return front.equals("–") ? container + ", " + way : front + ", " + way;
    }
  }

  private record Cell(Hosted hosted, Result result) {}

  private final Map<Row, Map<Language, Cell>> rows = new TreeMap<>(Row.ORDER);

  /** Cases by their reason, then the servers where they deviate. */
  private final Map<String, Deviation> deviations = new TreeMap<>();

  private static final class Deviation {
    private final Set<String> cases = new TreeSet<>();
    private final Set<String> servers = new LinkedHashSet<>();
  }

  void add(Server server, Result result) {
    Row row = Row.of(server);
    rows.computeIfAbsent(row, r -> new EnumMap<>(Language.class))
        .put(Language.of(server.hosted()), new Cell(server.hosted(), result));
  }

  /** The page. */
  String page() {
    rows.forEach((row, cells) -> cells.values().forEach(cell -> note(row, cell.result())));
    List<String> numbered = List.copyOf(deviations.keySet());
    Set<String> reasons = new LinkedHashSet<>();
    StringBuilder page = new StringBuilder(HEAD);
    page.append("| Front | Way | Protocol | Container |");
    for (Language language : Language.values()) {
      page.append(" %s |".formatted(language.title));
    }
    page.append("\n|---|---|---|---|").append("---|".repeat(Language.values().length)).append('\n');
    rows.forEach(
        (row, cells) -> {
          page.append(
              "| %s | %s | %s | %s |"
                  .formatted(row.front(), row.way(), row.protocol(), row.container()));
          for (Language language : Language.values()) {
            Cell cell = cells.get(language);
            String text = cell == null ? letter(NOT_ASKED, reasons) : text(cell, numbered, reasons);
            page.append(" %s |".formatted(text));
          }
          page.append('\n');
        });
    page.append("\n- v: with a validator over the fixtures: `--lint`, or `wsgiref.validate`.\n");
    for (String reason : reasons) {
      page.append("- %s: %s.\n".formatted(letter(reason, reasons), reason));
    }
    page.append("\n## Deviations\n\n");
    deviations.forEach(
        (reason, deviation) ->
            page.append(
                "%d. **%s.** %s\n   On: %s.\n"
                    .formatted(
                        numbered.indexOf(reason) + 1,
                        reason,
                        deviation.cases.stream()
                            .map(Matrix::code)
                            .collect(Collectors.joining(", ", "", ".")),
                        String.join("; ", deviation.servers))));
    return page.toString();
  }

  private void note(Row row, Result result) {
    result
        .deviations()
        .forEach(
            (name, reason) -> {
              Deviation deviation = deviations.computeIfAbsent(reason, r -> new Deviation());
              deviation.cases.add(name);
              deviation.servers.add(row.title());
            });
  }

  private static String text(Cell cell, List<String> numbered, Set<String> reasons) {
    Result result = cell.result();
    if (!result.missing().isEmpty()) {
      return letter(result.missing(), reasons);
    }
    List<String> numbers = new ArrayList<>();
    result.deviations().values().stream()
        .distinct()
        .map(reason -> numbered.indexOf(reason) + 1)
        .sorted()
        .forEach(number -> numbers.add(Integer.toString(number)));
    return "%d of %d%s%s"
        .formatted(
            result.passed(),
            result.ran(),
            cell.hosted().isValidated() ? " v" : "",
            numbers.isEmpty() ? "" : " [" + String.join(", ", numbers) + "]");
  }

  private static String letter(String reason, Set<String> reasons) {
    reasons.add(reason);
    return Character.toString('a' + List.copyOf(reasons).indexOf(reason));
  }

  private static String code(String name) {
    return "`" + name.replace("\r", "\\r").replace("\n", "\\n") + "`";
  }
}
