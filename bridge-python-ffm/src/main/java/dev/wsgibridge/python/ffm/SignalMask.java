package dev.wsgibridge.python.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * HotSpot blocks SIGQUIT in all threads but one, and a thread's mask becomes that of whatever it
 * starts: processes that SIGQUIT can't end. HotSpot's handler only raises a semaphore; any thread
 * may run it.
 */
@SuppressWarnings("restricted") // calling native code is what this class is for
final class SignalMask {

  private static final int SIG_UNBLOCK = Library.MAC ? 2 : 1;

  /** As a sigset_t, of which 128 bytes are the largest: signal N is bit N - 1. */
  private static final MemorySegment SIGQUIT = Arena.global().allocate(128, 8);

  private static final MethodHandle PTHREAD_SIGMASK =
      Library.libc("pthread_sigmask", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));

  static {
    SIGQUIT.set(JAVA_LONG, 0, 1L << (3 - 1));
  }

  private SignalMask() {}

  /** Of the calling thread, which is to run Python. */
  static void unblock() throws Throwable {
    var _ = (int) PTHREAD_SIGMASK.invokeExact(SIG_UNBLOCK, SIGQUIT, MemorySegment.NULL);
  }
}
