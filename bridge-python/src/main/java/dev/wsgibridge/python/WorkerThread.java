package dev.wsgibridge.python;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a worker, at the other end of a connection: serves one request at a time, together
 * with the thread of this process that asks it to, which waits in {@code read} meanwhile.
 */
final class WorkerThread {

  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int MAX_BLOCK = 64 * 1024;
  private static final byte[] NO_BYTES = {};

  private final Worker worker;
  private final long ident;
  private final SocketChannel channel;
  private final AtomicInteger requests;
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();

  /** Since when it is silent, though asked: {@link System#nanoTime}, or 0. */
  private volatile long silentSince;

  private volatile boolean hung;

  /** The number of the request that is served, or was last. */
  private int request;

  /** How much of a STREAM is to come. */
  private long rest;

  /** Whether the last request was served to its end, so that the next can come. */
  private boolean intact = true;

  /**
   * A thread that is ready.
   *
   * @param requests counts the requests of all threads, so that no two have the same number
   */
  WorkerThread(Worker worker, long ident, SocketChannel channel, AtomicInteger requests) {
    this.worker = worker;
    this.ident = ident;
    this.channel = channel;
    this.requests = requests;
  }

  Worker worker() {
    return worker;
  }

  /** As Python's faulthandler names it. */
  String name() {
    return "0x%016x".formatted(ident);
  }

  /** For how long it has been silent, though asked, in milliseconds. */
  long silentMillis() {
    long since = silentSince;
    return since == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }

  boolean intact() {
    return intact;
  }

  boolean hung() {
    return hung;
  }

