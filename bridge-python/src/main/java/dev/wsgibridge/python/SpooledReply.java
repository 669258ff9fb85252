package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.Body;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The body of a response that is whole, in memory while there is room for it, else in a temporary
 * file: clients that read slowly fill neither the heap nor the threads of workers.
 */
final class SpooledReply {

  /** What is smaller is not counted. */
  private static final int SMALL_BYTES = 64 * 1024;

  /** Up to so many bytes one may have in memory, and all together. */
  private static final Space MEMORY = new Space(16 << 20, 64 << 20);

  /** The same for temporary files. */
  private static final Space FILES = new Space(256 << 20, 2L << 30);

  private SpooledReply() {}

  /** Room for the bodies of responses. */
  private static final class Space {

    private final long each;
    private final long all;
    private final AtomicLong taken = new AtomicLong();

    Space(long each, long all) {
      this.each = each;
      this.all = all;
    }

    boolean take(long bytes) {
      if (bytes > each) {
        return false;
      }
      if (taken.addAndGet(bytes) > all) {
        giveBack(bytes);
        return false;
      }
      return true;
    }

    void giveBack(long bytes) {
      taken.addAndGet(-bytes);
    }
  }

  /**
   * A body that is here.
   *
   * @throws IOException there is no room on the disk
   */
  static Body of(byte[] payload) throws IOException {
    if (payload.length <= SMALL_BYTES) {
      return Body.of(payload);
    }
    if (MEMORY.take(payload.length)) {
      return Body.of(payload).onClose(() -> MEMORY.giveBack(payload.length));
    }
    return FILES.take(payload.length)
        ? inFile(payload.length, out -> out.write(payload))
        : Body.of(payload);
  }

  /**
   * The body of an {@link Answer.Kind#STREAM}, which its worker has as a whole: it is fetched now,
   * unless there is no room. To be closed before {@link Python.Reply#end}.
   *
   * @throws IOException the worker is gone, or there is no room on the disk
   */
  static Body of(Python.Reply reply) throws IOException {
    long size = Long.parseLong(new String(reply.answer().payload(), UTF_8));
    Body body;
    if (MEMORY.take(size)) {
      body = inMemory(reply, size);
    } else if (FILES.take(size)) {
      body = inFile(size, out -> copy(reply, out));
    } else {
      return new AsItComes(reply, size);
    }
    reply.sending();
    return body;
  }

  private static Body inMemory(Python.Reply reply, long size) throws IOException {
    boolean done = false;
    try {
      List<byte[]> blocks = new ArrayList<>();
      for (byte[] block = reply.next(); block.length > 0; block = reply.next()) {
        blocks.add(block);
      }
      Body body = Body.of(blocks).onClose(() -> MEMORY.giveBack(size));
      done = true;
      return body;
    } finally {
      if (!done) {
        MEMORY.giveBack(size);
      }
    }
  }

  private static void copy(Python.Reply reply, OutputStream out) throws IOException {
    for (byte[] block = reply.next(); block.length > 0; block = reply.next()) {
      out.write(block);
    }
  }

  @FunctionalInterface
  private interface Source {
    void copy(OutputStream out) throws IOException;
  }

  /** In a file that has no name any more: it is gone when it is closed. */
  private static Body inFile(long size, Source source) throws IOException {
    boolean done = false;
    try {
      Path path = Files.createTempFile("wsgi-bridge-", ".response");
      try {
        try (OutputStream out = Files.newOutputStream(path)) {
          source.copy(out);
        }
        Body body = Body.of(new FileInputStream(path.toFile())).onClose(() -> FILES.giveBack(size));
        done = true;
        return body;
      } finally {
        Files.delete(path);
      }
    } finally {
      if (!done) {
        FILES.giveBack(size);
      }
    }
  }

  private record AsItComes(Python.Reply reply, long length) implements Body {

    @Override
    public Iterator<byte[]> iterator() {
      return new Iterator<>() {
        private byte[] block = {};

        @Override
        public boolean hasNext() {
          if (block.length == 0) {
            try {
              block = reply.next();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
          return block.length > 0;
        }

        @Override
        public byte[] next() {
          if (!hasNext()) {
            throw new NoSuchElementException();
          }
          byte[] next = block;
          block = new byte[0];
          return next;
        }
      };
    }
  }
}
