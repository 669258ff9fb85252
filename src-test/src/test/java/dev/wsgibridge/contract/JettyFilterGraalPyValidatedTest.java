package dev.wsgibridge.contract;

class JettyFilterGraalPyValidatedTest extends Contract {
  JettyFilterGraalPyValidatedTest() {
    super(Servers.jettyFilter(Hosted.GRAALPY_VALIDATED));
  }
}