  /** It has been silent for too long: whoever waits for it need not any more. */
  void giveUp() {
    hung = true;
    close();
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Closed it is.
    }
  }

  /**
   * Whether bytes have come that nobody asked for, as from a process that shares the connection
   * unknown to Python. To be called only while no request is served.
   */
  boolean hasUnasked() {
    try {
      channel.configureBlocking(false);
      try {
        return in.hasRemaining() || channel.read(ByteBuffer.allocate(1)) > 0;
      } finally {
        channel.configureBlocking(true);
      }
    } catch (IOException e) {
      return false; // it is closed, of which its worker's end tells
    }
  }

  /**
   * Serves a request up to its answer.
   *
   * @throws NotBegunException the worker is gone, and has not begun to serve it
   * @throws IOException the worker is gone
   */
  Answer serve(Exchange exchange, EnvironText environ, int flags) throws IOException {
    intact = false;
    request = nextRequest();
    byte[] input = exchange.inputAtHand();
    byte[] text = environ.text().getBytes(StandardCharsets.UTF_8);
    Wire.checked(2 * Integer.BYTES + input.length + text.length);
    byte[] lead = ByteBuffer.allocate(2 * Integer.BYTES).putInt(flags).putInt(input.length).array();
    ByteBuffer call = Wire.requestFrame(request, Wire.CALL, lead, input, text);
    int type = begin(call);
    boolean gone = false;
    while (true) {
      switch (type) {
        case Wire.READ -> answerRead(exchange);
        case Wire.BLOCK -> {
          int headLength = takeInt();
          byte[] head = headLength < 0 ? null : take(headLength);
          byte[] block = contents();
          if (!gone) {
            gone = !send(exchange, head, block);
          }
        }
        case Wire.ERRORS -> exchange.errors(Wire.text(contents()));
        case Wire.ANSWER -> {
          Answer answer = takeAnswer();
          if (answer.kind() == Answer.Kind.FILE && !isReadable(answer)) {
            Wire.write(channel, Wire.requestFrame(request, Wire.BLOCKS));
            break;
          }
          rest = answer.kind() == Answer.Kind.STREAM ? size(answer.payload()) : 0;
          intact = over(answer.kind());
          return answer;
        }
        default -> throw unexpected(type);
      }
      type = readHead();
    }
  }

  /**
   * Sends the call, and reads the head of the first frame that comes back.
   *
   * <p>When a process ends that has not read all that was sent to it, the kernel resets the
   * connection; when it has, the connection ends. So a reset tells that the call was not read to
   * its end, and the application not called.
   */
  private int begin(ByteBuffer call) throws IOException {
    try {
      Wire.write(channel, call);
    } catch (IOException e) {
      throw new NotBegunException(e);
    }
    try {
      return readHead();
    } catch (EOFException e) {
      throw e;
    } catch (SocketException e) {
      throw new NotBegunException(e);
    }
  }

  /** The worker was gone before it could begin: the request may be served by another one. */
  static final class NotBegunException extends IOException {

    private static final long serialVersionUID = 1L;

    NotBegunException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private static long size(byte[] digits) throws IOException {
    String text = Wire.text(digits);
    if (!text.matches("[0-9]{1,18}")) {
      throw new IOException("worker: found a body's size that is no number");
    }
    return Long.parseLong(text);
  }

  /** Whether the file that is the answer can be opened here. */
  private static boolean isReadable(Answer answer) throws IOException {
    try {
      return Files.isReadable(Path.of(answer.file().path()));
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new IOException("worker: found an answer that names no file", e);
    }
  }

  private static boolean over(Answer.Kind kind) {
    return switch (kind) {
      case DONE, FAILED, INPUT_FAILED -> true;
      case UNFINISHED, FILE, STREAM -> false;
    };
  }

  /** Never 0, which is no request's. */
  private int nextRequest() {
    int next = requests.incrementAndGet();
    return next == 0 ? requests.incrementAndGet() : next;
  }

  private void answerRead(Exchange exchange) throws IOException {
    int size = frameLength == Integer.BYTES ? ByteBuffer.wrap(contents()).getInt() : -1;
    if (size <= 0) {
      throw unexpected(Wire.READ);
    }
    ByteBuffer reply;
    try {
      byte[] block = exchange.read(Math.min(size, MAX_BLOCK));
      reply = Wire.requestFrame(request, Wire.DATA, block);
    } catch (IOException e) {
      reply = Wire.requestFrame(request, Wire.NO_DATA, Wire.utf8(message(e)));
    }
    Wire.write(channel, reply);
  }

  private boolean send(Exchange exchange, byte @Nullable [] head, byte[] block) throws IOException {
    try {
      exchange.send(head, block);
      return true;
    } catch (IOException e) {
      Wire.write(channel, Wire.requestFrame(request, Wire.GONE, Wire.utf8(message(e))));
      return false;
    }
  }

  private static String message(IOException e) {
    String message = e.getMessage();
    String said = message == null ? e.toString() : message;
    return said.substring(0, Math.min(said.length(), 1000));
  }

  /** The next bytes of a STREAM; none at its end. */
  byte[] next() throws IOException {
    if (rest == 0) {
      return NO_BYTES;
    }
    byte[] block = new byte[(int) Math.min(rest, MAX_BLOCK)];
    fill(block);
    rest -= block.length;
    return block;
  }

  /**
   * Waits until the thread is through with a request whose answer was not all of it.
   *
   * @throws IOException the worker is gone, or the file can't be closed
   */
  void finish(Exchange exchange, Answer.Kind kind) throws IOException {
    if (kind == Answer.Kind.FILE) {
      Wire.write(channel, Wire.requestFrame(request, Wire.CLOSE));
    }
    while (rest > 0) {
      next();
    }
    int type = readHead();
    while (type != Wire.FINISHED) {
      // What the iterable's close() does.
      switch (type) {
        case Wire.ERRORS -> exchange.errors(Wire.text(contents()));
        case Wire.READ -> answerRead(exchange);
        default -> throw unexpected(type);
      }
      type = readHead();
    }
    String failure = Wire.text(contents());
    intact = true;
    if (!failure.isEmpty()) {
      throw new IOException(failure);
    }
  }

  // --- Reading ----------------------------------------------------------------------------------

  /** How much of the frame's contents is to come. */
  private int frameLength;

  /** Reads a frame of this request up to its contents; returns its type. */
  private int readHead() throws IOException {
    need(Wire.FRAME_HEAD);
    int type = in.get();
    frameLength = Wire.checked(in.getInt());
    int number = in.getInt();
    if (number != request) {
      throw new IOException(
          "worker: found a frame of request %d, expected one of request %d"
              .formatted(Integer.toUnsignedLong(number), Integer.toUnsignedLong(request)));
    }
    return type;
  }

  private int takeInt() throws IOException {
    return ByteBuffer.wrap(take(Integer.BYTES)).getInt();
  }

  private byte[] take(int length) throws IOException {
    if (length < 0 || length > frameLength) {
      throw new IOException(
          "worker: found a part of %d bytes, expected %d at most".formatted(length, frameLength));
    }
    byte[] bytes = new byte[length];
    fill(bytes);
    frameLength -= length;
    return bytes;
  }

  private byte[] contents() throws IOException {
    return take(frameLength);
  }

  private Answer takeAnswer() throws IOException {
    int kind = take(1)[0];
    int headLength = takeInt();
    byte[] head = headLength < 0 ? null : take(headLength);
    if (!Answer.Kind.isOne(kind)) {
      throw new IOException("worker: found an answer of kind %d, which is none".formatted(kind));
    }
    return new Answer(Answer.Kind.of(kind), head, contents());
  }

  private void need(int count) throws IOException {
    while (in.remaining() < count) {
      in.compact();
      receive(in);
      in.flip();
    }
  }

  private void fill(byte[] bytes) throws IOException {
    int buffered = Math.min(in.remaining(), bytes.length);
    in.get(bytes, 0, buffered);
    ByteBuffer missing = ByteBuffer.wrap(bytes, buffered, bytes.length - buffered);
    while (missing.hasRemaining()) {
      if (missing.remaining() < in.capacity()) {
        in.compact();
        receive(in);
        in.flip();
        int count = Math.min(in.remaining(), missing.remaining());
        missing.put(in.slice().limit(count));
        in.position(in.position() + count);
      } else {
        receive(missing);
      }
    }
  }

  private void receive(ByteBuffer buffer) throws IOException {
    silentSince = System.nanoTime() | 1;
    try {
      if (channel.read(buffer) < 0) {
        throw new EOFException("the worker has closed the connection");
      }
    } finally {
      silentSince = 0;
    }
  }

  private static IOException unexpected(int type) {
    return new IOException(
        "worker: found a frame of type %d, which is not its turn".formatted(type));
  }
}
