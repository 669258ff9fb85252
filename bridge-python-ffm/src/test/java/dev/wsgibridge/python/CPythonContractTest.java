package dev.wsgibridge.python;

import dev.wsgibridge.LoadOptions;

/** The carriers' contract, with the machine's own Python in this JVM. */
class CPythonContractTest extends PythonContract {

  @Override
  LoadOptions options() {
    return LoadOptions.defaults(CPythonContractTest.class.getClassLoader());
  }
}
