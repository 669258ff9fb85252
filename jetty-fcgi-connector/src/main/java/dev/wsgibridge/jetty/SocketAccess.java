package dev.wsgibridge.jetty;

import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect to a Unix domain socket: whoever may write to its file.
 *
 * @param mode the file's permissions
 * @param owner a user, by name or number; null for the process's own
 * @param group by name or number; null for the one that the system picks
 */
public record SocketAccess(
    Set<PosixFilePermission> mode, @Nullable String owner, @Nullable String group) {

  /** Mode 660: this process's user and its group. */
  public static final SocketAccess DEFAULT =
      new SocketAccess(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.GROUP_READ,
              PosixFilePermission.GROUP_WRITE),
          null,
          null);

  /** Keeps a copy. */
  public SocketAccess {
    mode = Set.copyOf(mode);
  }

  /**
   * The same with another mode.
   *
   * @param octal as chmod takes it: {@code 660}
   * @throws IllegalArgumentException it is no such number
   */
  public SocketAccess chmod(String octal) {
    if (!octal.matches("0?[0-7]{3}")) {
      throw new IllegalArgumentException(
          "chmod-socket: found '%s', expected three octal digits, such as 660".formatted(octal));
    }
    int bits = Integer.parseInt(octal, 8);
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    int bit = 0400;
    // Declared as ls writes them: from the owner's r to the others' x.
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      if ((bits & bit) != 0) {
        permissions.add(permission);
      }
      bit >>= 1;
    }
    return new SocketAccess(permissions, owner, group);
  }

  /**
   * The same with another owner.
   *
   * @param owners as chown takes them: {@code USER}, {@code USER:GROUP} or {@code :GROUP}
   * @throws IllegalArgumentException there is no name in it
   */
  public SocketAccess chown(String owners) {
    int colon = owners.indexOf(':');
    String user = colon < 0 ? owners : owners.substring(0, colon);
    String members = colon < 0 ? "" : owners.substring(colon + 1);
    if ((user.isEmpty() && members.isEmpty()) || members.contains(":")) {
      throw new IllegalArgumentException(
          "chown-socket: found '%s', expected USER, USER:GROUP or :GROUP, such as www-data:www-data"
              .formatted(owners));
    }
    return new SocketAccess(mode, user.isEmpty() ? null : user, members.isEmpty() ? null : members);
  }
}
