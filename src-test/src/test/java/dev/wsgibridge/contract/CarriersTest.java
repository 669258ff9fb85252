package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Python on each of its carriers, with few and with many workers and threads: over HTTP, and behind
 * two front servers each. See {@link PairsTest}.
 */
@Order(0)
@Execution(ExecutionMode.CONCURRENT)
class CarriersTest {

  @Nested
  class GraalPyOne extends Contract {
    GraalPyOne() {
      super(Servers.run(Hosted.GRAALPY, new Scale(1, 1)));
    }
  }

  @Nested
  class GraalPyBehindApache extends Contract {
    GraalPyBehindApache() {
      super(Servers.front(Front.APACHE_PROXY_FCGI_REUSE, Hosted.GRAALPY, new Scale(4, 8)));
    }
  }

  @Nested
  class GraalPyBehindNginx extends Contract {
    GraalPyBehindNginx() {
      super(Servers.front(Front.NGINX_UWSGI, Hosted.GRAALPY));
    }
  }

  @Nested
  class CPythonOne extends Contract {
    CPythonOne() {
      super(Servers.run(Hosted.CPYTHON, new Scale(1, 1)));
    }
  }

  @Nested
  class CPythonBehindApache extends Contract {
    CPythonBehindApache() {
      super(Servers.front(Front.APACHE_PROXY_AJP, Hosted.CPYTHON, new Scale(1, 8)));
    }
  }

  @Nested
  class CPythonBehindNginx extends Contract {
    CPythonBehindNginx() {
      super(Servers.front(Front.NGINX_FASTCGI, Hosted.CPYTHON));
    }
  }

  @Nested
  class PreforkOneByOne extends Contract {
    PreforkOneByOne() {
      super(Servers.run(Hosted.PREFORK, new Scale(1, 1)));
    }
  }

  @Nested
  class PreforkManyByOne extends Contract {
    PreforkManyByOne() {
      super(Servers.run(Hosted.PREFORK, new Scale(4, 1)));
    }
  }

  @Nested
  class PreforkBehindNginx extends Contract {
    PreforkBehindNginx() {
      super(Servers.front(Front.NGINX_FASTCGI_KEEP_ALIVE, Hosted.PREFORK, new Scale(4, 8)));
    }
  }

  @Nested
  class PreforkBehindLighttpd extends Contract {
    PreforkBehindLighttpd() {
      super(Servers.front(Front.LIGHTTPD_SCGI, Hosted.PREFORK, new Scale(1, 8)));
    }
  }
}
