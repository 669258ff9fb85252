package dev.wsgibridge.contract;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Python with few and with many workers and threads. */
@Order(4)
@Execution(ExecutionMode.CONCURRENT)
class WorkersTest {

  @Nested
  class PreforkOneByOne extends Contract {
    PreforkOneByOne() {
      super(Servers.run(Hosted.PREFORK, new Scale(1, 1)));
    }
  }

  @Nested
  class PreforkOneByMany extends Contract {
    PreforkOneByMany() {
      super(Servers.run(Hosted.PREFORK, new Scale(1, 8)));
    }
  }

  @Nested
  class PreforkManyByOne extends Contract {
    PreforkManyByOne() {
      super(Servers.run(Hosted.PREFORK, new Scale(4, 1)));
    }
  }

  @Nested
  class PreforkManyByMany extends Contract {
    PreforkManyByMany() {
      super(Servers.run(Hosted.PREFORK, new Scale(4, 8)));
    }
  }

  @Nested
  class CPythonOne extends Contract {
    CPythonOne() {
      super(Servers.run(Hosted.CPYTHON, new Scale(1, 1)));
    }
  }

  @Nested
  class CPythonMany extends Contract {
    CPythonMany() {
      super(Servers.run(Hosted.CPYTHON, new Scale(1, 8)));
    }
  }

  @Nested
  class GraalPyOne extends Contract {
    GraalPyOne() {
      super(Servers.run(Hosted.GRAALPY, new Scale(1, 1)));
    }
  }

  @Nested
  class GraalPyMany extends Contract {
    GraalPyMany() {
      super(Servers.run(Hosted.GRAALPY, new Scale(1, 8)));
    }
  }

  @Nested
  class GraalPyManyContexts extends Contract {
    GraalPyManyContexts() {
      super(Servers.run(Hosted.GRAALPY, new Scale(4, 8)));
    }
  }

  @Nested
  class PreforkBehindNginx extends Contract {
    PreforkBehindNginx() {
      super(Servers.front(Front.NGINX_FASTCGI_KEEP_ALIVE, Hosted.PREFORK, new Scale(4, 8)));
    }
  }
}
