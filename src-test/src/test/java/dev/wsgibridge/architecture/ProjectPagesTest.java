package dev.wsgibridge.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages for those who use, join or release the project are complete, and lead somewhere. */
class ProjectPagesTest {

  private static final Path PROJECT = Path.of("..");
  private static final Path DECISIONS = PROJECT.resolve("docs/decisions");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`\\n]*`");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  /** Of a table's first column: the number and the file of a decision, and its status. */
  private static final Pattern DECISION =
      Pattern.compile("(?m)^\\| \\[(\\d+)]\\((\\d{4}-[^)]+\\.md)\\) \\| ([^|;]+?)(?:; [^|]+)? \\|");

  private static final Pattern STATUS =
      Pattern.compile("proposed|accepted|superseded by \\[(\\d+)]");

  private static final Pattern CLASS_NAME = Pattern.compile("`([A-Z][a-z]+[A-Za-z0-9]*)`");

  static List<Path> pages() throws IOException {
    return files(".md");
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadSomewhere(Path page) throws IOException {
    List<String> lost = new ArrayList<>();
    for (String target : all(LINK, CODE.matcher(Files.readString(page)).replaceAll(""))) {
      if (!URI.create(target).isAbsolute() && !leadsSomewhere(page, target)) {
        lost.add(target);
      }
    }

    assertThat(lost).as("links of %s that lead to no file or heading", page).isEmpty();
  }

  private static boolean leadsSomewhere(Path page, String target) throws IOException {
    String[] parts = target.split("#", 2);
    Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
    return Files.exists(file)
        && (parts.length == 1
            || all(HEADING, Files.readString(file)).stream()
                .anyMatch(heading -> anchor(heading).equals(parts[1])));
  }

  /** As GitHub makes it. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w -]", "").replace(' ', '-');
  }

  @Test
  void everyDecisionIsInTheIndexWithItsStatus() throws IOException {
    List<MatchResult> lines =
        DECISION.matcher(Files.readString(DECISIONS.resolve("README.md"))).results().toList();
    List<String> files;
    try (Stream<Path> found = Files.list(DECISIONS)) {
      files =
          found
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.equals("README.md"))
              .sorted()
              .toList();
    }

    assertThat(lines.stream().map(line -> line.group(2)))
        .as("the index of decisions, in their order")
        .isEqualTo(files);
    assertThat(lines)
        .allSatisfy(
            line -> {
              assertThat(line.group(2))
                  .startsWith("%04d-".formatted(Integer.valueOf(line.group(1))));
              assertThat(line.group(3)).as("status of decision " + line.group(1)).matches(STATUS);
            });
  }

  @Test
  void classesThatContributorsAreSentToExist() throws IOException {
    Set<String> classes =
        files(".java").stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());

    assertThat(all(CLASS_NAME, Files.readString(PROJECT.resolve("CONTRIBUTING.md"))))
        .isNotEmpty()
        .isSubsetOf(classes);
  }

  @Test
  void changelogHasTheVersionOfThisBuild() throws IOException {
    String version = Poms.text(Poms.parse(PROJECT), "version");

    assertThat(Files.readString(PROJECT.resolve("CHANGELOG.md")))
        .contains(
            version.endsWith("-SNAPSHOT") ? "\n## [Unreleased]\n" : "\n## [" + version + "] - ");
  }

  @Test
  void noticeNamesWhatIsShipped() throws IOException {
    Set<String> shipped = new TreeSet<>();
    for (Path module : Poms.shipped()) {
      shipped.addAll(Poms.groupsOf(Poms.parse(module)));
    }

    assertThat(shipped).contains("org.slf4j", "org.eclipse.jetty", "org.graalvm.compiler");
    assertThat(Files.readString(PROJECT.resolve("NOTICE")).split("\\s+")).containsAll(shipped);
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }

  /** Whether it is not built, a tool's, or a virtual environment. */
  private static boolean isOwn(Path folder) {
    String name = folder.getFileName().toString();
    return name.equals(".github")
        || (!name.equals("target")
            && !name.startsWith(".")
            && !Files.exists(folder.resolve("pyvenv.cfg")));
  }

  /** The project's own files of that kind. */
  private static List<Path> files(String suffix) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        PROJECT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return folder.equals(PROJECT) || isOwn(folder)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(suffix)) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
