package dev.wsgibridge.jetty;

import dev.wsgibridge.codec.CodecFuzzTarget;
import dev.wsgibridge.codec.Limits;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * For a coverage-guided fuzzer: a connection whose front sends any bytes in parts, and reads what
 * it is sent rarely. Whatever it does, each request that was begun comes to its end when the
 * connection has.
 *
 * <p>Byte 0 chooses the protocol, bytes 1 and 2 the parts and what is read; the rest is sent.
 */
public final class GatewayConnectionFuzzTarget {

  private static final int CHOICES = 3;

  /** Of each protocol; they start before the first input, which would be taken to be slow. */
  private static final List<InMemoryFront> FRONTS =
      Stream.of(GatewayProtocol.values()).map(GatewayConnectionFuzzTarget::front).toList();

  private GatewayConnectionFuzzTarget() {}

  /** Reads its body to the end, or not at all, and answers with more than a front takes at once. */
  private static final class Requests extends Handler.Abstract.NonBlocking {

    private static final byte[] BLOCK = new byte[3 * InMemoryFront.OUTPUT_BYTES];

    static int open;

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      open++;
      Callback ended =
          Callback.from(
              () -> {
                open--;
                callback.succeeded();
              },
              failure -> {
                open--;
                callback.failed(failure);
              });
      if (request.getHttpURI().getPath().length() % 2 == 0) {
        response.write(true, ByteBuffer.wrap(BLOCK), ended);
      } else {
        readOn(request, response, ended);
      }
      return true;
    }

    private static void readOn(Request request, Response response, Callback ended) {
      while (true) {
        var chunk = request.read();
        if (chunk == null) {
          request.demand(() -> readOn(request, response, ended));
          return;
        }
        if (Content.Chunk.isFailure(chunk)) {
          ended.failed(chunk.getFailure());
          return;
        }
        chunk.release();
        if (chunk.isLast()) {
          response.write(true, ByteBuffer.wrap(BLOCK), ended);
          return;
        }
      }
    }
  }

  /** Requests as fronts send them. */
  public static List<byte[]> seeds() {
    return CodecFuzzTarget.seeds();
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < CHOICES) {
      return;
    }
    InMemoryFront front = FRONTS.get(data[0] & 3);
    SplittableRandom random = new SplittableRandom(data[1] << 8 | data[2]);
    front.connect();
    for (int at = CHOICES; at < data.length && front.isOpen(); ) {
      int end = at + 1 + random.nextInt(data.length - at);
      front.send(Arrays.copyOfRange(data, at, end));
      at = end;
      if (random.nextInt(3) == 0) {
        front.take();
      }
    }
    if (random.nextBoolean() && front.isOpen()) {
      front.shutdown();
    }
    front.disconnect();
    if (Requests.open != 0) {
      int left = Requests.open;
      Requests.open = 0;
      throw new AssertionError("%d requests never end".formatted(left));
    }
  }

  private static InMemoryFront front(GatewayProtocol protocol) {
    try {
      return new InMemoryFront(
          protocol, new Limits(4000, 4), new Requests(), new ArrayByteBufferPool());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
