package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;

/** Apache httpd, in each of its ways to a bridge. */
class ApacheTest {

  @Nested
  class ProxyFcgiJava extends Contract {
    ProxyFcgiJava() {
      super(Servers.front(Front.APACHE_PROXY_FCGI, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyFcgiCPython extends Contract {
    ProxyFcgiCPython() {
      super(Servers.front(Front.APACHE_PROXY_FCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class ProxyFcgiReuseJava extends Contract {
    ProxyFcgiReuseJava() {
      super(Servers.front(Front.APACHE_PROXY_FCGI_REUSE, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyFcgiReuseCPython extends Contract {
    ProxyFcgiReuseCPython() {
      super(Servers.front(Front.APACHE_PROXY_FCGI_REUSE, Hosted.CPYTHON));
    }
  }
}
