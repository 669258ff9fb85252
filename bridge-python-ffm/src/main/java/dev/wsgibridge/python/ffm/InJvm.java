package dev.wsgibridge.python.ffm;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.python.CPythonInJvm;
import dev.wsgibridge.python.Carrier;
import dev.wsgibridge.python.PythonProbe;
import java.nio.file.Path;
import java.util.Optional;

/** Whether and how this process runs CPython. */
public final class InJvm implements CPythonInJvm {

  /**
   * The system property that holds the executable of the interpreter which runs in this process. A
   * static field would not do: each class loader has its own.
   */
  static final String MARKER = "dev.wsgibridge.python.ffm.executable";

  /** For {@link java.util.ServiceLoader}. */
  public InJvm() {}

  @Override
  public Optional<String> obstacle(PythonProbe python) {
    if (System.getProperty(MARKER) != null) {
      return Optional.empty(); // nothing more is loaded; carrier() has the last word
    }
    Path library = python.library();
    if (library == null) {
      return Optional.of(
          "Python %s at %s has no shared library, expected libpython%s;"
                  .formatted(python.version(), python.executable(), python.minorVersion())
              + " install it (on Debian: apt-get install libpython%s), or build Python with --enable-shared"
                  .formatted(python.minorVersion()));
    }
    try {
      return Library.open(library);
    } catch (IllegalCallerException e) {
      return Optional.of(
          "native access is denied; start java with --enable-native-access=ALL-UNNAMED");
    }
  }

  @Override
  public Carrier carrier(PythonProbe python) throws LoadException {
    String executable = python.executable().toString();
    Object running = System.getProperties().putIfAbsent(MARKER, executable);
    if (running != null) {
      throw new LoadException(
          "CPython runs in this process already (%s): there can be only one, for the life of the process and for one owner's applications;"
                  .formatted(running)
              + " run this one with --python graalpy, or in a process of its own");
    }
    return new CPythonCarrier(python);
  }
}
