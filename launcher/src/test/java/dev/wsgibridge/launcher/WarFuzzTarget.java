package dev.wsgibridge.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * For a coverage-guided fuzzer: any file is a WAR that can be checked, or is refused; what it holds
 * is counted while it is unpacked, whatever it says of itself.
 */
public final class WarFuzzTarget {

  private static final int MAX_ENTRIES = 4;
  private static final long MAX_BYTES = 1 << 16;
  private static final URI BASE = URI.create("http://127.0.0.1:8080");
  private static final Path WAR = file();

  private WarFuzzTarget() {}

  private static Path file() {
    try {
      // Where there is one, a folder in memory: a file is written for each run.
      Path memory = Path.of("/dev/shm");
      Path file =
          Files.isWritable(memory)
              ? Files.createTempFile(memory, "fuzz", ".war")
              : Files.createTempFile("fuzz", ".war");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** WARs: as they are made, with unusual names, and with more than is allowed. */
  public static List<byte[]> seeds() {
    return List.of(
        war(ZipEntry.DEFLATED, 10, "WEB-INF/", "WEB-INF/web.xml", "index.html"),
        war(ZipEntry.DEFLATED, 10, "META-INF/MANIFEST.MF", "WEB-INF/web.xml"),
        war(ZipEntry.DEFLATED, 10, "WEB-INF/web.xml", "/[", "caf\u00e9 %2e"),
        war(ZipEntry.DEFLATED, 10, "WEB-INF/web.xml", "WEB-INF/a\nb"),
        war(ZipEntry.DEFLATED, 10, "a", "b", "c", "d", "WEB-INF/web.xml"),
        war(ZipEntry.DEFLATED, 40_000, "WEB-INF/web.xml", "zeros"));
  }

  private static byte[] war(int method, int bytes, String... names) {
    ByteArrayOutputStream war = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(war)) {
      zip.setMethod(method);
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(new byte[name.endsWith("/") ? 0 : bytes]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return war.toByteArray();
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    Optional<String> file;
    try {
      Files.write(WAR, data);
      file = CheckWar.staticFile(WAR, MAX_ENTRIES, MAX_BYTES);
    } catch (RefusedException refused) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file.ifPresent(WarFuzzTarget::check);
  }

  private static void check(String name) {
    String folder = name.toUpperCase(Locale.ROOT);
    check(!folder.startsWith("WEB-INF/") && !folder.startsWith("META-INF/"), name);
    URI asked = CheckWar.address(BASE, CheckWar.escaped("/" + name));
    check(asked.getAuthority().equals(BASE.getAuthority()), asked.toString());
  }

  private static void check(boolean found, String what) {
    if (!found) {
      throw new AssertionError("found %s, expected what a container serves".formatted(what));
    }
  }
}
