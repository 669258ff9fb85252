package dev.wsgibridge.contract;

class JettyServletBelowCPythonValidatedTest extends Contract {
  JettyServletBelowCPythonValidatedTest() {
    super(Servers.jettyServletBelow(Hosted.CPYTHON_VALIDATED));
  }
}
