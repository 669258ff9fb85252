package dev.wsgibridge.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.CgiParams;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a codec understood of bytes.
 *
 * @param events as text, a body's parts put together: {@code Request 1, 5: NAME=value}, {@code
 *     Content 1: hello}, {@code End 1}, {@code Abort 1}, {@code Refused 1, 400: why}; at last
 *     {@code ProtocolException: message} where there was one
 * @param answered what the protocol itself answered, as {@link Octets#text} writes it
 */
record Heard(List<String> events, String answered) {

  /** Tells a codec bytes in parts that end at {@code splits}, and with the last byte. */
  static Heard of(Codec codec, byte[] bytes, int... splits) {
    Listener listener = new Listener(codec);
    int from = 0;
    for (int split : splits) {
      listener.hear(Arrays.copyOfRange(bytes, from, split));
      from = split;
    }
    listener.hear(Arrays.copyOfRange(bytes, from, bytes.length));
    return listener.heard();
  }

  /** Tells a codec bytes one by one. */
  static Heard ofEach(Codec codec, byte[] bytes) {
    int[] splits = new int[bytes.length];
    Arrays.setAll(splits, i -> i);
    return of(codec, bytes, splits);
  }

  /** Holds that bytes make these events, however they are split. */
  static void assertEvents(Supplier<? extends Codec> codec, byte[] bytes, String... events) {
    Heard whole = of(codec.get(), bytes);
    assertThat(whole.events).containsExactly(events);
    assertThat(ofEach(codec.get(), bytes)).as("byte by byte").isEqualTo(whole);
    for (int split = 0; split <= bytes.length; split++) {
      Heard heard = of(codec.get(), bytes, split);
      if (!heard.equals(whole)) {
        assertThat(heard).as("split at %d", split).isEqualTo(whole);
      }
    }
  }

  private static final class Listener {

    private final Codec codec;
    private final Output output = new Output();
    private final List<String> events = new ArrayList<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private @Nullable Integer bodyId;
    private boolean over;

    Listener(Codec codec) {
      this.codec = codec;
    }

    void hear(byte[] part) {
      if (over) {
        return;
      }
      ByteBuffer input = ByteBuffer.wrap(part);
      try {
        for (Event event = codec.decode(input, output);
            event != null;
            event = codec.decode(input, output)) {
          hear(event);
        }
        assertThat(input.hasRemaining()).as("left untaken").isFalse();
      } catch (ProtocolException broken) {
        hear("ProtocolException: " + broken.getMessage());
        over = true;
      }
    }

    private void hear(Event event) {
      if (event instanceof Event.Content content) {
        assertThat(content.bytes().hasRemaining()).as("content").isTrue();
        if (bodyId != null && bodyId != content.id()) {
          endBody();
        }
        bodyId = content.id();
        body.writeBytes(Octets.of(content.bytes()));
      } else {
        hear(text(event));
      }
    }

    private void hear(String text) {
      endBody();
      events.add(text);
    }

    private void endBody() {
      if (bodyId != null) {
        events.add("Content %d: %s".formatted(bodyId, body.toString(StandardCharsets.ISO_8859_1)));
        bodyId = null;
        body.reset();
      }
    }

    private static String text(Event event) {
      if (event instanceof Event.Request request) {
        return "Request %d, %d: %s"
            .formatted(request.id(), request.contentLength(), text(request.params()));
      }
      if (event instanceof Event.Refused refused) {
        return "Refused %d, %d: %s".formatted(refused.id(), refused.status(), refused.why());
      }
      return event.getClass().getSimpleName() + " " + event.id();
    }

    private static String text(CgiParams params) {
      List<String> pairs = new ArrayList<>();
      for (int i = 0; i < params.size(); i++) {
        pairs.add(params.name(i) + "=" + params.value(i));
      }
      return String.join(", ", pairs);
    }

    Heard heard() {
      endBody();
      return new Heard(events, Octets.text(Octets.of(output)));
    }
  }
}
