package dev.wsgibridge.benchmarks;

import dev.wsgibridge.Application;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The order of things, with an environ that is there and a response that goes nowhere. */
@State(Scope.Thread)
public class GatewayBenchmark {

  private static final int BLOCKS = 64;

  private final Environ environ = environ();
  private final Nowhere response = new Nowhere();
  private final Gateway hello = new Gateway(Applications.HELLO);
  private final Gateway streaming = new Gateway(blocks());

  private static Environ environ() {
    Environ.Builder environ = Environ.request("GET", "/", "HTTP/1.1");
    environ.server("localhost", 80).client("192.0.2.7", 53124).mount("");
    return environ
        .streams(InputStream.nullInputStream(), new PrintWriter(Writer.nullWriter()))
        .build();
  }

  private static Application blocks() {
    List<byte[]> blocks = Stream.generate(() -> new byte[1024]).limit(BLOCKS).toList();
    return (environ, startResponse) -> {
      startResponse.start("200 OK", Header.of("Content-Type", "application/octet-stream"));
      return blocks::iterator;
    };
  }

  /** One block. */
  @Benchmark
  public long hello() {
    hello.serve(environ, response);
    return response.bytes;
  }

  /** 64 blocks, each sent before the next one is asked for. */
  @Benchmark
  public long streaming() {
    streaming.serve(environ, response);
    return response.bytes;
  }

  /** Counts. */
  private static final class Nowhere implements Gateway.Response {

    private long bytes;

    @Override
    public void head(int status, String reason, List<Header> headers) {
      bytes += headers.size();
    }

    @Override
    public void write(byte[] block, int offset, int length) {
      bytes += length;
    }

    @Override
    public void flush() {}

    @Override
    public void end() {}
  }
}
