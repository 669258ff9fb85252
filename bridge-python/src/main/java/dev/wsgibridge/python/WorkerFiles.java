package dev.wsgibridge.python;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private folder of a bridge's workers: the Python sources, the socket at which the bridge
 * listens, what a master prints before it connects, and {@code owner}, which names the bridge's
 * process. Only this user can enter it, and so connect.
 *
 * <p>It lies below the temporary folder, which may be cleaned while the bridge runs: so the sources
 * are kept in memory, and {@link #restore} puts back what is missing. A bridge that was killed
 * leaves its folder behind; the next one removes it. Not thread-safe.
 */
final class WorkerFiles {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerFiles.class);

  private static final String PREFIX = "wsgi-bridge-";
  private static final String OWNER = "owner";
  private static final String SOCKET = "socket";

  /** What is ever in the folder, and so may be deleted. */
  private static final Pattern NAMES =
      Pattern.compile("worker\\.py|wsgi_host\\.py|owner|socket|output-\\d+");

  /** Unix domain sockets have paths of some hundred bytes. */
  private static final int MAX_SOCKET_PATH = 100;

  /** How far apart two readings of a process's start may be: the clock may have been set. */
  private static final Duration START_TOLERANCE = Duration.ofSeconds(2);

  private static final int MAX_OWNER_BYTES = 100;

  private final Map<String, String> contents = new LinkedHashMap<>();
  private Path folder;
  private UserPrincipal user;

  /** Makes the folder, below the first of {@code parents} whose path is short enough. */
  private WorkerFiles(List<Path> parents) throws IOException {
    for (String source : List.of("worker.py", "wsgi_host.py")) {
      contents.put(source, Resources.text(source));
    }
    contents.put(OWNER, describe(ProcessHandle.current()));
    folder = makeFolder(parents);
    user = Files.getOwner(folder);
  }

  /**
   * A new folder with all but the socket; folders of bridges that were killed are removed.
   *
   * @throws IOException the temporary folder can't be written to
   */
  static WorkerFiles create() throws IOException {
    WorkerFiles files = new WorkerFiles(parents());
    try {
      for (Path parent : parents()) {
        files.removeAbandoned(parent);
      }
      files.restore();
      return files;
    } catch (IOException | RuntimeException e) {
      files.delete();
      throw e;
    }
  }

  private static List<Path> parents() {
    return List.of(Path.of(System.getProperty("java.io.tmpdir", "/tmp")), Path.of("/tmp"));
  }

  private static Path makeFolder(List<Path> parents) throws IOException {
    Path made = Files.createTempDirectory(parents.get(0), PREFIX);
    if (made.resolve(SOCKET).toString().length() <= MAX_SOCKET_PATH) {
      return made;
    }
    Files.delete(made);
    return Files.createTempDirectory(parents.get(1), PREFIX);
  }

  /** What Python is to run. */
  Path script() {
    return folder.resolve("worker.py");
  }

  /** Where the bridge listens. After {@link #restore} it may be another path than before. */
  Path socket() {
    return folder.resolve(SOCKET);
  }

  /** For what the master of that number prints before it connects. */
  Path output(int number) {
    return folder.resolve("output-" + number);
  }

  /**
   * Puts back what was deleted, but for the socket.
   *
   * @return whether the socket is missing, so that it has to be bound
   * @throws IOException it can't be put back
   */
  boolean restore() throws IOException {
    if (!isOurs(folder)) {
      makeAgain();
    }
    for (Map.Entry<String, String> file : contents.entrySet()) {
      Path path = folder.resolve(file.getKey());
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        Files.writeString(path, file.getValue());
      }
    }
    return !Files.exists(socket(), LinkOption.NOFOLLOW_LINKS);
  }

  /** At the same path, unless someone else has taken it meanwhile. */
  private void makeAgain() throws IOException {
    LOG.warn("{}, the folder of Python's workers, was deleted: it is made again", folder);
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      folder = makeFolder(parents());
    }
    user = Files.getOwner(folder);
  }

  private boolean isOurs(Path path) throws IOException {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        && Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).equals(user);
  }

  /** Deletes the folder. */
  void delete() {
    delete(folder);
  }

  private static void delete(Path folder) {
    try {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          if (NAMES.matcher(file.getFileName().toString()).matches()) {
            Files.deleteIfExists(file); // a master that ends may delete its own
          }
        }
      }
      Files.delete(folder);
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("{} is left behind: {}", folder, e.toString());
    }
  }

  // --- Folders of bridges that were killed ------------------------------------------------------

  /**
   * Removes the folders of this user's bridges that are gone: of which neither the process is there
   * nor anyone listens at the socket. (The process alone does not tell: one in another container
   * can't be seen, and may share the temporary folder.)
   */
  void removeAbandoned(Path parent) {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path other : found) {
        try {
          if (!other.equals(folder) && isOurs(other) && isAbandoned(other)) {
            LOG.debug("{} is of a bridge that was killed: it is removed", other);
            delete(other);
          }
        } catch (IOException e) {
          LOG.debug("{} is left alone: {}", other, e.toString());
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("{} can't be listed: {}", parent, e.toString());
    }
  }

  private static boolean isAbandoned(Path folder) throws IOException {
    Path owner = folder.resolve(OWNER);
    if (!Files.isRegularFile(owner, LinkOption.NOFOLLOW_LINKS)
        || Files.size(owner) > MAX_OWNER_BYTES) {
      return false;
    }
    return isGone(Files.readString(owner)) && nobodyListens(folder.resolve(SOCKET));
  }

  /** The process, as {@code owner} has it: pid and, in milliseconds, start. */
  private static String describe(ProcessHandle process) {
    return process.pid() + " " + start(process).orElse(Instant.EPOCH).toEpochMilli();
  }

  private static Optional<Instant> start(ProcessHandle process) {
    return process.info().startInstant();
  }

  /** Whether that process has ended, and another one may have its pid. */
  private static boolean isGone(String owner) {
    String[] parts = owner.strip().split(" ", -1);
    try {
      Instant started = Instant.ofEpochMilli(Long.parseLong(parts[1]));
      Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(parts[0]));
      return process.isEmpty()
          || start(process.get())
              .map(start -> Duration.between(started, start).abs().compareTo(START_TOLERANCE) > 0)
              .orElse(false);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return false; // not ours, by the look of it
    }
  }

  private static boolean nobodyListens(Path socket) {
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return false; // it may be about to
    }
    try (SocketChannel connected = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return !connected.isConnected();
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
