package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckWarTest {

  private static final int ENTRIES = 3;
  private static final int BYTES = 100_000;

  @TempDir private Path folder;
  private Path war;

  /** Three entries that have 100,000 bytes together. */
  @BeforeEach
  void pack() throws IOException {
    war = folder.resolve("site.war");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(war))) {
      zip.putNextEntry(new ZipEntry("WEB-INF/"));
      zip.putNextEntry(new ZipEntry("WEB-INF/web.xml"));
      zip.write(new byte[1]);
      zip.putNextEntry(new ZipEntry("zeros"));
      zip.write(new byte[BYTES - 1]);
    }
  }

  private void check(int maxEntries, long maxBytes) throws IOException, RefusedException {
    try (ZipFile zip = new ZipFile(war.toFile())) {
      CheckWar.requireBounded(war, zip, maxEntries, maxBytes);
    }
  }

  @Test
  void whatFitsIsUnpacked() {
    assertThatCode(() -> check(ENTRIES, BYTES)).doesNotThrowAnyException();
    assertThatCode(() -> check(ENTRIES + 1, BYTES + 1)).doesNotThrowAnyException();
  }

  @Test
  void whatIsLargerThanItLooksIsRefused() {
    assertThatThrownBy(() -> check(ENTRIES, BYTES - 1))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("found more than 100.0 kB when unpacked, up to zeros");
  }

  @Test
  void tooManyEntriesAreRefused() {
    assertThatThrownBy(() -> check(ENTRIES - 1, BYTES))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("found 3 entries, expected at most 2");
  }
}
