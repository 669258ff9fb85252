package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** HAProxy, by FastCGI. */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
class HaproxyTest {

  @Nested
  class FastCgi extends Contract {
    FastCgi() {
      super(Servers.front(Front.HAPROXY_FASTCGI, Hosted.JAVA));
    }
  }
}
