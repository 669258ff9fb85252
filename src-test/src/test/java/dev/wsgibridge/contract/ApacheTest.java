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
  class ProxyFcgi extends Contract {
    ProxyFcgi() {
      super(Servers.front(Front.APACHE_PROXY_FCGI, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyFcgiReuse extends Contract {
    ProxyFcgiReuse() {
      super(Servers.front(Front.APACHE_PROXY_FCGI_REUSE, Hosted.JAVA));
    }
  }

  @Nested
  class HandlerFcgi extends Contract {
    HandlerFcgi() {
      super(Servers.front(Front.APACHE_HANDLER_FCGI, Hosted.JAVA));
    }
  }

  @Nested
  class HandlerFcgiReuse extends Contract {
    HandlerFcgiReuse() {
      super(Servers.front(Front.APACHE_HANDLER_FCGI_REUSE, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyScgi extends Contract {
    ProxyScgi() {
      super(Servers.front(Front.APACHE_PROXY_SCGI, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyUwsgi extends Contract {
    ProxyUwsgi() {
      super(Servers.front(Front.APACHE_PROXY_UWSGI, Hosted.JAVA));
    }
  }

  @Nested
  class ProxyAjp extends Contract {
    ProxyAjp() {
      super(Servers.front(Front.APACHE_PROXY_AJP, Hosted.JAVA));
    }
  }

  @Nested
  class Jk extends Contract {
    Jk() {
      super(Servers.front(Front.APACHE_JK, Hosted.JAVA));
    }
  }

  @Nested
  class Fcgid extends Contract {
    Fcgid() {
      super(Servers.front(Front.APACHE_FCGID, Hosted.JAVA));
    }
  }

  @Nested
  class Cgid extends Contract {
    Cgid() {
      super(Servers.front(Front.APACHE_CGID, Hosted.JAVA));
    }
  }

  @Nested
  class CgiFcgi extends Contract {
    CgiFcgi() {
      super(Servers.front(Front.APACHE_CGI_FCGI, Hosted.JAVA));
    }
  }
}
