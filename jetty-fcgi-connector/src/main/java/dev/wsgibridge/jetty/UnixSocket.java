package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A Unix domain socket with its file, which goes when the socket is closed.
 *
 * <p>The socket is made in a folder that nobody else may enter, gets its mode and owner there, and
 * is then renamed to its place. So there is no moment at which it is more open than asked, nor one
 * at which neither a stale socket nor this one is there.
 */
final class UnixSocket extends ListeningSocket {

  /** What a JDK connects to on Linux: {@code sun_path} would hold one more. */
  static final int MAX_PATH_BYTES = 106;

  /** The folder and the socket in it for the time of the making. */
  private static final int MAKING_BYTES = "/.12345/s".length();

  private static final int S_IFMT = 0170000;
  private static final int S_IFSOCK = 0140000;

  private final Path path;

  /** Device and inode, so that the file of another is told apart. */
  private final Object key;

  private UnixSocket(ServerSocketChannel channel, Path path, Object key) throws IOException {
    super(channel);
    this.path = path;
    this.key = key;
  }

  /**
   * Listens at {@code path}.
   *
   * @throws IOException it can't; the message is for whoever chose the path
   */
  static UnixSocket listen(Path path, SocketAccess access) throws IOException {
    Path folder = Objects.requireNonNull(path.getParent(), "an absolute path of a file");
    checkLength(path, folder);
    try {
      checkVacant(path);
      Path making = privateFolder(folder);
      try {
        return make(making.resolve("s"), path, access);
      } finally {
        Files.delete(making);
      }
    } catch (NoSuchFileException e) {
      throw new IOException("there is no folder " + folder + "; make it first", e);
    } catch (AccessDeniedException e) {
      throw new IOException("this user may not make files in " + folder, e);
    } catch (UnsupportedOperationException e) {
      throw new IOException(
          "this system's files have no modes that could guard it; listen at 127.0.0.1 instead", e);
    }
  }

  private static UnixSocket make(Path made, Path path, SocketAccess access) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(made), BACKLOG);
      admit(made, access);
      Object key = key(made);
      Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
      return new UnixSocket(channel, path, key);
    } catch (IOException | RuntimeException e) {
      channel.close();
      Files.deleteIfExists(made);
      throw e;
    }
  }

  private static Path privateFolder(Path folder) throws IOException {
    String name =
        Integer.toString(
            ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36, 36 * 36 * 36 * 36 * 36), 36);
    return Files.createDirectory(
        folder.resolve("." + name),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static void checkLength(Path path, Path folder) throws IOException {
    int bytes = path.toString().getBytes(UTF_8).length;
    if (bytes > MAX_PATH_BYTES) {
      throw new IOException(
          "the path has %d bytes, a Unix domain socket's may have %d"
              .formatted(bytes, MAX_PATH_BYTES));
    }
    int limit = MAX_PATH_BYTES - MAKING_BYTES;
    int folderBytes = folder.toString().getBytes(UTF_8).length;
    if (folderBytes > limit) {
      throw new IOException(
          "the path of the folder has %d bytes, that of a Unix domain socket's may have %d"
              .formatted(folderBytes, limit));
    }
  }

  /** Nothing is there, or a socket at which nobody listens any more. */
  private static void checkVacant(Path path) throws IOException {
    int mode;
    try {
      mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return;
    }
    if ((mode & S_IFMT) != S_IFSOCK) {
      throw new IOException("there is a file that is no socket; remove it, or choose another path");
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // Where many wait to be accepted, this would be one more.
      channel.configureBlocking(false);
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (ConnectException e) {
      return;
    } catch (IOException e) {
      throw new IOException(
          "there is a socket already, and no telling whether someone listens at it: "
              + e.getMessage(),
          e);
    }
    throw new IOException(
        "someone listens there already; stop that process, or choose another path");
  }

  private static void admit(Path made, SocketAccess access) throws IOException {
    PosixFileAttributeView file = Files.getFileAttributeView(made, PosixFileAttributeView.class);
    UserPrincipalLookupService names = made.getFileSystem().getUserPrincipalLookupService();
    String owner = access.owner();
    String group = access.group();
    try {
      // Last the owner: from then on the file is another's.
      file.setPermissions(access.mode());
      if (group != null) {
        file.setGroup(names.lookupPrincipalByGroupName(group));
      }
      if (owner != null) {
        file.setOwner(names.lookupPrincipalByName(owner));
      }
    } catch (UserPrincipalNotFoundException e) {
      throw new IOException("this machine has no such user or group: " + given(owner, group), e);
    } catch (FileSystemException e) {
      throw new IOException(
          "the socket can't be given to %s: %s; only root may give files away, and others only to a group of their own"
              .formatted(given(owner, group), e.getReason()),
          e);
    }
  }

  private static String given(@Nullable String owner, @Nullable String group) {
    return (owner == null ? "" : owner) + (group == null ? "" : ":" + group);
  }

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      withdraw();
    }
  }

  /** The file goes first, while its inode can't have become another's. */
  @Override
  void withdraw() throws IOException {
    try {
      if (channel.isOpen() && key(path).equals(key)) {
        Files.delete(path);
      }
    } catch (NoSuchFileException e) {
      // Someone was quicker.
    }
  }
}
