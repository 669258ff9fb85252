package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The tour's Java half. Its twin is {@code tour.py}. */
final class TourInJava implements Application {

  private static final Header TEXT = Header.of("Content-Type", "text/plain; charset=utf-8");
  private static final int LINES = 12;
  private static final Duration PAUSE = Duration.ofMillis(250);

  private final boolean hasPage;
  private final AtomicLong answers = new AtomicLong();

  /**
   * Makes one.
   *
   * @param hasPage whether the page of the tour is served here, rather than one level up
   */
  TourInJava(boolean hasPage) {
    this.hasPage = hasPage;
  }

  @Override
  public Body call(Environ environ, StartResponse startResponse) throws Exception {
    return switch ((environ.method() + " " + environ.pathInfo()).trim()) {
      case "GET", "GET /" -> page(environ, startResponse);
      case "GET /who" -> who(environ, startResponse);
      case "POST /greet" -> greet(environ, startResponse);
      case "GET /stream" -> stream(startResponse);
      case "POST /upload" -> upload(environ, startResponse);
      default -> {
        startResponse.start("404 Not Found", TEXT);
        yield Body.of("Not here: the tour is one page, at /\n");
      }
    };
  }

  private Body page(Environ environ, StartResponse startResponse) throws IOException {
    startResponse.start("200 OK", Header.of("Content-Type", "text/html; charset=utf-8"));
    if (hasPage) {
      return Body.of(Tour.resource("tour.html"));
    }
    String above = environ.pathInfo().isEmpty() ? "./" : "../"; // of /java, of /java/
    return Body.of(
        """
        <!doctype html>
        <html lang="en">
        <title>WSGI Bridge: Java</title>
        <p>Hello from Java %s, process %d. This is the tour's Java half; its page is <a href="%s">one level up</a>.
        """
            .formatted(System.getProperty("java.version"), ProcessHandle.current().pid(), above));
  }

  /** Who answers, where, and what a request looks like to them. */
  private Body who(Environ environ, StartResponse startResponse) {
    Map<String, String> shown = new TreeMap<>();
    environ.forEach((key, value) -> shown.put(key, shown(value)));
    startResponse.start(
        "200 OK",
        Header.of("Content-Type", "application/json"),
        Header.of("Cache-Control", "no-store"));
    return Body.of(
        """
        {"language": "Java", "runtime": %s, "process": %d, "answers": %d, "environ": {%s}}"""
            .formatted(
                json("Java " + System.getProperty("java.version")),
                ProcessHandle.current().pid(),
                answers.incrementAndGet(),
                shown.entrySet().stream()
                    .map(entry -> json(entry.getKey()) + ": " + json(entry.getValue()))
                    .collect(Collectors.joining(", "))));
  }

  private static String shown(Object value) {
    return value instanceof String text ? '"' + text + '"' : value.toString();
  }

  private static String json(String text) {
    return text.chars()
        .mapToObj(
            c ->
                c < ' ' || c > '~' || c == '"' || c == '\\'
                    ? "\\u%04x".formatted(c)
                    : Character.toString((char) c))
        .collect(Collectors.joining("", "\"", "\""));
  }

  /** A form. */
  private static Body greet(Environ environ, StartResponse startResponse) throws IOException {
    byte[] form = environ.input().readNBytes(10_000);
    String name = "stranger";
    for (String field : new String(form, ISO_8859_1).split("&", -1)) {
      if (field.startsWith("name=")) {
        name = URLDecoder.decode(field.substring("name=".length()), UTF_8);
      }
    }
    startResponse.start("200 OK", TEXT);
    return Body.of("Hello, %s! Java got %d bytes of form.%n".formatted(name, form.length));
  }

  /** An iterator: each line is sent before the next is made. */
  private static Body stream(StartResponse startResponse) {
    startResponse.start("200 OK", TEXT);
    Iterator<byte[]> lines = IntStream.rangeClosed(1, LINES).mapToObj(TourInJava::line).iterator();
    return () -> lines;
  }

  private static byte[] line(int number) {
    if (number > 1) {
      try {
        Thread.sleep(PAUSE.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return "Java: line %d of %d\n".formatted(number, LINES).getBytes(UTF_8);
  }

  /** A file of any size, read block by block. */
  private static Body upload(Environ environ, StartResponse startResponse) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    long size = 0;
    long began = System.nanoTime();
    InputStream input = environ.input();
    byte[] block = new byte[65536];
    for (int read = input.read(block); read >= 0; read = input.read(block)) {
      digest.update(block, 0, read);
      size += read;
    }
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    startResponse.start("200 OK", TEXT);
    return Body.of(
        String.format(
            Locale.ROOT,
            "Java read %,d bytes in %d ms\nSHA-256 %s\n",
            size,
            took.toMillis(),
            HexFormat.of().formatHex(digest.digest())));
  }
}
