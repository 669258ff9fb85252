package dev.wsgibridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BodyTest {

  private final List<String> events = new ArrayList<>();

  @TempDir private Path folder;

  @Test
  void isTextInUtf8() {
    Body body = Body.of("Gr\u00fc\u00dfe");

    assertThat(text(body)).isEqualTo("Gr\u00fc\u00dfe");
    assertThat(body.length()).isEqualTo(7);
  }

  @Test
  void isEmpty() {
    assertThat(Body.empty()).isEmpty();
    assertThat(Body.empty().length()).isZero();
  }

  @Test
  void isAListOfBlocks() {
    Body body = Body.of(List.of(bytes("ab"), bytes(""), bytes("c")));

    assertThat(body).containsExactly(bytes("ab"), bytes(""), bytes("c"));
    assertThat(body.length()).isEqualTo(3);
  }

  @Test
  void closesBlocksThatCanBeClosed() throws IOException {
    class Blocks implements Iterable<byte[]>, Closeable {
      @Override
      public Iterator<byte[]> iterator() {
        return List.of(bytes("a")).iterator();
      }

      @Override
      public void close() {
        events.add("closed");
      }
    }

    Body body = Body.of(new Blocks());

    assertThat(text(body)).isEqualTo("a");
    assertThat(body.length()).isEqualTo(-1);
    body.close();
    assertThat(events).containsExactly("closed");
  }

  @Test
  void isTheRestOfAStreamBlockByBlock() throws IOException {
    byte[] bytes = new byte[100_000];
    Arrays.fill(bytes, (byte) 7);
    InputStream stream =
        new ByteArrayInputStream(bytes) {
          @Override
          public void close() {
            events.add("closed");
          }
        };
    assertThat(stream.read()).isEqualTo(7);

    Body body = Body.of(stream);
    Iterator<byte[]> blocks = body.iterator();

    assertThat(blocks.next()).hasSize(65_536);
    assertThat(blocks.next()).hasSize(34_463);
    assertThat(blocks.hasNext()).isFalse();
    assertThatThrownBy(blocks::next).isInstanceOf(NoSuchElementException.class);
    assertThat(body.length()).isEqualTo(-1);
    body.close();
    assertThat(events).containsExactly("closed");
  }

  @Test
  void isAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "abcdef");

    try (Body body = Body.of(file)) {
      assertThat(body.length()).isEqualTo(6);
      assertThat(text(body)).isEqualTo("abcdef");
    }
  }

  @Test
  void isAnOpenFileFromItsPosition() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "abcdef");
    FileInputStream stream = new FileInputStream(file.toFile());
    stream.skipNBytes(2);

    try (Body body = Body.of(stream)) {
      assertThat(body.length()).isEqualTo(4);
      assertThat(text(body)).isEqualTo("cdef");
    }

    assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
  }

  @Test
  void isAnOpenFileAtItsEnd() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "ab");
    FileInputStream stream = new FileInputStream(file.toFile());
    stream.skipNBytes(2);

    try (Body body = Body.of(stream)) {
      assertThat(body.length()).isZero();
      assertThat(body).isEmpty();
    }
  }

  @Test
  void isAnEmptyFile() throws IOException {
    Path file = Files.createFile(folder.resolve("f"));

    try (Body body = Body.of(file)) {
      assertThat(body.length()).isZero();
      assertThat(body).isEmpty();
    }
    try (Body body = Body.of(new FileInputStream(file.toFile()))) {
      assertThat(body).isEmpty();
    }
  }

  @Test
  void isNoFolderAndNoMissingFile() {
    assertThatThrownBy(() -> Body.of(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> Body.of(folder))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(folder + ": found a folder, expected a file");
  }

  @Test
  void closesItselfBeforeWhatWasAdded() throws IOException {
    Body.of("x").onClose(() -> events.add("first")).onClose(() -> events.add("second")).close();

    assertThat(events).containsExactly("first", "second");
  }

  @Test
  void closesAFileBeforeWhatWasAdded() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "abc");
    FileInputStream stream =
        new FileInputStream(file.toFile()) {
          @Override
          public void close() throws IOException {
            events.add("file");
            super.close();
          }
        };

    Body body = Body.of(stream).onClose(() -> events.add("action"));
    assertThat(body.length()).isEqualTo(3);
    body.close();

    // The JDK's stream closes itself once more, by way of its channel.
    assertThat(events).startsWith("file").endsWith("action").containsOnlyOnce("action");
  }

  @Test
  void runsWhatWasAddedEvenWhereClosingFails() {
    Body failing =
        Body.of("x")
            .onClose(
                () -> {
                  throw new IOException("no close");
                });

    assertThatThrownBy(() -> failing.onClose(() -> events.add("action")).close())
        .hasMessage("no close");
    assertThat(events).containsExactly("action");
  }

  @Test
  void isMadeByTheFileWrapper() throws IOException {
    Environ environ = Environ.request("GET", "/", "HTTP/1.1").build();

    Environ.FileWrapper wrapper =
        (Environ.FileWrapper) environ.getOrDefault(Environ.WSGI_FILE_WRAPPER, "none");

    assertThat(text(wrapper.wrap(new ByteArrayInputStream(bytes("abc"))))).isEqualTo("abc");
  }

  private static String text(Body body) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    body.forEach(text::writeBytes);
    return text.toString(UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
