package dev.wsgibridge.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/options.md} says what {@link Option} says. */
class OptionsPageTest {

  private static final Path PAGE = Path.of("..", "docs", "options.md");
  private static final String COMMAND =
      "mvn -pl bridge-core test -Dtest=OptionsPageTest -Dregenerate";

  private static final int COLUMNS = 120;

  private static final String INTRODUCTION =
      """
      # Options

      ```
      ./run shop.py --workers 4 --bind http://0.0.0.0:8000
      ```

      An option is taken from the first of these that has it:

      1. **the command line**, where options stand before the application or after it. `./run --help` lists them.
      2. **an environment variable**: `WSGI_BRIDGE_WORKERS=4`. Several values are separated by commas, folders and class
         paths as in `PATH`. An empty variable counts as none. One of a name that is no option is a warning in the log.
      3. **a file in TOML**: `--config FILE`, or else `wsgi-bridge.toml` in the current folder. Its keys are the names
         of the options without their dashes, see below. A mistake in it ends the start with status 2; the message
         has the line.
      4. **what a script asks for** that [starts a server itself](toolserver.md).
      5. **`PORT` and `WEB_CONCURRENCY`**, which hosting platforms set, as gunicorn takes them: they stand in for the
         defaults of `--bind`, at every address, and of `--workers`.
      6. **the default**.

      The values of a list come from one of them; they aren't added up. Whoever names an application or a mount leaves
      none to the others. `./run war` takes its options from the command line alone, since they are for another machine.

      ```toml
      app = "mysite.wsgi:application"
      bind = ["http://0.0.0.0:8000", "fcgi+unix:///run/site.sock"]
      workers = 4
      timeout = "2m"
      lint = true
      ```

      `./run config` prints what is in force and where each value comes from, in the form of such a file. It takes the
      options that a start takes, and starts nothing. It doesn't show a secret.

      In a container they are init-params of the servlet and the filter, if they are marked so below. There the option
      `app` is called `application`. Lists are separated by commas. A filter has two more: `prefix`, the path below which
      the application stands, and `static`, the paths that it leaves to the container. An unknown name or a wrong value
      is an error of the deployment. A name with a dot belongs to somebody else.

      A time is a number with a unit: `500ms`, `30s`, `2m`, `1h`. Without a unit it is in seconds. A flag is `true` or
      `false` where it has a value. On the command line it is turned off by `--no-` before its name, such as `--no-lint`.

      "Not given" differs from any value. Without `--workers` the bridge decides whether Python runs inside the JVM,
      and a script that starts a server itself may say so; `--workers 0` decides it.
      """;

  private static final String NAMES =
      """

      ## Coming from gunicorn or uWSGI

      The command line names the option here when it is given one of theirs. `-b HOST:PORT`, `-w`, `-t` and `-c` are
      known as gunicorn writes them. Three mean something else here:

      - `--backlog` counts requests that wait for Python, not connections that wait in the kernel.
      - `--bind` takes a URL; it is `-b` that takes `HOST:PORT`.
      - `--config` names a file in TOML, not in Python.

      | There | Here |
      |---|---|
      """;

  @Test
  void isWhatTheTableSays() throws IOException {
    if (System.getProperty("regenerate") != null) {
      Files.writeString(PAGE, page());
    }
    assertThat(PAGE)
        .as("docs/options.md is stale; make it again with: " + COMMAND)
        .hasContent(page());
  }

  @Test
  void linesAreNoLongerThanAReaderLikes() {
    assertThat(page().lines().filter(line -> !line.startsWith("|")))
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(COLUMNS));
  }

  private static String page() {
    StringBuilder page = new StringBuilder();
    page.append("<!-- Made from dev.wsgibridge.options.Option by: ")
        .append(COMMAND)
        .append(" -->\n\n");
    page.append(INTRODUCTION);
    for (Group group : Group.values()) {
      page.append("\n## ").append(group.title()).append("\n");
      for (Option option : Option.values()) {
        if (option.group() == group) {
          page.append("\n").append(section(option));
        }
      }
    }
    page.append(NAMES);
    names().forEach(row -> page.append(row).append('\n'));
    return page.toString();
  }

  private static String section(Option option) {
    String title =
        option == Option.APP ? option.label() : (option.flag() + " " + option.label()).strip();
    StringBuilder section = new StringBuilder("### `" + title + "`\n\n");
    section.append(wrapped(sentence(option.help()), "")).append("\n");
    if (!option.shortName().isEmpty()) {
      section.append("- Short form: `").append(option.shortName()).append("`\n");
    }
    section.append(item("Value", value(option)));
    String notGiven = option.notGiven();
    if (option.type() == OptionType.FLAG) {
      notGiven = "off";
    }
    section.append(item("Not given", notGiven.isEmpty() ? "none" : escaped(notGiven)));
    if (!option.notGivenInContainer().equals(option.notGiven())) {
      section.append(item("Not given, in a container", escaped(option.notGivenInContainer())));
    }
    if (option == Option.APP) {
      section.append(item("In the file", "`" + option.key() + "`"));
    }
    section.append(item("Variable", "`" + option.variable() + "`"));
    if (option.initParam() != null) {
      section.append(item("Init-param", "`" + option.initParam() + "`"));
    }
    section.append(
        item(
            "Read by",
            option.readers().stream().map(Reader::title).collect(Collectors.joining(", "))));
    return section.toString();
  }

  private static String value(Option option) {
    return switch (option.type()) {
      case NUMBER, WORD -> option.type().title() + ", " + option.expected();
      default -> option.type().title();
    };
  }

  private static String item(String name, String text) {
    return wrapped("- " + name + ": " + text, "  ");
  }

  private static String sentence(String help) {
    return escaped(Character.toUpperCase(help.charAt(0)) + help.substring(1) + ".");
  }

  private static String escaped(String text) {
    return text.replaceAll("[|*_`\\\\<]", "\\\\$0");
  }

  /** Each name of theirs, sorted. */
  private static List<String> names() {
    List<String> rows = new ArrayList<>();
    for (Option option : Option.values()) {
      String here = option == Option.APP ? option.label() : option.flag();
      option.gunicorn().forEach(name -> rows.add(row(theirs(name), "gunicorn", here)));
      option.uwsgi().forEach(name -> rows.add(row("--" + name, "uWSGI", here)));
    }
    rows.sort(Comparator.naturalOrder());
    return rows;
  }

  /** A setting of gunicorn's has underscores; an option on its command line doesn't. */
  private static String theirs(String name) {
    return name.contains("_") ? name : "--" + name;
  }

  private static String row(String name, String server, String here) {
    return "| `%s` (%s) | `%s` |".formatted(name, server, here);
  }

  private static String wrapped(String text, String indent) {
    StringBuilder lines = new StringBuilder();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > COLUMNS) {
        lines.append(line).append('\n');
        line.setLength(0);
        line.append(indent);
      } else if (!line.isEmpty()) {
        line.append(' ');
      }
      line.append(word);
    }
    return lines.append(line).append('\n').toString();
  }
}
