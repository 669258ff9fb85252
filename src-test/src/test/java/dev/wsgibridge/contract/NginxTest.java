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
  class FastCgiJava extends Contract {
    FastCgiJava() {
      super(Servers.front(Front.NGINX_FASTCGI, Hosted.JAVA));
    }
  }

  @Nested
  class FastCgiCPython extends Contract {
    FastCgiCPython() {
      super(Servers.front(Front.NGINX_FASTCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class FastCgiKeepAliveJava extends Contract {
    FastCgiKeepAliveJava() {
      super(Servers.front(Front.NGINX_FASTCGI_KEEP_ALIVE, Hosted.JAVA));
    }
  }

  @Nested
  class FastCgiKeepAliveCPython extends Contract {
    FastCgiKeepAliveCPython() {
      super(Servers.front(Front.NGINX_FASTCGI_KEEP_ALIVE, Hosted.CPYTHON));
    }
  }

  @Nested
  class ScgiJava extends Contract {
    ScgiJava() {
      super(Servers.front(Front.NGINX_SCGI, Hosted.JAVA));
    }
  }

  @Nested
  class ScgiCPython extends Contract {
    ScgiCPython() {
      super(Servers.front(Front.NGINX_SCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class UwsgiJava extends Contract {
    UwsgiJava() {
      super(Servers.front(Front.NGINX_UWSGI, Hosted.JAVA));
    }
  }

  @Nested
  class UwsgiCPython extends Contract {
    UwsgiCPython() {
      super(Servers.front(Front.NGINX_UWSGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class FastCgiUnixJava extends Contract {
    FastCgiUnixJava() {
      super(Servers.front(Front.NGINX_FASTCGI_UNIX, Hosted.JAVA));
    }
  }

  @Nested
  class FastCgiTcpKeepAliveJava extends Contract {
    FastCgiTcpKeepAliveJava() {
      super(Servers.front(Front.NGINX_FASTCGI_TCP_KEEP_ALIVE, Hosted.JAVA));
    }
  }

  @Nested
  class SpawnFcgiJava extends Contract {
    SpawnFcgiJava() {
      super(Servers.front(Front.NGINX_SPAWN_FCGI, Hosted.JAVA));
    }
  }

  @Nested
  class SpawnFcgiCPython extends Contract {
    SpawnFcgiCPython() {
      super(Servers.front(Front.NGINX_SPAWN_FCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class ScgiUnixJava extends Contract {
    ScgiUnixJava() {
      super(Servers.front(Front.NGINX_SCGI_UNIX, Hosted.JAVA));
    }
  }

  @Nested
  class UwsgiTcpJava extends Contract {
    UwsgiTcpJava() {
      super(Servers.front(Front.NGINX_UWSGI_TCP, Hosted.JAVA));
    }
  }
}
