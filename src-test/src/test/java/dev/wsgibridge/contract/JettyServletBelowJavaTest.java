package dev.wsgibridge.contract;

class JettyServletBelowJavaTest extends Contract {
  JettyServletBelowJavaTest() {
    super(Servers.jettyServletBelow(Hosted.JAVA));
  }
}
