package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The private folder: what is in it, and what becomes of those that others have left. */
class WorkerFilesTest {

  @TempDir private Path temporary;
  private WorkerFiles files;

  @BeforeEach
  void create() throws IOException {
    files = WorkerFiles.create();
  }

  @AfterEach
  void delete() {
    files.delete();
  }

  private Path folder() {
    return Objects.requireNonNull(files.socket().getParent());
  }

  private void assertPrivate() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())))
        .isEqualTo("rwx------");
  }

  @Test
  void onlyThisUserCanEnterIt() throws Exception {
    assertPrivate();
    assertThat(files.script()).isRegularFile();
    assertThat(files.socket()).doesNotExist();
  }

  @Test
  void whatIsMissingIsPutBack() throws Exception {
    Path folder = folder();
    String source = Files.readString(files.script());
    Files.delete(files.script());
    assertThat(files.restore()).isTrue();
    assertThat(files.script()).hasContent(source);
    files.delete();
    assertThat(folder).doesNotExist();
    assertThat(files.restore()).isTrue();
    assertThat(folder()).isEqualTo(folder);
    assertThat(files.script()).hasContent(source);
    assertPrivate();
    Files.createFile(files.socket());
    assertThat(files.restore()).isFalse();
  }

  // --- Folders that others have left ------------------------------------------------------------

  /** As a bridge leaves it that is killed: of this process, and the socket that nobody closed. */
  private Path abandoned(String owner) throws IOException {
    Path folder = Files.createTempDirectory(temporary, "wsgi-bridge-");
    Files.writeString(folder.resolve("worker.py"), "pass");
    Files.writeString(folder.resolve("output-1"), "");
    Files.writeString(folder.resolve("owner"), owner);
    ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(folder.resolve("socket")));
    listening.close();
    return folder;
  }

  /** The pid is another process's by now, one that has started later. */
  private static String gone() {
    return ProcessHandle.current().pid() + " 1000";
  }

  private static String alive() {
    ProcessHandle process = ProcessHandle.current();
    Instant start = process.info().startInstant().orElseThrow();
    return process.pid() + " " + start.toEpochMilli();
  }

  /** A pid that nobody has: Linux has none above 2^22. */
  private static String never() {
    return "1000000000 1000";
  }

  @Test
  void thoseOfBridgesThatAreGoneAreRemoved() throws Exception {
    Path gone = abandoned(gone());
    Path never = abandoned(never());
    files.removeAbandoned(temporary);
    assertThat(gone).doesNotExist();
    assertThat(never).doesNotExist();
  }

  @Test
  void thoseOfOthersStay() throws Exception {
    Path alive = abandoned(alive());
    Path unowned = abandoned(gone());
    Files.delete(unowned.resolve("owner"));
    Path odd = abandoned("nobody");
    Path starting = abandoned(gone());
    Files.delete(starting.resolve("socket"));
    Path other = Files.createDirectory(temporary.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(temporary.resolve("wsgi-bridge-link"), other);
    Files.writeString(other.resolve("owner"), gone());
    files.removeAbandoned(temporary);
    for (Path kept : new Path[] {alive, unowned, odd, starting}) {
      assertThat(kept.resolve("worker.py")).exists();
    }
    assertThat(other.resolve("owner")).exists();
    assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  @Test
  void thatOfABridgeWhosePidIsNotSeenHereStaysWhileItListens() throws Exception {
    Path elsewhere = abandoned(gone());
    Files.delete(elsewhere.resolve("socket"));
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(UnixDomainSocketAddress.of(elsewhere.resolve("socket")));
      files.removeAbandoned(temporary);
      assertThat(elsewhere.resolve("worker.py")).exists();
    }
    files.removeAbandoned(temporary);
    assertThat(elsewhere).doesNotExist();
  }

  @Test
  void whatIsNotOursInAFolderStays() throws Exception {
    Path folder = abandoned(gone());
    Path notes = Files.writeString(folder.resolve("notes"), "someone's");
    files.removeAbandoned(temporary);
    assertThat(notes).hasContent("someone's");
    assertThat(folder.resolve("worker.py")).doesNotExist();
  }
}
