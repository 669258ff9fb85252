package dev.wsgibridge.contract;

class JettyServletBelowJavaLintedTest extends Contract {
  JettyServletBelowJavaLintedTest() {
    super(Servers.jettyServletBelow(Hosted.JAVA_LINTED));
  }
}
