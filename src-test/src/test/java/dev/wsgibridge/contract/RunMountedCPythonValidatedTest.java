package dev.wsgibridge.contract;

class RunMountedCPythonValidatedTest extends Contract {
  RunMountedCPythonValidatedTest() {
    super(Servers.runMounted(Hosted.CPYTHON_VALIDATED));
  }
}
