package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import java.util.Optional;

/**
 * CPython in the JVM, where this JVM can: found by {@link java.util.ServiceLoader}, since it is
 * compiled for JDK 22 and newer.
 */
public interface CPythonInJvm {

  /**
   * What keeps this interpreter out of this JVM, if anything does: with the cure, for the person
   * who chose it.
   */
  Optional<String> obstacle(PythonProbe python);

  /**
   * Carries this interpreter, which has no obstacle.
   *
   * @throws LoadException another one runs in this process already: there can only be one
   */
  Carrier carrier(PythonProbe python) throws LoadException;
}
