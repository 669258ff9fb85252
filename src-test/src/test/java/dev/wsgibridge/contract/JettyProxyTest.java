package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;

/** Jetty's own FastCGI proxy before a bridge. */
class JettyProxyTest {

  @Nested
  class Java extends Contract {
    Java() {
      super(Servers.jettyProxy(Hosted.JAVA));
    }
  }

  @Nested
  class CPython extends Contract {
    CPython() {
      super(Servers.jettyProxy(Hosted.CPYTHON));
    }
  }
}
