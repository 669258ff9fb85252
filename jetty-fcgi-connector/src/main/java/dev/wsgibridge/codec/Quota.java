package dev.wsgibridge.codec;

import org.jspecify.annotations.Nullable;

/**
 * How many bytes of params the requests may hold that are not answered yet: those of one
 * connection, and with them those of all connections. Thread-safe.
 */
public final class Quota implements AutoCloseable {

  /** Requests of the largest size that a connection may hold at once. */
  private static final long LARGEST_REQUESTS = 8;

  private final long most;
  private final @Nullable Quota all;
  private long held;
  private boolean closed;

  private Quota(long most, @Nullable Quota all) {
    this.most = most;
    this.all = all;
  }

  /** So many bytes, for all connections together. */
  public static Quota of(long most) {
    return new Quota(most, null);
  }

  /** For a connection that shares nothing with others: eight times {@link Limits#paramsBytes}. */
  static Quota alone(Limits limits) {
    return new Quota(LARGEST_REQUESTS * limits.paramsBytes(), null);
  }

  /** For one of the connections: eight times {@link Limits#paramsBytes}, within this one. */
  public Quota forConnection(Limits limits) {
    return new Quota(LARGEST_REQUESTS * limits.paramsBytes(), this);
  }

  /** Takes so many bytes where that many are left, and none where they aren't; says which. */
  public synchronized boolean take(long bytes) {
    if (closed || bytes > most - held || (all != null && !all.take(bytes))) {
      return false;
    }
    held += bytes;
    return true;
  }

  /** Gives so many back. */
  public synchronized void give(long bytes) {
    if (closed) {
      return;
    }
    held -= bytes;
    if (all != null) {
      all.give(bytes);
    }
  }

  /** How many bytes are taken. */
  public synchronized long held() {
    return held;
  }

  /** Gives all back, and from now on none more. */
  @Override
  public synchronized void close() {
    give(held);
    closed = true;
  }
}
