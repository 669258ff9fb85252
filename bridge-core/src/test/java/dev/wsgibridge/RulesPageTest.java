package dev.wsgibridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** {@code docs/wsgi-rules.md} says what {@link Rule} says. */
class RulesPageTest {

  private static final Path PAGE = Path.of("..", "docs", "wsgi-rules.md");
  private static final String COMMAND =
      "mvn -pl bridge-core test -Dtest=RulesPageTest -Dregenerate";

  private static final String INTRODUCTION =
      """
      # WSGI's rules

      What a server, an application and everything between them owe each other: [PEP 3333](https://peps.python.org/pep-3333/), and
      the specifications that it leans on, as rules that WSGI Bridge checks. The names are those of the Java API; a Python application
      is held to the same.

      - **Always**: the gateway checks the rule with every request. Who breaks it before the head is sent gets a 500 answered,
        later a connection that is broken off; the story is in the log.
      - **Lint**: the validator checks it, where it is switched on: `--lint` on the command line, the init-param `lint` of servlet
        and filter, or `new Validator().wrap(application)` in Java. It stands between any two of server, middleware and
        application, and is meant for development and tests. It holds every rule of Python's `wsgiref.validate`.

      Who breaks a rule is told there and then, by an exception that names the rule, what was found, what was expected, the cure and the place
      where it is written:

      ```
      {example}
      ```

      Where there is nobody left to tell, the same text is one line in the log.
      """;

  @Test
  void isWhatTheRulesSay() throws IOException {
    if (System.getProperty("regenerate") != null) {
      Files.createDirectories(PAGE.getParent());
      Files.writeString(PAGE, page());
    }
    assertThat(PAGE)
        .as("docs/wsgi-rules.md is stale; make it anew with: " + COMMAND)
        .hasContent(page());
  }

  private static String page() {
    StringBuilder page = new StringBuilder();
    page.append("<!-- Made from dev.wsgibridge.Rule by: ").append(COMMAND).append(" -->\n\n");
    page.append(INTRODUCTION.replace("{example}", Rule.STATUS.message("status \"200\"")));
    for (Rule.Subject subject : Rule.Subject.values()) {
      page.append("\n## ").append(title(subject)).append("\n\n");
      page.append(introduction(subject)).append("\n\n");
      page.append("| Rule | Expected | Cure | Checked | Written in |\n|---|---|---|---|---|\n");
      for (Rule rule : Rule.values()) {
        if (rule.subject() == subject) {
          page.append(row(rule));
        }
      }
    }
    return page.toString();
  }

  private static String row(Rule rule) {
    return "| `%s` | %s | %s | %s | %s |\n"
        .formatted(
            rule.name(),
            escaped(rule.expected()),
            escaped(rule.cure()),
            switch (rule.checker()) {
              case GATEWAY -> "always";
              case VALIDATOR -> "lint";
            },
            link(rule.section()));
  }

  /** The section, as a link to it. */
  private static String link(String section) {
    String[] parts = section.split(", ", 2);
    String[] name = parts[0].split("[ -]", 2);
    String url =
        switch (name[0]) {
          case "PEP" -> "https://peps.python.org/pep-" + name[1] + "/#" + anchor(parts[1]);
          case "RFC" -> "https://www.rfc-editor.org/rfc/rfc" + name[1] + "#section-" + parts[1];
          case "CVE" -> "https://www.cve.org/CVERecord?id=" + section;
          default -> throw new IllegalStateException("no link to " + section);
        };
    return "[%s](%s)".formatted(escaped(section), url);
  }

  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }

  private static String escaped(String text) {
    return text.replaceAll("[|*_`\\\\]", "\\\\$0");
  }

  private static String title(Rule.Subject subject) {
    return switch (subject) {
      case ENVIRON -> "The environ";
      case START -> "start_response";
      case WRITE -> "write()";
      case BODY -> "The body";
      case STREAMS -> "wsgi.input and wsgi.errors";
    };
  }

  private static String introduction(Rule.Subject subject) {
    return switch (subject) {
      case ENVIRON ->
          """
          The request, as the server hands it over. WSGI Bridge's own servers keep these rules; a middleware of yours, or a server that
          you write, may break one.\
          """;
      case START -> "The application's status and headers, at the moment when they are given.";
      case WRITE ->
          "The callable that start_response returns, for applications that can't return a body.";
      case BODY -> "What the application returns, and what server and middleware do with it.";
      case STREAMS -> "The request's body, and the server's log.";
    };
  }
}
