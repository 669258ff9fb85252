package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;

/** nginx, in each of its ways to a bridge. */
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
}
