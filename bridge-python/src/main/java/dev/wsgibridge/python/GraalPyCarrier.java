package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import org.jspecify.annotations.Nullable;

/** GraalPy: Python in Java. */
final class GraalPyCarrier implements Carrier {

  /** What keeps GraalPy from running here; null if nothing does. */
  static @Nullable String obstacle() {
    return "not here yet";
  }

  @Override
  public String description() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void start(String host) throws LoadException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void attach() {}

  @Override
  public Answer call(HostFunction function, Exchange exchange, int number, int flags, String text) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void detach() {}

  @Override
  public boolean permanent() {
    return false;
  }

  @Override
  public void close() {}
}
