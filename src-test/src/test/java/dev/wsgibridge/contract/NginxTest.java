package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** nginx, in each of its ways to a bridge. */
@Order(3)
@Execution(ExecutionMode.CONCURRENT)
class NginxTest {

  @Nested
  class FastCgi extends Contract {
    FastCgi() {
      super(Servers.front(Front.NGINX_FASTCGI, Hosted.JAVA));
    }
  }

  @Nested
  class FastCgiKeepAlive extends Contract {
    FastCgiKeepAlive() {
      super(Servers.front(Front.NGINX_FASTCGI_KEEP_ALIVE, Hosted.JAVA));
    }
  }

  @Nested
  class Scgi extends Contract {
    Scgi() {
      super(Servers.front(Front.NGINX_SCGI, Hosted.JAVA));
    }
  }

  @Nested
  class Uwsgi extends Contract {
    Uwsgi() {
      super(Servers.front(Front.NGINX_UWSGI, Hosted.JAVA));
    }
  }

  @Nested
  class FastCgiUnix extends Contract {
    FastCgiUnix() {
      super(Servers.front(Front.NGINX_FASTCGI_UNIX, Hosted.JAVA));
    }
  }

  @Nested
  class FastCgiTcpKeepAlive extends Contract {
    FastCgiTcpKeepAlive() {
      super(Servers.front(Front.NGINX_FASTCGI_TCP_KEEP_ALIVE, Hosted.JAVA));
    }
  }

  @Nested
  class SpawnFcgi extends Contract {
    SpawnFcgi() {
      super(Servers.front(Front.NGINX_SPAWN_FCGI, Hosted.JAVA));
    }
  }

  @Nested
  class ScgiUnix extends Contract {
    ScgiUnix() {
      super(Servers.front(Front.NGINX_SCGI_UNIX, Hosted.JAVA));
    }
  }

  @Nested
  class UwsgiTcp extends Contract {
    UwsgiTcp() {
      super(Servers.front(Front.NGINX_UWSGI_TCP, Hosted.JAVA));
    }
  }
}
