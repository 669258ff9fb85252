package dev.wsgibridge.jetty;

import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that sends parts of files without taking them into the JVM (sendfile(2)).
 *
 * <p>Such a part goes through Jetty as a {@link #region}: a buffer of the file's memory, which is
 * there to be counted and framed, and in which nothing is looked at until it comes to {@link
 * #flush}.
 */
class SendfileEndPoint extends SocketChannelEndPoint {

  private static final Logger LOG = LoggerFactory.getLogger(SendfileEndPoint.class);

  /**
   * How many mappings may wait for the garbage collector, which ends them: a quarter of what Linux
   * allows a process. Beyond, files are copied.
   */
  private static final int MAPPINGS = 16 * 1024;

  /** A part of a file, from where {@code bytes} begins. */
  private record Region(ByteBuffer bytes, FileChannel file, long begin) {

    private static final AtomicInteger mappings = new AtomicInteger();
    private static final Cleaner cleaner = Cleaner.create();

    static @Nullable Region map(FileChannel file, long position, int count) throws IOException {
      if (mappings.get() >= MAPPINGS) {
        return null;
      }
      ByteBuffer bytes = file.map(MapMode.READ_ONLY, position, count);
      mappings.incrementAndGet();
      cleaner.register(bytes, mappings::decrementAndGet);
      return new Region(bytes, file, position);
    }

    @SuppressWarnings("ReferenceEquality") // to compare buffers is to read them
    boolean is(ByteBuffer buffer) {
      return buffer == bytes;
    }

    /** Whether the socket took any of it. */
    boolean sendTo(SocketChannel socket) throws IOException {
      long position = begin + bytes.position();
      int sent = (int) file.transferTo(position, bytes.remaining(), socket);
      if (sent == 0 && file.size() < position + bytes.remaining()) {
        throw new EOFException("the file has shrunk");
      }
      bytes.position(bytes.position() + sent);
      return sent > 0;
    }
  }

  /** What is being sent, one at a time. */
  private @Nullable Region region;

  SendfileEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
    super(channel, selector, key, scheduler);
  }

  /**
   * A buffer to be written to this end point next, which sends {@code count} bytes of the file from
   * {@code position} on.
   *
   * @return null where the file can't be mapped into memory now
   */
  final @Nullable ByteBuffer region(FileChannel file, long position, int count) {
    try {
      region = Region.map(file, position, count);
      return region == null ? null : region.bytes;
    } catch (IOException e) {
      LOG.debug("the file is copied instead", e);
      return null;
    }
  }

  @Override
  public boolean flush(ByteBuffer... buffers) throws IOException {
    Region current = region;
    if (current == null || Arrays.stream(buffers).noneMatch(current::is)) {
      return buffers.length == 1 ? flush(buffers[0]) : super.flush(buffers);
    }
    for (ByteBuffer buffer : buffers) {
      if (!(current.is(buffer) ? send(current) : flush(buffer))) {
        return false;
      }
    }
    region = null;
    return true;
  }

  /** Whether all of it is sent; a single buffer needs no writev(2). */
  private boolean flush(ByteBuffer buffer) throws IOException {
    try {
      if (getChannel().write(buffer) > 0) {
        notIdle();
      }
    } catch (IOException e) {
      throw new EofException(e);
    }
    return !buffer.hasRemaining();
  }

  /** Whether all of it is sent. */
  private boolean send(Region region) throws IOException {
    try {
      if (region.sendTo(getChannel())) {
        notIdle();
      }
    } catch (IOException e) {
      throw new EofException(e);
    }
    return !region.bytes.hasRemaining();
  }
}
