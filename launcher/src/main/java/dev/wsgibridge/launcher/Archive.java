package dev.wsgibridge.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** What a WAR is made of: the same content becomes the same bytes, whenever and wherever. */
final class Archive {

  /** What an entry holds; can be opened several times. */
  @FunctionalInterface
  interface Content {
    InputStream open() throws IOException;
  }

  private static final String MANIFEST = "META-INF/MANIFEST.MF";

  /** No earlier time is the same in all time zones. */
  private static final LocalDateTime FIRST_TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

  /** Makes 34 years of two seconds each, the steps of ZIP's clock. */
  private static final long TIMES = (1 << 29) - 1;

  private final SortedMap<String, Content> entries = new TreeMap<>();

  /**
   * Adds an entry.
   *
   * @throws IllegalArgumentException there is one of that name
   */
  void add(String name, Content content) {
    if (entries.putIfAbsent(name, content) != null) {
      throw new IllegalArgumentException("two entries are named " + name);
    }
  }

  void addAll(String prefix, Map<String, Path> files) {
    files.forEach((name, file) -> add(prefix + name, () -> Files.newInputStream(file)));
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  /** Writes it; the manifest comes first, as {@link java.util.jar.JarInputStream} wants it. */
  void writeTo(OutputStream out) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      Content manifest = entries.get(MANIFEST);
      if (manifest != null) {
        write(zip, MANIFEST, manifest);
      }
      for (Map.Entry<String, Content> entry : entries.entrySet()) {
        if (!entry.getKey().equals(MANIFEST)) {
          write(zip, entry.getKey(), entry.getValue());
        }
      }
    }
  }

  private static void write(ZipOutputStream zip, String name, Content content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(time(content));
    zip.putNextEntry(entry);
    try (InputStream in = content.open()) {
      in.transferTo(zip);
    }
    zip.closeEntry();
  }

  /**
   * A time that is made from the content. Caches of bytecode and of browsers know a file by its
   * time: one that was changed must not have the time of the one before.
   */
  private static LocalDateTime time(Content content) throws IOException {
    CRC32 sum = new CRC32();
    try (InputStream in = new CheckedInputStream(content.open(), sum)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return FIRST_TIME.plusSeconds(2 * (sum.getValue() & TIMES));
  }
}
