package dev.wsgibridge.python;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * What goes between the bridge and the processes of {@code worker.py}: frames over Unix domain
 * sockets, numbers in network byte order, texts in UTF-8.
 *
 * <pre>
 * +------+-------------+-------------+----------+
 * | type | length      | request     | contents |
 * | u8   | u32         | u32         |          |
 * +------+-------------+-------------+----------+
 * </pre>
 *
 * <p>Each request has a number, which all its frames carry; 0 is for what belongs to none. Whoever
 * gets a frame of another request than the one that is being served ends the connection: so what
 * one request has left behind is never taken for another's.
 */
final class Wire {

  /** The first frame of each connection: {@code role u8, number u32, pid u32, thread u64}. */
  static final int HELLO = 0;

  // Roles.
  static final int MASTER = 0;
  static final int LIFELINE = 1;
  static final int CONTROL = 2;
  static final int OUTPUT = 3;
  static final int THREAD = 4;

  // To the master.

  /** {@code threads, watched, preload, text of LOAD}, by newlines. */
  static final int SETUP = 1;

  /** {@code worker u32, "1" if it watches the files or "0", path of the bridge's socket}. */
  static final int FORK = 2;

  /** {@code pid u32, signal u32}. */
  static final int SIGNAL = 3;

  // From the master and the workers.

  /** The application is loaded; of a worker: and its threads are there. */
  static final int LOADED = 16;

  /** {@code "1" if there is no such module or "0", message}. */
  static final int FAILED = 17;

  /** {@code level u32, length u16, logger, text}. */
  static final int LOG = 18;

  /** The worker wants no more requests. */
  static final int LEAVING = 19;

  /** The path of a file of the application, which has changed. */
  static final int CHANGED = 20;

  /** {@code worker u32, pid u32, status i32}: the exit status, or a signal below 0. */
  static final int EXITED = 21;

  // To a thread of a worker.

  /** {@code flags u32, length u32, the request's body where it is here, environ}. */
  static final int CALL = 32;

  /** What was READ; empty at the body's end. */
  static final int DATA = 33;

  /** Why it could not be READ. */
  static final int NO_DATA = 34;

  /** Why no more can be sent to the client. */
  static final int GONE = 35;

  /** The file that was the answer is sent. */
  static final int CLOSE = 36;

  /** The file that was the answer can't be opened here: it is to be sent by blocks. */
  static final int BLOCKS = 37;

  // From the thread.

  /** {@code kind u8, length of the head i32 or -1, head, payload}; the bytes of a STREAM follow. */
  static final int ANSWER = 48;

  /** {@code length of the head i32 or -1, head, block}. */
  static final int BLOCK = 49;

  /** {@code size u32}: how much is wanted of the request's body. */
  static final int READ = 50;

  /**
   * A text for {@code wsgi.errors}, from the thread that serves; what others write there is a LOG.
   */
  static final int ERRORS = 51;

  /** The request is over; what closing the file has failed with, if anything. */
  static final int FINISHED = 52;

  /** What a frame may hold. */
  static final int MAX_FRAME = 1 << 20;

  /** Bytes of a frame before its contents. */
  static final int FRAME_HEAD = 1 + 2 * Integer.BYTES;

  private Wire() {}

  /** A whole frame that belongs to no request. */
  static ByteBuffer frame(int type, byte[]... contents) {
    return requestFrame(0, type, contents);
  }

  /** A whole frame of a request. */
  static ByteBuffer requestFrame(int request, int type, byte[]... contents) {
    int length = 0;
    for (byte[] part : contents) {
      length += part.length;
    }
    ByteBuffer frame =
        ByteBuffer.allocate(FRAME_HEAD + length).put((byte) type).putInt(length).putInt(request);
    for (byte[] part : contents) {
      frame.put(part);
    }
    return frame.flip();
  }

  /** A whole frame of a text that belongs to no request. */
  static ByteBuffer frame(int type, String text) {
    return frame(type, utf8(text));
  }

  /** A whole frame of numbers, u32 each, that belongs to no request. */
  static ByteBuffer frame(int type, int... numbers) {
    ByteBuffer contents = ByteBuffer.allocate(Integer.BYTES * numbers.length);
    for (int number : numbers) {
      contents.putInt(number);
    }
    return frame(type, contents.array());
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /**
   * The length of contents, once it is known to be lawful.
   *
   * @throws ProtocolException it is not
   */
  static int checked(int length) throws ProtocolException {
    if (length < 0 || length > MAX_FRAME) {
      throw new ProtocolException(
          "worker: found a frame of %d bytes, expected %d at most"
              .formatted(Integer.toUnsignedLong(length), MAX_FRAME));
    }
    return length;
  }

  /** Writes all of it to a blocking channel. */
  static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Fills the buffer from a blocking channel. */
  static void read(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException("the worker has closed the connection");
      }
    }
  }
}
