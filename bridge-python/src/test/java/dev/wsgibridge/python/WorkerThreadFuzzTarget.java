package dev.wsgibridge.python;

import com.sun.management.ThreadMXBean;
import dev.wsgibridge.FuzzSeeds;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * For a coverage-guided fuzzer: whatever a thread of a worker sends, a request ends by its answer
 * or by an IOException, and takes no more memory than a frame or two may hold.
 *
 * <p>Byte 0 says how much comes at a time; the rest is what Python sends for request 1.
 */
public final class WorkerThreadFuzzTarget {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final long MAX_BYTES = 4L * Wire.MAX_FRAME;
  private static final long MAX_BYTES_PER_BYTE = 4096;
  private static final EnvironText ENVIRON = new EnvironText("REQUEST_METHOD\u0100GET", 0);

  // Answer.Kind, as Python numbers it.
  private static final int DONE = 0;
  private static final int UNFINISHED = 1;
  private static final int FILE = 2;
  private static final int FAILED = 3;
  private static final int STREAM = 5;

  private WorkerThreadFuzzTarget() {}

  /** Takes blocks but for empty ones, and has a body without end. */
  private static final Exchange EXCHANGE =
      new Exchange() {
        @Override
        public void send(byte @Nullable [] head, byte[] block) throws IOException {
          if (block.length == 0) {
            throw new IOException("the client has left");
          }
        }

        @Override
        public byte[] read(int size) throws IOException {
          check(size > 0, "a size above 0");
          if (size == 13) {
            throw new IOException("reset");
          }
          return new byte[] {1};
        }

        @Override
        public void errors(String text) {}

        @Override
        public Map<String, Object> objects() {
          return Map.of();
        }
      };

  /** What worker.py sends. */
  public static List<byte[]> seeds() {
    byte[] head = Wire.utf8("200 OK\nX\ny");
    return List.of(
        sent(answer(DONE, head, "body")),
        sent(frame(Wire.ERRORS, "careful"), number(Wire.READ, 5), answer(DONE, head, "")),
        sent(number(Wire.BLOCK, -1), number(Wire.READ, 13), answer(FAILED, head, "why")),
        sent(
            frame(Wire.BLOCK, "\0\0\0\0012block"),
            answer(UNFINISHED, head, "body"),
            number(Wire.READ, 1),
            frame(Wire.FINISHED, "")),
        sent(answer(STREAM, head, "5"), Wire.utf8("bytes"), frame(Wire.FINISHED, "no")),
        sent(answer(FILE, head, "3\n0\n/"), frame(Wire.FINISHED, "")),
        sent(answer(FILE, head, "3\n0\n/none"), answer(DONE, head, "")));
  }

  private static byte[] sent(byte[]... frames) {
    return FuzzSeeds.join(new byte[] {100}, FuzzSeeds.join(frames));
  }

  private static byte[] frame(int type, String text) {
    return Wire.requestFrame(1, type, Wire.utf8(text)).array();
  }

  private static byte[] number(int type, int number) {
    return Wire.requestFrame(1, type, ByteBuffer.allocate(4).putInt(number).array()).array();
  }

  private static byte[] answer(int kind, byte[] head, String payload) {
    byte[] lead = ByteBuffer.allocate(5).put((byte) kind).putInt(head.length).array();
    return Wire.requestFrame(1, Wire.ANSWER, lead, head, Wire.utf8(payload)).array();
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    long most = MAX_BYTES + MAX_BYTES_PER_BYTE * data.length;
    // What is done once, such as loading a class, isn't done again.
    if (run(data) > most) {
      long taken = run(data);
      check(taken <= most, most + " bytes of memory at most rather than " + taken);
    }
  }

  /** Returns how many bytes of memory were taken. */
  private static long run(byte[] data) {
    SentBytes channel = new SentBytes(data, 1, 1 + (data[0] & 0xFF));
    WorkerThread thread = new WorkerThread(new Worker(1, 1, 0), 1, channel, new AtomicInteger());
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      Answer answer = thread.serve(EXCHANGE, ENVIRON, 0);
      check(thread.intact() || !isOver(answer), "an answer that is over");
      if (answer.kind() == Answer.Kind.STREAM) {
        while (thread.next().length > 0) {
          // It is bounded by what was sent.
        }
      }
      if (!thread.intact()) {
        thread.finish(EXCHANGE, answer.kind());
        check(thread.intact(), "a thread that is free again");
      }
    } catch (IOException refused) {
      check(refused.getMessage() != null, "a reason");
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static boolean isOver(Answer answer) {
    return switch (answer.kind()) {
      case DONE, FAILED, INPUT_FAILED -> true;
      case UNFINISHED, FILE, STREAM -> false;
    };
  }

  private static void check(boolean found, String expected) {
    if (!found) {
      throw new AssertionError("expected " + expected);
    }
  }
}
