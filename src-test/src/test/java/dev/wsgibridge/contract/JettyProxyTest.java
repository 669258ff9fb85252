package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Jetty's own FastCGI proxy before a bridge. */
@Execution(ExecutionMode.CONCURRENT)
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
