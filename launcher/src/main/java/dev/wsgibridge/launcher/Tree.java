package dev.wsgibridge.launcher;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a folder that go into a WAR, and what is left out of it.
 *
 * <p>A symbolic link counts as what it leads to, if that lies in the folder too.
 *
 * @param files by their names relative to the folder, with slashes
 * @param leftOut names of files and, with a slash at the end, of folders
 */
record Tree(SortedMap<String, Path> files, Map<Reason, List<String>> leftOut) {

  /** Why something is left out. */
  enum Reason {
    BYTECODE("bytecode"),
    HIDDEN("hidden"),
    KEY("keys"),
    SETTINGS("settings of an environment"),
    DATABASE("databases"),
    BACKUP("backups"),
    LOG("logs"),
    ENVIRONMENT("virtual environments"),
    MODULES_OF_NODE("modules of Node"),
    ARCHIVE("WARs"),
    RUN_BY_THE_CONTAINER("pages that the container would run"),
    INSTALLER("the installer and its scripts"),
    ELSEWHERE("links to code elsewhere"),
    NO_FILE("neither files nor folders"),
    ASKED_FOR("by --exclude");

    private final String title;

    Reason(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  /** What kind of folder it is: what is out of place in one may be needed in the other. */
  enum Kind {
    /** The application's modules, with what else lies beside them. */
    APPLICATION {
      @Override
      @Nullable Reason reason(String name, Path path) {
        return lastOf(name).startsWith(".") ? Reason.HIDDEN : outOfPlace(name, path);
      }
    },
    /** What anyone may read. */
    STATIC {
      @Override
      @Nullable Reason reason(String name, Path path) {
        if (lastOf(name).startsWith(".") && !name.equals(".well-known")) {
          return Reason.HIDDEN;
        }
        return hasEnding(name, "jsp", "jspx")
            ? Reason.RUN_BY_THE_CONTAINER
            : outOfPlace(name, path);
      }
    },
    /** Installed packages: keys, databases and hidden folders are parts of some. */
    PACKAGES {
      @Override
      @Nullable Reason reason(String name, Path path) {
        if (name.equals("bin") || name.matches("pip(-.*\\.dist-info)?")) {
          return Reason.INSTALLER;
        }
        return hasEnding(name, "pth", "egg-link") ? Reason.ELSEWHERE : null;
      }
    };

    /**
     * Why that file or folder is left out, bytecode apart; null if it isn't.
     *
     * @param name relative to the folder
     */
    abstract @Nullable Reason reason(String name, Path path);

    private static @Nullable Reason outOfPlace(String name, Path path) {
      String last = lastOf(name).toLowerCase(Locale.ROOT);
      for (Map.Entry<Reason, Pattern> each : BY_NAME.entrySet()) {
        if (each.getValue().matcher(last).matches()) {
          return each.getKey();
        }
      }
      if (lastOf(name).equals("node_modules")) {
        return Reason.MODULES_OF_NODE;
      }
      return Files.exists(path.resolve("pyvenv.cfg")) ? Reason.ENVIRONMENT : null;
    }
  }

  /** What is never meant to be deployed, told by its last name in lower case. */
  private static final Map<Reason, Pattern> BY_NAME =
      new EnumMap<>(
          Map.of(
              Reason.KEY,
              Pattern.compile(
                  ".*\\.(pem|key|p8|p12|pfx|pkcs12|der|ppk|jks|jceks|bcfks|keystore|kdbx|gpg|pgp)"
                      + "|id_(rsa|dsa|ecdsa|ed25519|xmss)(_sk)?|htpasswd"),
              // prod.env and prod.env.local; not Alembic's env.py.
              Reason.SETTINGS,
              Pattern.compile(".+\\.env(\\.(?!py$).*)?"),
              // A schema.sql belongs to the application.
              Reason.DATABASE,
              Pattern.compile(
                  ".*\\.(sqlite3?|db3?|s3db|sl3|mdb|dump)(-(wal|shm|journal))?"
                      + "|.*(dump|backup).*\\.sql|.*\\.sql\\.(gz|bz2|xz|zst|zip)"),
              Reason.BACKUP,
              Pattern.compile(".*~|#.*#|.*\\.(bak|old|orig|rej|sw[op])"),
              Reason.LOG,
              Pattern.compile(".*\\.(log(\\.\\d+)?(\\.gz)?|hprof)|nohup\\.out"),
              Reason.ARCHIVE,
              Pattern.compile(".*\\.war")));

  private static String lastOf(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  private static boolean hasEnding(String name, String... endings) {
    String lower = name.toLowerCase(Locale.ROOT);
    return Stream.of(endings).anyMatch(ending -> lower.endsWith("." + ending));
  }

  /**
   * What the user wishes beyond the rules. A pattern with a slash is for the name relative to the
   * folder, one without for the last name.
   *
   * @param include what is not left out
   * @param exclude what is left out; it comes first
   */
  record Wishes(Predicate<Path> include, Predicate<Path> exclude) {

    static final Wishes NONE = new Wishes(path -> false, path -> false);

    /** Matches what one of these patterns does, as {@link FileSystem#getPathMatcher} has them. */
    static Predicate<Path> patterns(String option, List<String> patterns) throws RefusedException {
      Predicate<Path> all = path -> false;
      for (String pattern : patterns) {
        String glob = pattern.endsWith("/") ? pattern.substring(0, pattern.length() - 1) : pattern;
        try {
          PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
          all =
              all.or(
                  glob.contains("/")
                      ? matcher::matches
                      : path -> matcher.matches(path.getFileName()));
        } catch (PatternSyntaxException e) {
          throw new RefusedException(
              "%s: found '%s', expected a pattern such as *.txt or docs/*: %s"
                  .formatted(option, pattern, e.getDescription()),
              e);
        }
      }
      return all;
    }
  }

  /**
   * Looks through a folder, or takes a single file.
   *
   * @throws RefusedException a link leads out of it, or a name is not to be had as text
   */
  static Tree of(Path root, Kind kind, Wishes wishes) throws IOException, RefusedException {
    Tree tree = new Tree(new TreeMap<>(), new EnumMap<>(Reason.class));
    if (Files.isDirectory(root)) {
      Path real = root.toRealPath();
      new Walk(tree, real, kind, wishes).folder(real, "", new ArrayDeque<>());
    } else {
      tree.files.put("", root);
    }
    return tree;
  }

  /** How many bytes all of it has. */
  long bytes() throws IOException {
    long sum = 0;
    for (Path file : files.values()) {
      sum += Files.size(file);
    }
    return sum;
  }

  private record Walk(Tree tree, Path root, Kind kind, Wishes wishes) {

    /**
     * Takes a folder.
     *
     * @param folder where it is in truth
     * @param prefix its name relative to the root, with a slash at the end; empty for the root
     * @param above the folders that this one was reached through
     */
    void folder(Path folder, String prefix, Deque<Path> above)
        throws IOException, RefusedException {
      above.push(folder);
      List<Path> paths;
      try (Stream<Path> found = Files.list(folder)) {
        paths = found.toList();
      }
      for (Path path : paths) {
        String name = prefix + lastName(path);
        Path file = path;
        Reason reason = reason(name, path);
        if (reason == null && Files.isSymbolicLink(path)) {
          file = target(name, path, above);
        }
        boolean isFolder = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
        if (reason == null && !isFolder && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          reason = Reason.NO_FILE;
        }
        if (reason != null) {
          tree.leftOut
              .computeIfAbsent(reason, r -> new ArrayList<>())
              .add(isFolder ? name + "/" : name);
        } else if (isFolder) {
          folder(file, name + "/", above);
        } else {
          tree.files.put(name, file);
        }
      }
      above.pop();
    }

    private @Nullable Reason reason(String name, Path path) {
      Path relative = Path.of(name);
      if (wishes.exclude().test(relative)) {
        return Reason.ASKED_FOR;
      }
      if (wishes.include().test(relative)) {
        return null;
      }
      return lastOf(name).equals("__pycache__") || hasEnding(name, "pyc", "pyo")
          ? Reason.BYTECODE
          : kind.reason(name, path);
    }

    private Path target(String name, Path link, Deque<Path> above)
        throws IOException, RefusedException {
      if (!Files.exists(link)) {
        throw refused(name, "a link to %s, which is not there".formatted(readLink(link)));
      }
      Path target = link.toRealPath();
      if (!target.startsWith(root)) {
        throw refused(name, "a link to %s, outside %s".formatted(target, root));
      }
      if (above.contains(target)) {
        throw refused(name, "a link to a folder that it stands in itself, " + target);
      }
      return target;
    }

    private static Path readLink(Path link) throws IOException {
      return Files.readSymbolicLink(link);
    }

    private RefusedException refused(String name, String found) {
      return new RefusedException(
          "%s: found %s, expected files and links within the folder; copy what it leads to, or leave it out with --exclude '%s'"
              .formatted(root.resolve(name), found, name));
    }

    /** As text, from which the same path can be made again. */
    private static String lastName(Path path) throws RefusedException {
      String name = path.getFileName().toString();
      try {
        if (path.resolveSibling(name).equals(path) && name.indexOf('\uFFFD') < 0) {
          return name;
        }
      } catch (InvalidPathException e) {
        // Said below.
      }
      throw new RefusedException(
          "%s: found a name that is not text in this locale, expected UTF-8; try again with LC_ALL=C.UTF-8, or rename it"
              .formatted(path));
    }
  }
}
