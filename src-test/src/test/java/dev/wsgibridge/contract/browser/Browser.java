package dev.wsgibridge.contract.browser;

import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.ImmutableCapabilities;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.remote.RemoteWebDriver;

/**
 * Headless Chromium, driven by what a reader sees: labels, buttons, links, text. What isn't there
 * yet is waited for.
 */
public final class Browser implements AutoCloseable {

  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Pattern STARTED = Pattern.compile("started successfully on port ([0-9]+)");

  private final LoggedProcess process;
  private final RemoteWebDriver driver;

  private Browser(LoggedProcess process, RemoteWebDriver driver) {
    this.process = process;
    this.driver = driver;
  }

  /** Why it can't run here; empty where it can. */
  public static String missing() {
    return Stream.of(CHROMIUM, DRIVER)
        .filter(program -> !Files.isExecutable(program))
        .map(program -> program + " is not installed")
        .findFirst()
        .orElse("");
  }

  /** Starts it, with a profile that goes with it. */
  public static Browser start() throws IOException {
    Path profile = Files.createTempDirectory("chromium");
    LoggedProcess process =
        LoggedProcess.start(
            "chromedriver",
            new ProcessBuilder(DRIVER.toString(), "--port=0"),
            profile,
            line -> false);
    try {
      String port = process.await(STARTED, PATIENCE).group(1);
      RemoteWebDriver driver =
          new RemoteWebDriver(
              URI.create("http://127.0.0.1:" + port).toURL(), capabilities(profile), false);
      driver.manage().timeouts().implicitlyWait(PATIENCE);
      return new Browser(process, driver);
    } catch (AssertionError | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  private static ImmutableCapabilities capabilities(Path profile) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--headless=new",
                "--user-data-dir=" + profile,
                "--no-first-run",
                "--no-proxy-server",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-sync",
                "--window-size=1200,900"));
    if (System.getProperty("user.name").equals("root")) {
      arguments.add("--no-sandbox"); // Chromium's own condition.
    }
    return new ImmutableCapabilities(
        Map.of(
            "browserName",
            "chrome",
            "goog:chromeOptions",
            Map.of("binary", CHROMIUM.toString(), "args", arguments),
            "goog:loggingPrefs",
            Map.of("browser", "ALL")));
  }

  /** Goes to a page. */
  public void open(URI page) {
    driver.get(page.toString());
  }

  /** Fills in the field of a label. */
  public void fill(String label, String text) {
    WebElement field =
        driver.findElement(
            By.xpath(
                """
                //label[contains(normalize-space(.), '%1$s')]//input
                | //input[@id = //label[contains(normalize-space(.), '%1$s')]/@for]
                """
                    .formatted(label)));
    field.clear();
    field.sendKeys(text);
  }

  /** Chooses a file in the page's only field for one. */
  public void choose(Path file) {
    driver.findElement(By.cssSelector("input[type=file]")).sendKeys(file.toString());
  }

  /** Chooses from a drop-down list. */
  public void select(String label, String option) {
    driver
        .findElement(
            By.xpath(
                "//select[@id = //label[contains(normalize-space(.), '%s')]/@for]/option[. = '%s']"
                    .formatted(label, option)))
        .click();
  }

  /** Presses a button. */
  public void press(String caption) {
    driver
        .findElement(
            By.xpath(
                "//button[normalize-space(.) = '%1$s'] | //input[@type = 'submit'][@value = '%1$s']"
                    .formatted(caption)))
        .click();
  }

  /** Follows a link. */
  public void follow(String text) {
    driver.findElement(By.xpath("//a[normalize-space(.) = '%s']".formatted(text))).click();
  }

  /** Waits until the page says this, in one of its elements. */
  public void sees(String text) {
    driver.findElement(By.xpath("//body//*[contains(normalize-space(.), '%s')]".formatted(text)));
  }

  /** The page's address. */
  public String address() {
    return driver.getCurrentUrl();
  }

  /** How an element looks, as the style sheets have it: {@code style("h1", "color")}. */
  public String style(String selector, String property) {
    return driver.findElement(By.cssSelector(selector)).getCssValue(property);
  }

  /** What a script returns, run in the page. */
  public @Nullable Object run(String script) {
    return driver.executeScript(script);
  }

  /** The errors that the page has met since they were last asked for: scripts, what didn't load. */
  public List<String> errors() {
    return driver.manage().logs().get("browser").getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.SEVERE.intValue())
        .map(LogEntry::getMessage)
        .filter(message -> !message.contains("/favicon.ico"))
        .toList();
  }

  /** Leaves the page, as someone whom its host has never seen. */
  public void leave() {
    driver.manage().deleteAllCookies();
    driver.get("about:blank");
  }

  @Override
  public void close() {
    try {
      driver.quit();
    } finally {
      process.close();
    }
  }
}
