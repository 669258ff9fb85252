package dev.wsgibridge.contract;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How many cases of the contract hold on one server. Each server's is a file below {@code
 * target/matrix}, so that the page of them all can be made in a later run, too.
 *
 * @param missing why nothing was run; empty where it was
 * @param deviations reasons, by the case
 */
record Result(int passed, int failed, String missing, Map<String, String> deviations) {

  private static final String DEVIATION = "deviation ";

  /** Keeps a copy. */
  Result {
    deviations = Map.copyOf(deviations);
  }

  int ran() {
    return passed + failed + deviations.size();
  }

  private static Path file(Class<?> test) {
    return Servers.module().resolve("target/matrix").resolve(test.getName() + ".properties");
  }

  void write(Class<?> test) throws IOException {
    Properties lines = new Properties();
    lines.setProperty("passed", Integer.toString(passed));
    lines.setProperty("failed", Integer.toString(failed));
    lines.setProperty("missing", missing);
    deviations.forEach((key, reason) -> lines.setProperty(DEVIATION + key, reason));
    Files.createDirectories(file(test).getParent());
    try (var to = Files.newBufferedWriter(file(test), StandardCharsets.UTF_8)) {
      lines.store(to, null);
    }
  }

  /** What a server's test class has left, null where it did not run. */
  static @Nullable Result read(Class<?> test) throws IOException {
    if (!Files.exists(file(test))) {
      return null;
    }
    Properties lines = new Properties();
    try (var from = Files.newBufferedReader(file(test), StandardCharsets.UTF_8)) {
      lines.load(from);
    }
    Map<String, String> deviations = new TreeMap<>();
    for (String name : lines.stringPropertyNames()) {
      if (name.startsWith(DEVIATION)) {
        deviations.put(name.substring(DEVIATION.length()), lines.getProperty(name));
      }
    }
    return new Result(
        Integer.parseInt(lines.getProperty("passed")),
        Integer.parseInt(lines.getProperty("failed")),
        lines.getProperty("missing"),
        deviations);
  }
}
