package dev.wsgibridge.python;

import java.time.Duration;

/**
 * Whose turn it is in a call, Java's or Python's, and for how long Python has been silent: it
 * neither sends a byte, nor asks for one, nor ends.
 *
 * <p>A call is given up only while it is Python's turn. From then on Java's is never again, so that
 * nothing which comes late reaches a request that is over. The application's own threads may call
 * back, too: it is Java's turn while any of them does.
 */
final class Silence {

  private enum State {
    OPEN,
    GIVEN_UP,
    OVER
  }

  private State state = State.OPEN;

  /** How many threads are in Java, for this call. */
  private int inJava = 1;

  /** Since when none is: {@link System#nanoTime}. */
  private long since;

  /** Java is through with what it had to do. */
  synchronized void toPython() {
    inJava--;
    since = System.nanoTime();
  }

  /** It is Java's turn; false where the call is over, and Java is to do nothing for it. */
  synchronized boolean toJava() {
    if (state == State.OPEN) {
      inJava++;
      return true;
    }
    return false;
  }

  /** Python is through with the call; false where that comes too late. */
  synchronized boolean end() {
    if (state == State.OPEN) {
      state = State.OVER;
      return true;
    }
    return false;
  }

  /** Gives the call up where Python has been silent for longer than that; false where it hasn't. */
  synchronized boolean giveUp(Duration timeout) {
    if (state == State.OPEN && inJava == 0 && System.nanoTime() - since > timeout.toNanos()) {
      state = State.GIVEN_UP;
      return true;
    }
    return false;
  }
}
