package dev.wsgibridge.contract;

class JettyServletJavaTest extends Contract {
  JettyServletJavaTest() {
    super(Servers.jettyServlet(Hosted.JAVA));
  }
}
