package dev.wsgibridge.contract;

class JettyFilterCPythonTest extends Contract {
  JettyFilterCPythonTest() {
    super(Servers.jettyFilter(Hosted.CPYTHON));
  }
}
