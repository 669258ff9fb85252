package dev.wsgibridge.contract;

class JettyServletCPythonTest extends Contract {
  JettyServletCPythonTest() {
    super(Servers.jettyServlet(Hosted.CPYTHON));
  }
}
