package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** lighttpd, in each of its ways to a bridge. */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
class LighttpdTest {

  @Nested
  class FastCgiJava extends Contract {
    FastCgiJava() {
      super(Servers.front(Front.LIGHTTPD_FASTCGI, Hosted.JAVA));
    }
  }

  @Nested
  class FastCgiCPython extends Contract {
    FastCgiCPython() {
      super(Servers.front(Front.LIGHTTPD_FASTCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class ScgiJava extends Contract {
    ScgiJava() {
      super(Servers.front(Front.LIGHTTPD_SCGI, Hosted.JAVA));
    }
  }

  @Nested
  class ScgiCPython extends Contract {
    ScgiCPython() {
      super(Servers.front(Front.LIGHTTPD_SCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class UwsgiJava extends Contract {
    UwsgiJava() {
      super(Servers.front(Front.LIGHTTPD_UWSGI, Hosted.JAVA));
    }
  }

  @Nested
  class UwsgiCPython extends Contract {
    UwsgiCPython() {
      super(Servers.front(Front.LIGHTTPD_UWSGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class AjpJava extends Contract {
    AjpJava() {
      super(Servers.front(Front.LIGHTTPD_AJP, Hosted.JAVA));
    }
  }

  @Nested
  class AjpCPython extends Contract {
    AjpCPython() {
      super(Servers.front(Front.LIGHTTPD_AJP, Hosted.CPYTHON));
    }
  }

  @Nested
  class StartsFastCgiJava extends Contract {
    StartsFastCgiJava() {
      super(Servers.front(Front.LIGHTTPD_STARTS_FASTCGI, Hosted.JAVA));
    }
  }

  @Nested
  class CgiJava extends Contract {
    CgiJava() {
      super(Servers.front(Front.LIGHTTPD_CGI, Hosted.JAVA));
    }
  }
}
