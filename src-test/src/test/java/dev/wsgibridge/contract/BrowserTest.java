package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.browser.Browser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The examples clicked through in headless Chromium: on CPython in each of the ways; on GraalPy,
 * whose first pages take seconds, in the longest. A carrier is not told who is in front of it.
 */
class BrowserTest {

  private static final Path PACKAGES = FrameworksTest.PACKAGES;

  private static Ways ways;
  private static Browser browser;

  @TempDir private Path data;

  @BeforeAll
  static void start() throws IOException {
    assumeTrue(Browser.missing().isEmpty(), Browser.missing());
    assumeTrue(Files.exists(PACKAGES), "./test fetches the frameworks into " + PACKAGES);
    ways = Ways.open();
    browser = Browser.start();
  }

  @AfterAll
  static void end() {
    if (browser != null) {
      browser.close();
    }
    if (ways != null) {
      ways.close();
    }
  }

  /** A user at an application. */
  @FunctionalInterface
  private interface Visit {

    /**
     * Clicks through it.
     *
     * @param page its address, with a slash at its end
     * @param user a name that no other visit has
     */
    void at(URI page, String user) throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void accountsAndFilesWithFlask(Carrier carrier) throws Exception {
    Path file = data.resolve("träge Post.txt");
    Files.writeString(file, "Zoë\n".repeat(100_000), StandardCharsets.UTF_8);

    clickThrough(
        carrier,
        List.of("--mount", Ways.MOUNT + "=examples/flask_files.py"),
        (page, user) -> {
          browser.open(page);
          browser.fill("Name", user);
          browser.fill("Password", "correct horse");
          browser.press("Register");
          browser.sees("You are " + user);
          browser.press("Log out");

          browser.fill("Name", user);
          browser.fill("Password", "battery staple");
          browser.press("Log in");
          browser.sees("Wrong name or password.");
          browser.fill("Name", user);
          browser.fill("Password", "correct horse");
          browser.press("Log in");
          browser.sees("You are " + user);
          browser.sees("No files yet.");

          browser.choose(file);
          browser.press("Upload");
          browser.sees("träge Post.txt, 500000 bytes");
          assertThat(
                  browser.run(
                      """
                      const link = document.querySelector("li a").href;
                      return fetch(link).then(answer => answer.text());
                      """))
              .isEqualTo(Files.readString(file));

          browser.press("Log out");
          browser.sees("Register");
        });
  }

  @ParameterizedTest
  @EnumSource
  void adminAndFormsWithDjango(Carrier carrier) throws Exception {
    manage("migrate");
    manage("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org");
    Path file = data.resolve("abc.txt");
    Files.writeString(file, "abc");

    clickThrough(
        carrier,
        List.of("--mount", Ways.MOUNT + "=mysite.wsgi", "--python-path", "examples/django_site"),
        (page, user) -> {
          browser.open(page.resolve("admin/"));
          browser.fill("Username", "ada");
          browser.fill("Password", "battery staple");
          browser.press("Log in");
          browser.sees("Please enter the correct username and password");
          browser.fill("Username", "ada");
          browser.fill("Password", "correct horse");
          browser.press("Log in");
          browser.sees("Site administration");
          // The admin's style sheet has arrived.
          assertThat(browser.style("#header", "background-color")).contains("65, 118, 144");

          browser.open(page.resolve("admin/books/author/add/"));
          browser.fill("Name", "Author of " + user);
          browser.press("Save");
          browser.sees("was added successfully");
          browser.open(page.resolve("admin/books/book/add/"));
          browser.fill("Title", "Draft of " + user);
          browser.select("Author", "Author of " + user);
          browser.press("Save");
          browser.sees("was added successfully");
          browser.follow("Draft of " + user);
          browser.fill("Title", "Book of " + user);
          browser.fill("Year", "1843");
          browser.press("Save");
          browser.sees("was changed successfully");

          browser.open(page.resolve("books/"));
          browser.sees("Book of " + user);
          browser.sees("1843");
          assertThat(browser.style("table", "border-collapse")).isEqualTo("collapse");

          browser.open(page);
          browser.fill("Your name", "Jürgen <" + user);
          browser.press("Remember me");
          browser.sees("Hello, Jürgen <" + user + "!");
          browser.choose(file);
          browser.press("Upload");
          browser.sees("abc.txt: 3 bytes, SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a3");

          browser.open(page.resolve("admin/"));
          browser.follow("Log out");
          browser.sees("Logged out");
        });
  }

  /** GraalPy streams in the contract's own tests. */
  @ParameterizedTest
  @EnumSource(names = "GRAALPY", mode = EnumSource.Mode.EXCLUDE)
  void serverSentEvents(Carrier carrier) throws Exception {
    clickThrough(
        carrier,
        List.of("--mount", Ways.MOUNT + "=examples/events.py"),
        (page, user) -> {
          browser.open(page);
          browser.sees("listening");
          assertThat(
                  browser.run(
                      """
                      return new Promise(resolve =>
                        source.addEventListener("tick", event => resolve(source.readyState)));
                      """))
              .as("an event arrives while the answer is open")
              .isEqualTo(1L);
          assertThat(
                  browser.run(
                      """
                      return fetch("events", {headers: {"Last-Event-ID": "41"}}).then(answer => {
                        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
                        const read = text => reader.read().then(({value}) =>
                          (text + value).includes("data:") ? text + value : read(text + value));
                        return read("").finally(() => reader.cancel());
                      });
                      """))
              .asString()
              .startsWith("retry: 1000\n\nevent: tick\nid: 42\ndata: ");
        });
  }

  /** Serves an application and lets a user visit it in each of the ways. */
  private void clickThrough(Carrier carrier, List<String> application, Visit visit)
      throws Exception {
    assumeTrue(carrier.missing().isEmpty(), carrier.missing());
    List<String> arguments = new ArrayList<>(application);
    arguments.addAll(carrier.options());
    arguments.addAll(List.of("--python-path", PACKAGES.toString()));
    Ways.Site site = ways.serve(arguments, environment());
    try (site) {
      int visits = 0;
      List<Map.Entry<String, InetSocketAddress>> ways =
          new ArrayList<>(site.addresses().entrySet());
      if (carrier == Carrier.GRAALPY) {
        ways = ways.subList(ways.size() - 1, ways.size());
      }
      for (Map.Entry<String, InetSocketAddress> way : ways) {
        URI page = URI.create("http://127.0.0.1:" + way.getValue().getPort() + Ways.MOUNT + "/");
        try {
          visit.at(page, "user" + ++visits);
          assertThat(browser.errors()).as("what the browser complains of").isEmpty();
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(
              "%s, at %s:%n%s%n%s"
                  .formatted(way.getKey(), browser.address(), e.getMessage(), site.bridge().log()),
              e);
        } finally {
          browser.leave();
        }
      }
    }
    assertThat(site.bridge().exitCode()).as(site.bridge().log()).isZero();
  }

  private Map<String, String> environment() {
    return Map.of(
        "FLASK_DATA", data.toString(),
        "DJANGO_DATA", data.toString(),
        "DJANGO_SUPERUSER_PASSWORD", "correct horse");
  }

  /** Django's own commands, as the example's first lines have them. */
  private void manage(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("python3", "examples/django_site/manage.py"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(Servers.project().toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment());
    builder.environment().put("PYTHONPATH", PACKAGES.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
