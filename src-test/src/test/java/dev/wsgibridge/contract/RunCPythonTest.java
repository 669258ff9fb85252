package dev.wsgibridge.contract;

class RunCPythonTest extends Contract {
  RunCPythonTest() {
    super(Servers.run(Hosted.CPYTHON));
  }
}
