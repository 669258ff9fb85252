package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.wsgibridge.codec.CodecFuzzTarget;
import org.junit.jupiter.api.Test;

/** The first runs of {@code scripts/fuzz}. */
class FuzzTargetsTest {

  @Test
  void codecs() {
    assertThatCode(() -> CodecFuzzTarget.seeds().forEach(CodecFuzzTarget::fuzzerTestOneInput))
        .doesNotThrowAnyException();
  }

  @Test
  void connections() {
    assertThatCode(
            () ->
                GatewayConnectionFuzzTarget.seeds()
                    .forEach(GatewayConnectionFuzzTarget::fuzzerTestOneInput))
        .doesNotThrowAnyException();
  }
}
