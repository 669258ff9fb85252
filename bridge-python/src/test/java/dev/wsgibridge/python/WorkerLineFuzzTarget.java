package dev.wsgibridge.python;

import com.sun.management.ThreadMXBean;
import dev.wsgibridge.FuzzSeeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * For a coverage-guided fuzzer: whatever a process says beside its requests is an event or a
 * ProtocolException, and who has come leaves once.
 *
 * <p>Byte 0 says how much comes at a time; the rest is what the process sends.
 */
public final class WorkerLineFuzzTarget {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final long MAX_BYTES = 4L * Wire.MAX_FRAME;
  private static final long MAX_BYTES_PER_BYTE = 4096;
  private static final Selector SELECTOR = open();

  private WorkerLineFuzzTarget() {}

  private static Selector open() {
    try {
      return Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What worker.py sends. */
  public static List<byte[]> seeds() {
    return List.of(
        sent(hello(Wire.MASTER), frame(Wire.LOADED, ""), exited(), frame(77, "?")),
        sent(hello(Wire.CONTROL), frame(Wire.LOG, "\0\0\0\36\0\1nlines"), frame(Wire.LEAVING, "")),
        sent(hello(Wire.CONTROL), frame(Wire.FAILED, "1no such module")),
        sent(hello(Wire.OUTPUT), Wire.utf8("a line\nand a half")),
        sent(hello(Wire.THREAD)),
        sent(hello(Wire.LIFELINE), frame(Wire.LOADED, "")),
        sent(hello(9)));
  }

  private static byte[] sent(byte[]... parts) {
    return FuzzSeeds.join(new byte[] {30}, FuzzSeeds.join(parts));
  }

  private static byte[] frame(int type, String text) {
    return Wire.frame(type, text).array();
  }

  private static byte[] exited() {
    return Wire.frame(Wire.EXITED, 1, 4711, -9).array();
  }

  private static byte[] hello(int role) {
    ByteBuffer contents = ByteBuffer.allocate(17).put((byte) role).putInt(1).putInt(4711);
    return Wire.frame(Wire.HELLO, contents.putLong(1).array()).array();
  }

  /** Reads as Prefork does, and counts who is there. */
  private static final class Heard implements Reception.Events {

    int here;
    boolean handedOver;

    @Override
    public void threadCame(int worker, int pid, long ident, SocketChannel channel) {
      check(channel.isBlocking(), "a channel that is blocking");
      handedOver = true;
    }

    @Override
    public void came(int role, int number, int pid, SocketChannel channel)
        throws ProtocolException {
      if (pid == 0) {
        throw new ProtocolException("there already");
      }
      here += role == Wire.LIFELINE ? 0 : 1;
    }

    @Override
    public void said(int role, int number, int type, ByteBuffer contents) {
      check(role == Wire.MASTER || role == Wire.CONTROL, "a process that may say something");
      switch (type) {
        case Wire.EXITED -> contents.get(new byte[3 * Integer.BYTES]);
        case Wire.FAILED -> contents.get();
        default -> check(Reception.rest(contents).length() <= Wire.MAX_FRAME, "a text");
      }
    }

    @Override
    public void left(int role, int number) {
      here--;
    }

    @Override
    public void tick() {}

    @Override
    public void broken(Throwable why) {}
  }

  private static final class Key extends SelectionKey {

    private final SocketChannel channel;
    private boolean cancelled;

    Key(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public SocketChannel channel() {
      return channel;
    }

    @Override
    public Selector selector() {
      return SELECTOR;
    }

    @Override
    public boolean isValid() {
      return !cancelled;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public int interestOps() {
      return OP_READ;
    }

    @Override
    public SelectionKey interestOps(int operations) {
      return this;
    }

    @Override
    public int readyOps() {
      return OP_READ;
    }
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
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
  private static long run(byte[] data) throws IOException {
    SentBytes channel = new SentBytes(data, 1, 1 + (data[0] & 0xFF));
    channel.configureBlocking(false);
    Key key = new Key(channel);
    Heard heard = new Heard();
    WorkerLine line =
        new WorkerLine(
            channel,
            SELECTOR,
            heard,
            (logger, level, text) -> check(text.length() <= Wire.MAX_FRAME, "a text"));
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      // A byte at a time at least, and the end.
      for (int turns = 0; key.isValid(); turns++) {
        check(turns <= data.length, "all of it to be read");
        line.receive(key);
      }
    } catch (ProtocolException malformed) {
      line.leave(key);
    }
    check(channel.isOpen() == heard.handedOver, "a connection to be closed, or a thread's");
    check(heard.here == 0, "who has come to leave, once");
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static void check(boolean found, String expected) {
    if (!found) {
      throw new AssertionError("expected " + expected);
    }
  }
}
