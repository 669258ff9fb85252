package dev.wsgibridge.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The project's modules, as they were built just now. */
final class Modules {

  private static final Path PROJECT = Path.of("..");

  private static final List<String> NAMES =
      List.of("bridge-core", "bridge-python", "jetty-fcgi-connector", "examples", "launcher");

  /** Built from JDK 22 on, by a profile. */
  private static final String NEWER = "bridge-python-ffm";

  private Modules() {}

  /** The folders of the modules that are made of Java. */
  static List<Path> folders() {
    Stream<String> newer = Runtime.version().feature() < 22 ? Stream.of() : Stream.of(NEWER);
    return Stream.concat(NAMES.stream(), newer)
        .map(PROJECT::resolve)
        .filter(module -> Files.isDirectory(classes(module)))
        .toList();
  }

  /** The same, whether or not they were built. */
  static List<Path> sources() {
    return Stream.concat(NAMES.stream(), Stream.of(NEWER)).map(PROJECT::resolve).toList();
  }

  /** A module's compiled classes. */
  static Path classes(Path module) {
    return module.resolve("target").resolve("classes");
  }

  /** The files below a folder whose name ends so, sorted. */
  static List<Path> files(Path folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }
}
