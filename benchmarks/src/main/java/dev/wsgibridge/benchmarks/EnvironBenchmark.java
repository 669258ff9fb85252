package dev.wsgibridge.benchmarks;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The environ of a request. */
public class EnvironBenchmark {

  private static final InputStream INPUT = InputStream.nullInputStream();
  private static final PrintWriter ERRORS = new PrintWriter(Writer.nullWriter());

  /** A request with so many headers, as a servlet container tells it. */
  @State(Scope.Benchmark)
  public static class Http {

    /** How many. */
    @Param({"5", "40"})
    public int headers;

    private List<Header> list = List.of();

    /** Makes them. */
    @Setup
    public void prepare() {
      list = Requests.headers(headers);
    }
  }

  /** Piece by piece. */
  @Benchmark
  public Environ ofHttp(Http http) {
    Environ.Builder environ = Environ.request("GET", "/shop/items/42?color=blue", "HTTP/1.1");
    for (Header header : http.list) {
      environ.header(header.name(), header.value());
    }
    environ
        .server("www.example.com", 80)
        .client("192.0.2.7", 53124)
        .user(null, null)
        .scheme("http")
        .mount("");
    return environ.streams(INPUT, ERRORS).build();
  }

  /** What nginx sends. */
  @State(Scope.Benchmark)
  public static class Nginx {

    private final CgiParams params = Requests.nginx();
  }

  /** Of params. */
  @Benchmark
  public Environ ofParams(Nginx nginx) {
    Environ.Builder environ = Environ.request(nginx.params);
    environ.mount("");
    return environ.streams(INPUT, ERRORS).build();
  }
}
