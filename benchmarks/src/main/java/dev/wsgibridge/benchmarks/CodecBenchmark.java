package dev.wsgibridge.benchmarks;

import dev.wsgibridge.Header;
import dev.wsgibridge.codec.AjpCodec;
import dev.wsgibridge.codec.Codec;
import dev.wsgibridge.codec.Event;
import dev.wsgibridge.codec.FastCgiCodec;
import dev.wsgibridge.codec.Limits;
import dev.wsgibridge.codec.Output;
import dev.wsgibridge.codec.ProtocolException;
import dev.wsgibridge.codec.ScgiCodec;
import dev.wsgibridge.codec.UwsgiCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A GET of a browser's, read from its bytes, and answered into bytes. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // by prepare()
public class CodecBenchmark {

  private static final List<Header> HEADERS =
      List.of(
          new Header("Content-Type", "text/html; charset=utf-8"),
          new Header("Content-Length", "14"));

  /** By which protocol. */
  @Param({"fcgi", "scgi", "uwsgi", "ajp"})
  public String protocol;

  /** Bytes of the answer's body. */
  @Param({"14", "102400"})
  public int answer;

  private ByteBuffer request;
  private ByteBuffer body;
  private Codec kept;
  private final Output output = new Output();

  /** Writes the request. */
  @Setup
  public void prepare() {
    kept = codec();
    body = ByteBuffer.allocate(answer);
    byte[] bytes =
        switch (protocol) {
          case "scgi" -> Requests.scgi(Requests.nginx());
          case "uwsgi" -> Requests.uwsgi(Requests.nginx());
          case "ajp" -> Requests.ajp();
          default -> Requests.fastCgi(Requests.nginx());
        };
    request = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private Codec codec() {
    return switch (protocol) {
      case "scgi" -> new ScgiCodec(Limits.DEFAULT);
      case "uwsgi" -> new UwsgiCodec(Limits.DEFAULT);
      case "ajp" -> new AjpCodec(Limits.DEFAULT, null, Set.of(), false);
      default -> new FastCgiCodec(Limits.DEFAULT);
    };
  }

  /** On a connection that is kept, where the protocol has such. */
  @Benchmark
  public ByteBuffer[] exchange() throws ProtocolException {
    Codec codec = protocol.equals("scgi") || protocol.equals("uwsgi") ? codec() : kept;
    output.clear();
    request.rewind();
    int id = 0;
    for (Event event = codec.decode(request, output);
        event != null;
        event = codec.decode(request, output)) {
      id = event.id();
    }
    codec.head(id, 200, "OK", HEADERS, output);
    codec.content(id, body.rewind(), output);
    codec.end(id, Codec.Ending.COMPLETE, output);
    return output.buffers();
  }
}
