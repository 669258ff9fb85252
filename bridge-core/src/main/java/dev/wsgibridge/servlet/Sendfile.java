package dev.wsgibridge.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * How a server sends parts of files by itself: from the file to the connection, past the JVM. It
 * puts one into its servlet context, as the attribute {@link #ATTRIBUTE}.
 */
@FunctionalInterface
public interface Sendfile {

  /** The servlet context's attribute. */
  String ATTRIBUTE = "dev.wsgibridge.servlet.sendfile";

  /**
   * A buffer that stands for a part of a file. Where it is written to the answer's output stream,
   * the server sends the file; whoever looks into it finds the file's bytes.
   *
   * @param file open until the buffer is written; where it shrinks before, the write fails
   * @param count bytes, all of which the file has
   * @return null where the way to this request's client has no such thing
   */
  @Nullable ByteBuffer region(
      HttpServletRequest request, FileChannel file, long position, int count);
}
