package dev.wsgibridge.python;

import dev.wsgibridge.Environ;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A request's body on its way to Python. All of it is there before a thread of Python is taken, or
 * where it is large its first part: who sends slowly keeps a thread of the server, not one of
 * Python's.
 */
final class RequestInput implements Closeable {

  private static final int MAX_READ_BYTES = 64 * 1024;

  /** What small bodies have is handed over together with the call. */
  private static final int AT_HAND_BYTES = 16 * 1024;

  /** The first part of a larger one. */
  private static final int FIRST_BYTES = 64 * 1024;

  private static final byte[] NO_BYTES = {};

  private final long length;
  private InputStream rest;

  /** What is there; from {@link #position} on it was not read yet. */
  private byte[] buffer = NO_BYTES;

  private int position;
  private @Nullable IOException failure;
  private boolean ended;

  /** Whether nothing but the buffer is left to read. */
  private boolean whole;

  /** Whether the rest is a file, which {@link #close} deletes. */
  private boolean spooled;

  private RequestInput(long length, InputStream rest) {
    this.length = length;
    this.rest = rest;
  }

  /**
   * Waits for the first part of a request's body, or for all of it.
   *
   * @param postBuffering {@link dev.wsgibridge.LoadOptions#postBuffering}
   * @throws IOException not all of the body can be read. That its first part can't be is the
   *     application's to hear, when it reads
   */
  static RequestInput await(Environ environ, int postBuffering) throws IOException {
    RequestInput input = new RequestInput(environ.contentLength(), environ.input());
    if (input.length == 0) {
      input.ended = true;
    } else if (postBuffering > 0) {
      input.readAll(postBuffering);
    } else if (isAwaited(environ, input.length)) {
      input.readFirst();
    }
    return input;
  }

  /**
   * Whether there is a body to wait for. Not where the client waits to be told to go on, which is
   * the application's to decide: it does so when it reads. Nor where nobody knows how long it will
   * be: there may be none, or the client may say more only when it has heard something.
   */
  private static boolean isAwaited(Environ environ, long length) {
    return length > 0 && environ.header("Expect") == null;
  }

  private void readFirst() {
    int awaited = (int) Math.min(length, FIRST_BYTES);
    byte[] first = new byte[Math.min(awaited, AT_HAND_BYTES)];
    int count = 0;
    try {
      while (count < awaited && !ended) {
        if (count == first.length) {
          first = Arrays.copyOf(first, Math.min(awaited, 2 * count));
        }
        int more = rest.read(first, count, first.length - count);
        ended = more < 0;
        count += Math.max(more, 0);
      }
    } catch (IOException e) {
      failure = e;
    } catch (RuntimeException e) {
      failure = new IOException(e.getMessage(), e);
    }
    buffer = count == first.length ? first : Arrays.copyOf(first, count);
    whole = count == length;
  }

  private void readAll(int inMemory) throws IOException {
    byte[] first = rest.readNBytes(inMemory);
    int next = first.length < inMemory ? -1 : rest.read();
    buffer = first;
    if (next < 0) {
      whole = true;
      return;
    }
    Path file = Files.createTempFile("wsgi-bridge-", ".body");
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(next);
      rest.transferTo(out);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    }
    rest = Files.newInputStream(file, StandardOpenOption.DELETE_ON_CLOSE);
    spooled = true;
  }

  boolean spooled() {
    return spooled;
  }

  /** The whole body where it is small and there, and not read yet; else none. */
  byte[] atHand() {
    return whole && position == 0 && buffer.length <= AT_HAND_BYTES ? buffer : NO_BYTES;
  }

  /** See {@link Exchange#read}. */
  byte[] read(int size) throws IOException {
    if (position < buffer.length) {
      int end = Math.min(buffer.length, position + size);
      byte[] part =
          position == 0 && end == buffer.length
              ? buffer
              : Arrays.copyOfRange(buffer, position, end);
      position = end;
      return part;
    }
    if (failure != null) {
      throw failure;
    }
    if (ended || whole) {
      return NO_BYTES;
    }
    int most = (int) Math.min(size, length > 0 ? Math.min(length, MAX_READ_BYTES) : MAX_READ_BYTES);
    byte[] block = new byte[most];
    int count = rest.read(block);
    ended = count < 0;
    return count == block.length ? block : Arrays.copyOf(block, Math.max(count, 0));
  }

  @Override
  public void close() throws IOException {
    if (spooled) {
      rest.close();
    }
  }
}
