package dev.wsgibridge.jetty;

import dev.wsgibridge.codec.AjpFront;
import dev.wsgibridge.codec.CodecFuzzTarget;
import dev.wsgibridge.codec.FastCgiFront;
import dev.wsgibridge.codec.ScgiFront;
import dev.wsgibridge.codec.UwsgiFront;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The seeds of {@code scripts/fuzz}, once each: lawful requests, whole, broken and with junk. */
class FuzzTargetsTest {

  private static final String[] PARAMS = {
    "REQUEST_METHOD", "POST", "REQUEST_URI", "/a", "CONTENT_LENGTH", "4"
  };

  static Stream<byte[]> seeds() {
    return IntStream.range(0, 4)
        .boxed()
        .flatMap(
            protocol -> {
              byte[] request = request(protocol);
              byte[] half = Arrays.copyOf(request, request.length / 2);
              return IntStream.range(0, 8)
                  .boxed()
                  .flatMap(
                      choice ->
                          Stream.of(
                              seed(protocol, choice, request),
                              seed(protocol, choice, half),
                              seed(protocol, choice, request, request),
                              seed(protocol, choice, request, new byte[] {-1, -1, -1})));
            });
  }

  private static byte[] request(int protocol) {
    return switch (protocol) {
      case 0 ->
          new FastCgiFront().request(1, 1, "body", PARAMS).getValues("FCGI_MAX_CONNS").bytes();
      case 1 -> ScgiFront.request("body", PARAMS[0], PARAMS[1], PARAMS[2], PARAMS[3]);
      case 2 -> UwsgiFront.request("body", PARAMS);
      default -> join(AjpFront.post("/a").header(0xA008, "4").packet(), AjpFront.body("body"));
    };
  }

  private static byte[] seed(int protocol, int choice, byte[]... sent) {
    return join(new byte[] {(byte) protocol, 0, (byte) choice}, join(sent));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Fails with what a target throws. */
  @ParameterizedTest
  @MethodSource("seeds")
  void findNothing(byte[] seed) {
    CodecFuzzTarget.fuzzerTestOneInput(seed);
    GatewayConnectionFuzzTarget.fuzzerTestOneInput(seed);
  }
}
