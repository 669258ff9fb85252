package dev.wsgibridge.contract.containers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The JDKs of this machine, as far as they lie beside the one that runs the tests. */
final class Jdks {

  private Jdks() {}

  /** The home of a JDK of this feature release: {@code 17}. */
  static Optional<Path> find(int feature) throws IOException {
    Path running = Path.of(System.getProperty("java.home"));
    if (Runtime.version().feature() == feature) {
      return Optional.of(running);
    }
    try (Stream<Path> homes = Files.list(running.resolveSibling(""))) {
      return homes.filter(home -> isOf(home, feature)).findFirst();
    }
  }

  private static boolean isOf(Path home, int feature) {
    try {
      return Files.isExecutable(home.resolve("bin/java"))
          && Files.readString(home.resolve("release"))
              .contains("JAVA_VERSION=\"%d.".formatted(feature));
    } catch (IOException e) {
      return false;
    }
  }
}
