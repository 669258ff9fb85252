package dev.wsgibridge.python.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The shared library of a Python: there is one in a process. */
@SuppressWarnings("restricted") // calling native code is what this class is for
final class Library {

  static final boolean MAC =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("mac");

  private static final int RTLD_NOW = 2;
  private static final Linker LINKER = Linker.nativeLinker();

  private static @Nullable Path opened;
  private static @Nullable SymbolLookup symbols;

  private Library() {}

  /**
   * Loads the library, for everyone in the process to see: Python's native modules look there for
   * Python's functions.
   *
   * @return what keeps it from being loaded, and the cure
   */
  static synchronized Optional<String> open(Path library) {
    if (library.equals(opened)) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle dlopen = libc("dlopen", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
      int global = MAC ? 0x8 : 0x100;
      MemorySegment path = arena.allocateFrom(library.toString());
      MemorySegment handle = (MemorySegment) dlopen.invokeExact(path, RTLD_NOW | global);
      if (handle.address() == 0) {
        MethodHandle dlerror = libc("dlerror", FunctionDescriptor.of(ADDRESS));
        // Once more, since looking dlerror up has just cleared what it would say.
        handle = (MemorySegment) dlopen.invokeExact(path, RTLD_NOW | global);
        MemorySegment error = (MemorySegment) dlerror.invokeExact();
        if (handle.address() == 0) {
          return Optional.of(
              "%s can't be loaded into this JVM: %s"
                  .formatted(
                      library,
                      error.address() == 0
                          ? "no one says why"
                          : error.reinterpret(Long.MAX_VALUE).getString(0)));
        }
      }
    } catch (Throwable e) {
      throw failed(e);
    }
    SymbolLookup found = SymbolLookup.libraryLookup(library, Arena.global());
    if (found.find("PyConfig_SetBytesArgv").isEmpty()) {
      return Optional.of(
          "%s lacks PyConfig_SetBytesArgv: this Python is newer than this bridge"
              .formatted(library));
    }
    symbols = found;
    opened = library;
    return Optional.empty();
  }

  /** A failure of a downcall itself; native code throws nothing. */
  static RuntimeException failed(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException exception ? exception : new IllegalStateException(e);
  }

  static MethodHandle libc(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), type);
  }

  static MemorySegment symbol(String name) {
    SymbolLookup found = symbols;
    if (found == null) {
      throw new IllegalStateException("libpython is not loaded");
    }
    return found.find(name).orElseThrow(() -> new IllegalStateException("libpython lacks " + name));
  }

  static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(symbol(name), type, options);
  }
}
