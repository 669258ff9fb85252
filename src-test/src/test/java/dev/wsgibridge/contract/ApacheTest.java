package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Apache httpd, in each of its ways to a bridge. */
@Order(2)
@Execution(ExecutionMode.CONCURRENT)
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

  @Nested
  class HandlerFcgiJava extends Contract {
    HandlerFcgiJava() {
      super(Servers.front(Front.APACHE_HANDLER_FCGI, Hosted.JAVA));
    }
  }

  @Nested
  class HandlerFcgiCPython extends Contract {
    HandlerFcgiCPython() {
      super(Servers.front(Front.APACHE_HANDLER_FCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class HandlerFcgiReuseJava extends Contract {
    HandlerFcgiReuseJava() {
      super(Servers.front(Front.APACHE_HANDLER_FCGI_REUSE, Hosted.JAVA));
    }
  }

  @Nested
  class HandlerFcgiReuseCPython extends Contract {
    HandlerFcgiReuseCPython() {
      super(Servers.front(Front.APACHE_HANDLER_FCGI_REUSE, Hosted.CPYTHON));
    }
  }

  @Nested
  class ProxyScgiJava extends Contract {
    ProxyScgiJava() {
      super(Servers.front(Front.APACHE_PROXY_SCGI, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyScgiCPython extends Contract {
    ProxyScgiCPython() {
      super(Servers.front(Front.APACHE_PROXY_SCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class ProxyUwsgiJava extends Contract {
    ProxyUwsgiJava() {
      super(Servers.front(Front.APACHE_PROXY_UWSGI, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyUwsgiCPython extends Contract {
    ProxyUwsgiCPython() {
      super(Servers.front(Front.APACHE_PROXY_UWSGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class ProxyAjpJava extends Contract {
    ProxyAjpJava() {
      super(Servers.front(Front.APACHE_PROXY_AJP, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyAjpCPython extends Contract {
    ProxyAjpCPython() {
      super(Servers.front(Front.APACHE_PROXY_AJP, Hosted.CPYTHON));
    }
  }

  @Nested
  class JkJava extends Contract {
    JkJava() {
      super(Servers.front(Front.APACHE_JK, Hosted.JAVA));
    }
  }

  @Nested
  class JkCPython extends Contract {
    JkCPython() {
      super(Servers.front(Front.APACHE_JK, Hosted.CPYTHON));
    }
  }

  @Nested
  class FcgidJava extends Contract {
    FcgidJava() {
      super(Servers.front(Front.APACHE_FCGID, Hosted.JAVA));
    }
  }

  @Nested
  class FcgidCPython extends Contract {
    FcgidCPython() {
      super(Servers.front(Front.APACHE_FCGID, Hosted.CPYTHON));
    }
  }

  @Nested
  class CgidJava extends Contract {
    CgidJava() {
      super(Servers.front(Front.APACHE_CGID, Hosted.JAVA));
    }
  }

  @Nested
  class CgiFcgiJava extends Contract {
    CgiFcgiJava() {
      super(Servers.front(Front.APACHE_CGI_FCGI, Hosted.JAVA));
    }
  }

  @Nested
  class CgiFcgiCPython extends Contract {
    CgiFcgiCPython() {
      super(Servers.front(Front.APACHE_CGI_FCGI, Hosted.CPYTHON));
    }
  }
}
