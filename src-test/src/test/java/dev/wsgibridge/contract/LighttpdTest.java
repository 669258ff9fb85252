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
  class FastCgi extends Contract {
    FastCgi() {
      super(Servers.front(Front.LIGHTTPD_FASTCGI, Hosted.JAVA));
    }
  }

  @Nested
  class Scgi extends Contract {
    Scgi() {
      super(Servers.front(Front.LIGHTTPD_SCGI, Hosted.JAVA));
    }
  }

  @Nested
  class Uwsgi extends Contract {
    Uwsgi() {
      super(Servers.front(Front.LIGHTTPD_UWSGI, Hosted.JAVA));
    }
  }

  @Nested
  class Ajp extends Contract {
    Ajp() {
      super(Servers.front(Front.LIGHTTPD_AJP, Hosted.JAVA));
    }
  }

  @Nested
  class StartsFastCgi extends Contract {
    StartsFastCgi() {
      super(Servers.front(Front.LIGHTTPD_STARTS_FASTCGI, Hosted.JAVA));
    }
  }

  @Nested
  class Cgi extends Contract {
    Cgi() {
      super(Servers.front(Front.LIGHTTPD_CGI, Hosted.JAVA));
    }
  }
}
