package dev.wsgibridge.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.wsgibridge.Header;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Inputs that no front would send, in random parts, each followed by the answers of a careless
 * application: only events in their order or a {@link ProtocolException} may come of them, and no
 * more memory than what was sent can account for. The property {@code fuzz.inputs} says how many.
 *
 * <p>A failure tells the input's number and bytes. Each is made of its number alone.
 */
abstract class CodecFuzz {

  private static final int INPUTS = Integer.getInteger("fuzz.inputs", 200_000);

  /** What a codec and its answers may take for each input, and for each of its bytes. */
  private static final long BYTES_EACH = 64 << 10;

  private static final long BYTES_PER_BYTE = 256;

  private static final List<Header> HEADERS = List.of(new Header("Content-Type", "text/plain"));

  /** A codec for one input; limits should be small enough to be met. */
  abstract Codec codec(SplittableRandom random);

  /** What a front might send on one connection; to be mutated. */
  abstract List<byte[]> valid();

  /** Something of the protocol's form, with random contents. */
  abstract byte[] random(SplittableRandom random);

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Map<Class<?>, Integer> outcomes = new HashMap<>();

  @Test
  void onlyEventsOrAProtocolException() {
    List<byte[]> valid = valid();
    for (int number = 0; number < INPUTS; number++) {
      byte[] input = input(new SplittableRandom(number), valid);
      try {
        long most = BYTES_EACH + BYTES_PER_BYTE * input.length;
        long taken = feed(number, input);
        if (taken > most) {
          // What is done once, such as loading a class, isn't done again.
          taken = feed(number, input);
        }
        if (taken > most) {
          throw new AssertionError(
              "%d bytes of memory, expected at most %d".formatted(taken, most));
        }
      } catch (RuntimeException | Error failure) {
        throw new AssertionError(
            "input %d of %d bytes: %s".formatted(number, input.length, Octets.text(input)),
            failure);
      }
    }
    // A fuzz that never gets beyond the first check would find nothing.
    assertThat(outcomes)
        .containsKeys(Event.Request.class, Event.Refused.class, ProtocolException.class);
  }

  /** Returns how many bytes of memory were taken. */
  private long feed(int number, byte[] input) {
    SplittableRandom random = new SplittableRandom(~number);
    Codec codec = codec(random);
    long before = threads.getCurrentThreadAllocatedBytes();
    new Connection(codec, random, outcomes).feed(input);
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private byte[] input(SplittableRandom random, List<byte[]> valid) {
    byte[] start = valid.get(random.nextInt(valid.size()));
    return switch (random.nextInt(8)) {
      case 0 -> noise(random, random.nextInt(64));
      case 1, 2 -> several(random);
      case 3 -> join(start, several(random));
      default -> mutated(start, random);
    };
  }

  private byte[] several(SplittableRandom random) {
    byte[] all = {};
    for (int i = random.nextInt(6); i >= 0; i--) {
      all = join(all, random(random));
    }
    return all;
  }

  private static byte[] mutated(byte[] start, SplittableRandom random) {
    byte[] bytes = start.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      if (bytes.length == 0) {
        return bytes;
      }
      int at = random.nextInt(bytes.length);
      int end = Math.min(bytes.length, at + 1 + random.nextInt(16));
      byte[] before = Arrays.copyOf(bytes, at);
      byte[] after = Arrays.copyOfRange(bytes, end, bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xFF : 0x00);
        case 3 -> bytes = join(before, after);
        case 4 -> bytes = join(join(before, noise(random, end - at)), bytes, at);
        default -> bytes = join(Arrays.copyOf(bytes, end), bytes, at);
      }
    }
    return bytes;
  }

  /** Bytes without any form. */
  static byte[] noise(SplittableRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** One behind the other. */
  static byte[] join(byte[] one, byte[] other) {
    return join(one, other, 0);
  }

  private static byte[] join(byte[] one, byte[] other, int from) {
    byte[] all = Arrays.copyOf(one, one.length + other.length - from);
    System.arraycopy(other, from, all, one.length, other.length - from);
    return all;
  }

  /** Feeds a codec and answers, some time, what it hears. */
  static final class Connection {

    private enum Heard {
      REQUEST,
      OVER
    }

    private final Codec codec;
    private final SplittableRandom random;
    private final Map<Class<?>, Integer> outcomes;
    private final Output output = new Output();
    private final Map<Integer, Heard> open = new HashMap<>();
    private Codec.AfterEnd after = Codec.AfterEnd.GO_ON;

    Connection(Codec codec, SplittableRandom random, Map<Class<?>, Integer> outcomes) {
      this.codec = codec;
      this.random = random;
      this.outcomes = outcomes;
    }

    void feed(byte[] bytes) {
      try {
        int at = 0;
        while (at < bytes.length && after == Codec.AfterEnd.GO_ON) {
          int count = 1 + random.nextInt(bytes.length - at);
          ByteBuffer input = ByteBuffer.wrap(bytes, at, count);
          at += count;
          for (Event event = codec.decode(input, output);
              event != null;
              event = codec.decode(input, output)) {
            hear(event);
            if (random.nextInt(4) == 0) {
              answerOne();
            }
            if (after != Codec.AfterEnd.GO_ON) {
              return;
            }
          }
          check(!input.hasRemaining(), "bytes are left untaken");
          output.clear();
        }
        codec.inputEnded();
        while (!open.isEmpty()) {
          answerOne();
        }
      } catch (ProtocolException broken) {
        outcomes.merge(ProtocolException.class, 1, Integer::sum);
      }
    }

    private void hear(Event event) {
      outcomes.merge(event.getClass(), 1, Integer::sum);
      int id = event.id();
      if (event instanceof Event.Request) {
        check(open.put(id, Heard.REQUEST) == null, "a request is open");
        codec.demand(id, output);
      } else if (event instanceof Event.Refused refused) {
        check(refused.status() >= 400 && refused.status() < 600, "no status of an error");
        check(open.put(id, Heard.OVER) == null, "a request is open");
      } else if (event instanceof Event.Content content) {
        check(content.bytes().hasRemaining(), "empty content");
        check(open.get(id) == Heard.REQUEST, "content of no body");
        codec.demand(id, output);
      } else if (event instanceof Event.End) {
        check(open.put(id, Heard.OVER) == Heard.REQUEST, "the end of no body");
      } else {
        // The answer may be awaited still.
        check(open.put(id, Heard.OVER) != null, "an abort of no request");
      }
    }

    // An assertion of AssertJ takes longer than all of an input.
    private static void check(boolean found, String what) {
      if (!found) {
        throw new AssertionError(what);
      }
    }

    private void answerOne() {
      if (open.isEmpty()) {
        return;
      }
      int id = open.keySet().iterator().next();
      open.remove(id);
      if (random.nextBoolean()) {
        codec.errors(id, "told", output);
      }
      codec.head(id, 200, "OK", HEADERS, output);
      for (int i = random.nextInt(3); i > 0; i--) {
        codec.content(id, ByteBuffer.allocate(1 + random.nextInt(20)), output);
      }
      boolean whole = random.nextInt(8) > 0;
      after = codec.end(id, whole ? Codec.Ending.COMPLETE : Codec.Ending.BROKEN_OFF, output);
    }
  }
}
