package dev.wsgibridge.contract;

class JettyServletGraalPyTest extends Contract {
  JettyServletGraalPyTest() {
    super(Servers.jettyServlet(Hosted.GRAALPY));
  }
}
