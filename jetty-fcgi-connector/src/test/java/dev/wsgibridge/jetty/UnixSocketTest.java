package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "its sockets have no modes")
class UnixSocketTest {

  @TempDir private Path folder;

  private Path path() {
    return folder.resolve("app.sock");
  }

  private static UnixSocket listen(Path path) throws IOException {
    return UnixSocket.listen(path, SocketAccess.DEFAULT);
  }

  /** What a process leaves behind that had no time to tidy up. */
  private Path stale() throws IOException {
    try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.bind(UnixDomainSocketAddress.of(path()));
    }
    return path();
  }

  private static void assertAnswers(UnixSocket socket, Path path) throws IOException {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
        SocketChannel accepted = socket.accept()) {
      assertThat(client.isConnected()).isTrue();
      assertThat(accepted).isNotNull();
    }
  }

  private static PosixFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void itsFileGoesWithIt() throws Exception {
    UnixSocket socket = listen(path());

    assertAnswers(socket, path());
    assertThat(folder)
        .as("nothing else is left")
        .isDirectoryNotContaining(file -> !file.equals(path()));
    socket.close();

    assertThat(socket.channel.isOpen()).isFalse();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aStaleOneIsReplaced() throws Exception {
    Path path = stale();

    try (UnixSocket socket = listen(path)) {
      assertAnswers(socket, path);
    }
  }

  @Test
  void aLiveOneIsNot() throws Exception {
    try (UnixSocket socket = listen(path())) {
      Object key = attributes(path()).fileKey();

      assertThatThrownBy(() -> listen(path()))
          .isInstanceOf(IOException.class)
          .hasMessage("someone listens there already; stop that process, or choose another path");
      assertThat(attributes(path()).fileKey()).isEqualTo(key);
      // The other has knocked.
      try (SocketChannel knock = socket.accept()) {
        assertThat(knock).isNotNull();
      }
      assertAnswers(socket, path());
    }
  }

  @Test
  void aLiveOneWithoutRoomForOneMoreIsNotWaitedFor() throws Exception {
    try (ServerSocketChannel busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      busy.bind(UnixDomainSocketAddress.of(path()), 1);
      List<SocketChannel> waiting = new ArrayList<>();
      try {
        while (true) {
          waiting.add(SocketChannel.open(StandardProtocolFamily.UNIX));
          SocketChannel last = waiting.get(waiting.size() - 1);
          last.configureBlocking(false);
          last.connect(UnixDomainSocketAddress.of(path()));
        }
      } catch (SocketException full) {
        assertThatThrownBy(() -> listen(path()))
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith("there is a socket already, and no telling");
      } finally {
        for (SocketChannel channel : waiting) {
          channel.close();
        }
      }
    }
  }

  @Test
  void anotherFileStaysAsItIs() throws Exception {
    Files.writeString(path(), "precious");

    assertThatThrownBy(() -> listen(path()))
        .hasMessage("there is a file that is no socket; remove it, or choose another path");
    assertThat(path()).hasContent("precious");
  }

  @Test
  void aLinkStaysAsItIs() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), stale());

    assertThatThrownBy(() -> listen(link))
        .hasMessageStartingWith("there is a file that is no socket");
    assertThat(link).isSymbolicLink();
  }

  @Test
  void theSocketOfASuccessorStays() throws Exception {
    UnixSocket socket = listen(path());
    Files.delete(path());

    try (UnixSocket successor = listen(path())) {
      socket.close();

      assertAnswers(successor, path());
    }
  }

  @Test
  void aFileThatIsGoneIsNoFailure() throws Exception {
    UnixSocket socket = listen(path());
    Files.delete(path());

    socket.close();

    assertThat(socket.channel.isOpen()).isFalse();
  }

  @Test
  void byDefaultTheGroupMayConnectAndNobodyElse() throws Exception {
    try (UnixSocket socket = listen(path())) {
      assertThat(socket.channel.isOpen()).isTrue();
      assertThat(PosixFilePermissions.toString(attributes(path()).permissions()))
          .isEqualTo("rw-rw----");
    }
  }

  @ParameterizedTest
  @CsvSource({"600, rw-------", "0666, rw-rw-rw-", "777, rwxrwxrwx", "020, ----w----"})
  void itsModeCanBeChosen(String octal, String mode) throws Exception {
    try (UnixSocket socket = UnixSocket.listen(path(), SocketAccess.DEFAULT.chmod(octal))) {
      assertThat(socket.channel.isOpen()).isTrue();
      assertThat(PosixFilePermissions.toString(attributes(path()).permissions())).isEqualTo(mode);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "66", "6600", "1660", "668", "rw-", "-66", "00660"})
  void aModeIsOctal(String octal) {
    assertThatThrownBy(() -> SocketAccess.DEFAULT.chmod(octal))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("chmod-socket: found '%s', expected three octal digits, such as 660", octal);
  }

  @ParameterizedTest
  @CsvSource({"me, me,", "me:, me,", "me:us, me, us", ":us,, us", "0:0, 0, 0"})
  void ownersAreWrittenAsForChown(String owners, String owner, String group) {
    assertThat(SocketAccess.DEFAULT.chown(owners))
        .isEqualTo(new SocketAccess(SocketAccess.DEFAULT.mode(), owner, group));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", "a:b:c"})
  void ownersHaveNames(String owners) {
    assertThatThrownBy(() -> SocketAccess.DEFAULT.chown(owners))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "chown-socket: found '%s', expected USER, USER:GROUP or :GROUP, such as www-data:www-data",
            owners);
  }

  @Test
  void itMayBeGivenToOneself() throws Exception {
    PosixFileAttributes ours = attributes(folder);
    SocketAccess access =
        SocketAccess.DEFAULT.chown(ours.owner().getName() + ":" + ours.group().getName());

    try (UnixSocket socket = UnixSocket.listen(path(), access)) {
      assertThat(socket.channel.isOpen()).isTrue();
      assertThat(attributes(path()).owner()).isEqualTo(ours.owner());
      assertThat(attributes(path()).group()).isEqualTo(ours.group());
    }
  }

  @Test
  void rootMayGiveItToAnyone() throws Exception {
    assumeTrue(attributes(folder).owner().getName().equals("root"), "only root may");
    Object owner =
        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("65534");
    GroupPrincipal group =
        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName("65533");

    try (UnixSocket socket = UnixSocket.listen(path(), SocketAccess.DEFAULT.chown("65534:65533"))) {
      assertAnswers(socket, path());
      assertThat(attributes(path()).owner()).isEqualTo(owner);
      assertThat(attributes(path()).group()).isEqualTo(group);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void ownersAreOfThisMachine() {
    assertThatThrownBy(
            () -> UnixSocket.listen(path(), SocketAccess.DEFAULT.chown("no-such-user-here")))
        .hasMessage("this machine has no such user or group: no-such-user-here");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void noFolderIsMadeForIt() {
    assertThatThrownBy(() -> listen(folder.resolve("missing/app.sock")))
        .hasMessage("there is no folder %s; make it first", folder.resolve("missing"));
  }

  /** A path of so many bytes. */
  private Path longPath(int bytes) throws IOException {
    int folderBytes = bytes - "/app-socket".length();
    Path deep = folder.resolve("x".repeat(folderBytes - folder.toString().length() - 1));
    return Files.createDirectory(deep).resolve("app-socket");
  }

  @ParameterizedTest
  @ValueSource(ints = {105, 106})
  void aPathThatFits(int bytes) throws Exception {
    Path path = longPath(bytes);

    try (UnixSocket socket = listen(path)) {
      assertAnswers(socket, path);
    }
  }

  @Test
  void aPathThatDoesNotFit() throws Exception {
    Path path = longPath(107);

    assertThatThrownBy(() -> listen(path))
        .hasMessage("the path has 107 bytes, a Unix domain socket's may have 106");
  }

  @Test
  void aFolderThatDoesNotFit() throws Exception {
    Path path = longPath(109).resolveSibling("a");

    assertThatThrownBy(() -> listen(path))
        .hasMessage(
            "the path of the folder has 98 bytes, that of a Unix domain socket's may have 97");
  }

  @Test
  void closingEndsTheWaitForConnections() throws Exception {
    UnixSocket socket = listen(path());
    Thread waiting =
        new Thread(() -> assertThatThrownBy(socket::accept).isInstanceOf(IOException.class));
    waiting.start();

    socket.close();
    waiting.join();

    assertThatThrownBy(() -> SocketChannel.open(UnixDomainSocketAddress.of(path())))
        .isInstanceOf(SocketException.class);
  }
}
