package dev.wsgibridge.python;

import dev.wsgibridge.Environ;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** An environ on its way to Python. */
@State(Scope.Benchmark)
public class EnvironTextBenchmark {

  private final Environ environ = environ();

  private static Environ environ() {
    Environ.Builder environ =
        Environ.request("GET", "/shop/items/42?color=blue", "HTTP/1.1")
            .header("Host", "www.example.com")
            .header(
                "User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .header("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
            .header("Accept-Language", "en-US,en;q=0.5")
            .header("Cookie", "sessionid=k2v9x0c3l5m8n1b4; theme=dark")
            .server("www.example.com", 80)
            .client("192.0.2.7", 53124);
    environ.mount("");
    return environ
        .streams(InputStream.nullInputStream(), new PrintWriter(Writer.nullWriter()))
        .build();
  }

  /** As one text. */
  @Benchmark
  public Object text() throws Exception {
    return EnvironText.of(environ);
  }
}
