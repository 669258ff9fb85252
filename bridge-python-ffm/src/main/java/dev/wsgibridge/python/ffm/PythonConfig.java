package dev.wsgibridge.python.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.LoadException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * How CPython is configured: as {@code python3} configures itself (PEP 587), from the environment
 * and the effective locale (PEP 538, PEP 540), but for what is the JVM's.
 *
 * <pre>
 * typedef struct {            // from 3.9 on; what follows differs
 *   int _config_init, isolated, use_environment, dev_mode;
 *   int install_signal_handlers, use_hash_seed;
 *   unsigned long hash_seed;
 *   int faulthandler;
 *   ...
 * } PyConfig;
 * </pre>
 */
@SuppressWarnings("restricted") // calling native code is what this class is for
final class PythonConfig {

  /** More than any version needs: 3.14 has 500. */
  private static final int BYTES = 4096;

  private static final int INSTALL_SIGNAL_HANDLERS = 16;
  private static final int FAULTHANDLER = 32;

  /** What PyConfig_InitPythonConfig has set the two to. */
  private static final int YES = 1;

  private static final int UNSET = -1;

  private PythonConfig() {}

  /**
   * Starts the interpreter on the calling thread.
   *
   * @param executable leads Python to its own files, and to its virtual environment
   * @throws LoadException Python refuses the configuration that the environment asks for
   */
  static void initialize(Path executable, Arena arena) throws Throwable {
    resetLocale(arena);
    MemorySegment config = arena.allocate(BYTES, ADDRESS.byteAlignment());
    LibPython.Start.CONFIG_INIT_PYTHON.invokeExact(config);
    if (config.get(JAVA_INT, INSTALL_SIGNAL_HANDLERS) != YES
        || config.get(JAVA_INT, FAULTHANDLER) != UNSET) {
      throw new LoadException(
          "this Python's PyConfig is laid out in another way than those of 3.9 to 3.14: it is newer than this bridge");
    }
    // Signals stay Java's; a faulthandler would take what HotSpot recovers from for a crash.
    config.set(JAVA_INT, INSTALL_SIGNAL_HANDLERS, 0);
    config.set(JAVA_INT, FAULTHANDLER, 0);
    MemorySegment name = arena.allocateFrom(executable.toString(), UTF_8);
    check(
        (MemorySegment)
            LibPython.Start.CONFIG_SET_BYTES_ARGV.invokeExact(
                (SegmentAllocator) arena, config, 1L, arena.allocateFrom(ADDRESS, name)));
    check(
        (MemorySegment)
            LibPython.Start.INITIALIZE_FROM_CONFIG.invokeExact((SegmentAllocator) arena, config));
    LibPython.Start.CONFIG_CLEAR.invokeExact(config);
  }

  /**
   * The JVM has taken all of the environment's locale, where python3 takes no more than LC_CTYPE:
   * with a decimal comma, C code would no longer read 1.5. Python takes that itself, afterwards.
   */
  private static void resetLocale(Arena arena) throws Throwable {
    int all = Library.MAC ? 0 : 6; // LC_ALL
    MethodHandle setlocale =
        Library.libc("setlocale", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));
    var _ = (MemorySegment) setlocale.invokeExact(all, arena.allocateFrom("C"));
  }

  private static void check(MemorySegment status) throws LoadException {
    if (status.get(JAVA_INT, 0) != 0) {
      throw new LoadException(
          "Python can't start as the environment asks: %s%s"
              .formatted(text(status, 2, ""), text(status, 1, " (%s)")));
    }
  }

  private static String text(MemorySegment status, int field, String format) {
    MemorySegment text = status.get(ADDRESS, field * ADDRESS.byteSize());
    if (text.address() == 0) {
      return "";
    }
    String found = text.reinterpret(Long.MAX_VALUE).getString(0);
    return format.isEmpty() ? found : format.formatted(found);
  }
}
