package dev.wsgibridge.contract;

class JettyFilterJavaTest extends Contract {
  JettyFilterJavaTest() {
    super(Servers.jettyFilter(Hosted.JAVA));
  }
}
