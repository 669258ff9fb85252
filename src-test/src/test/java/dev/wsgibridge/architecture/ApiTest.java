package dev.wsgibridge.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each module's {@code api.txt} is its public API, so that a change of it is seen in review.
 *
 * <p>As {@code javap -public} tells it, shortened: public classes and their public members.
 */
class ApiTest {

  private static final String COMMAND =
      "mvn -pl src-test -am test -Dtest=ApiTest -DfailIfNoTests=false"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dregenerate";

  /** What every class has. */
  private static final Pattern USUAL =
      Pattern.compile(
          ".* (toString\\(\\)|hashCode\\(\\)|equals\\(java\\.lang\\.Object\\)"
              + "|valueOf\\(java\\.lang\\.String\\)|values\\(\\));");

  private static final Pattern JAVA_LANG = Pattern.compile("\\bjava\\.lang\\.(?=[A-Z])");
  private static final Pattern COMPILED_FROM = Pattern.compile("(?m)^Compiled from .*\\n");
  private static final Pattern PUBLIC_CLASS =
      Pattern.compile("public (?:[a-z-]+ )*?(?:class|interface) ([\\w.$]+)");

  static List<Path> modules() {
    return Modules.folders();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void isWhatTheFileSays(Path module) throws IOException {
    Path file = module.resolve("api.txt");
    String api = api(module);

    if (System.getProperty("regenerate") != null) {
      Files.writeString(file, api);
    }
    assertThat(file)
        .as("%s is stale: look at the change, then make it anew with: %s", file, COMMAND)
        .hasContent(api);
  }

  private static String api(Path module) throws IOException {
    List<String> files =
        Modules.files(Modules.classes(module), ".class").stream().map(Path::toString).toList();
    Map<String, String> classes = new TreeMap<>();
    for (String part : COMPILED_FROM.split(javap(files), -1)) {
      Matcher head = PUBLIC_CLASS.matcher(part);
      if (head.lookingAt()) {
        classes.put(head.group(1), members(part));
      }
    }
    // A public class within one that isn't can't be reached.
    return classes.entrySet().stream()
        .filter(
            entry -> {
              int dollar = entry.getKey().lastIndexOf('$');
              return dollar < 0 || classes.containsKey(entry.getKey().substring(0, dollar));
            })
        .map(Map.Entry::getValue)
        .collect(Collectors.joining("\n"));
  }

  private static String members(String part) {
    return part.lines()
        .filter(line -> !USUAL.matcher(line).matches())
        .map(line -> JAVA_LANG.matcher(line).replaceAll(""))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String javap(List<String> files) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    List<String> arguments = new ArrayList<>(List.of("-public"));
    arguments.addAll(files);
    int status =
        ToolProvider.findFirst("javap")
            .orElseThrow()
            .run(out, out, arguments.toArray(String[]::new));
    out.flush();
    assertThat(status).as(text.toString()).isZero();
    return text.toString();
  }
}
