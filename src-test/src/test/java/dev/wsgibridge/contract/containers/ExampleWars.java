package dev.wsgibridge.contract.containers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** The WARs of war-example, and variants of them. */
final class ExampleWars {

  private static final String WEB_XML = "WEB-INF/web.xml";

  private ExampleWars() {}

  static Path helloJava() {
    return built("hello-java");
  }

  static Path helloPython() {
    return built("hello-python");
  }

  private static Path built(String name) {
    Path war = Path.of(System.getProperty("wsgibridge." + name, "no-such-property"));
    if (!Files.isRegularFile(war)) {
      throw new AssertionError(
          "found no %s; it is built by 'mvn package', not by 'mvn test'".formatted(war));
    }
    return war;
  }

  /**
   * Copies a WAR.
   *
   * @param kept which of its entries are copied
   * @param webXml makes the copy's web.xml from the original's
   */
  static Path copy(Path war, Path copy, Predicate<String> kept, UnaryOperator<String> webXml)
      throws IOException {
    try (ZipInputStream from = new ZipInputStream(Files.newInputStream(war));
        OutputStream file = Files.newOutputStream(copy);
        ZipOutputStream to = new ZipOutputStream(file)) {
      to.setLevel(Deflater.BEST_SPEED);
      for (ZipEntry entry = from.getNextEntry(); entry != null; entry = from.getNextEntry()) {
        if (kept.test(entry.getName())) {
          to.putNextEntry(new ZipEntry(entry.getName()));
          to.write(entry.getName().equals(WEB_XML) ? edited(from, webXml) : from.readAllBytes());
        }
      }
    }
    return copy;
  }

  /**
   * Adds classes of the tests to a WAR.
   *
   * @return the same WAR
   */
  static Path withClasses(Path war, Class<?>... types) throws IOException {
    try (FileSystem files = FileSystems.newFileSystem(war)) {
      for (Class<?> type : types) {
        String name = type.getName().replace('.', '/') + ".class";
        Path file = files.getPath("WEB-INF/classes", name);
        Files.createDirectories(file.getParent());
        try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
          Files.copy(in, file);
        }
      }
    }
    return war;
  }

  private static byte[] edited(InputStream webXml, UnaryOperator<String> edit) throws IOException {
    String text = new String(webXml.readAllBytes(), StandardCharsets.UTF_8);
    return edit.apply(text).getBytes(StandardCharsets.UTF_8);
  }
}
