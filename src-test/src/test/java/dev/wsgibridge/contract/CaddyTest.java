package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Caddy, by FastCGI. */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
class CaddyTest {

  @Nested
  class FastCgi extends Contract {
    FastCgi() {
      super(Servers.front(Front.CADDY_FASTCGI, Hosted.JAVA));
    }
  }
}
