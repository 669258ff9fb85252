package dev.wsgibridge.servlet;

import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes what the gateway decides to a servlet response. */
final class ServletAnswer implements Gateway.Response {

  private static final String CONTENT_TYPE = "Content-Type";

  /** Below this size a file is read through the heap: anything else would cost more. */
  private static final long DIRECT_FROM_BYTES = 64 * 1024;

  private static final int DIRECT_BUFFER_BYTES = 256 * 1024;

  /** What a server sends by itself at once. */
  private static final int REGION_BYTES = 1 << 30;

  /**
   * {@code write(ByteBuffer)} where an output stream has it: Servlet 6.1's, and Jetty's and
   * Tomcat's own before.
   */
  private static final ClassValue<Optional<MethodHandle>> WRITE_BUFFER =
      new ClassValue<>() {
        @Override
        protected Optional<MethodHandle> computeValue(Class<?> type) {
          try {
            return Optional.of(
                MethodHandles.publicLookup()
                    .findVirtual(type, "write", MethodType.methodType(void.class, ByteBuffer.class))
                    .asType(
                        MethodType.methodType(
                            void.class, ServletOutputStream.class, ByteBuffer.class)));
          } catch (NoSuchMethodException | IllegalAccessException e) {
            return Optional.empty();
          }
        }
      };

  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private @Nullable ServletOutputStream out;

  ServletAnswer(HttpServletRequest request, HttpServletResponse response) {
    this.request = request;
    this.response = response;
  }

  /** The reason is lost where the server has no place for it. */
  @Override
  public void head(int status, String reason, List<Header> headers) {
    // An error page keeps the status of its error, unless it says another than 200.
    if (status != HttpServletResponse.SC_OK
        || request.getDispatcherType() != DispatcherType.ERROR) {
      response.setStatus(status);
    }
    if (!isUsual(status, reason) && request.getAttribute(WsgiServlet.REASON_PHRASE) != null) {
      request.setAttribute(WsgiServlet.REASON_PHRASE, reason);
    }
    String type = null;
    for (Header header : headers) {
      String name = header.name();
      if (name.equalsIgnoreCase(CONTENT_TYPE)) {
        type = header.value();
      } else if (isContainersOwn(name)) {
        response.setHeader(name, header.value());
      } else {
        response.addHeader(name, header.value());
      }
    }
    if (type != null) {
      type(type);
    }
  }

  /** Called once: a second type would get the first one's charset. */
  private void type(String type) {
    response.setHeader(CONTENT_TYPE, type);
    if (request.getAttribute(WsgiServlet.CONTENT_TYPE) != null) {
      request.setAttribute(WsgiServlet.CONTENT_TYPE, type);
    }
  }

  /** Whether any server says it so by itself. */
  private static boolean isUsual(int status, String reason) {
    return status == HttpServletResponse.SC_OK && reason.equals("OK");
  }

  /** Headers that a container supplies by itself, so that the application's must replace them. */
  private static boolean isContainersOwn(String name) {
    return switch (name.length()) {
      case 4 -> name.equalsIgnoreCase("Date");
      case 6 -> name.equalsIgnoreCase("Server");
      default -> false;
    };
  }

  private ServletOutputStream out() throws IOException {
    ServletOutputStream known = out;
    if (known == null) {
      known = response.getOutputStream();
      out = known;
    }
    return known;
  }

  @Override
  public void write(byte[] block, int offset, int length) throws IOException {
    out().write(block, offset, length);
  }

  @Override
  public void flush() throws IOException {
    out().flush();
  }

  @Override
  public void end() throws IOException {
    if (leavesLengthOpen()) {
      // Else a container would count the bytes, and tell a Content-Length of 0.
      response.flushBuffer();
    }
    // In a container a filter may have more to say: it ends the response when all have returned.
    if (ServletEnviron.isStandalone(request)) {
      out().close();
    }
  }

  /** Whether a response without a body says nothing of the body that GET would get. */
  private boolean leavesLengthOpen() {
    return (request.getMethod().equals("HEAD")
            || response.getStatus() == HttpServletResponse.SC_NOT_MODIFIED)
        && !response.containsHeader("Content-Length");
  }

  @Override
  public long sendFile(FileChannel file, long position, long count, @Nullable Path path)
      throws IOException {
    if (count < DIRECT_FROM_BYTES) {
      return Gateway.Response.super.sendFile(file, position, count, path);
    }
    if (path != null && TomcatSendfile.accepts(request, response)) {
      TomcatSendfile.send(request, path, position, count);
      return count;
    }
    ServletOutputStream out = out();
    Optional<MethodHandle> write = WRITE_BUFFER.get(out.getClass());
    return write.isPresent()
        ? sendDirect(write.get(), out, file, position, count)
        : Gateway.Response.super.sendFile(file, position, count, path);
  }

  private long sendDirect(
      MethodHandle write, ServletOutputStream out, FileChannel file, long position, long count)
      throws IOException {
    ByteBuffer memory = ByteBuffer.allocate(0);
    long sent = 0;
    while (sent < count) {
      long from = position + sent;
      long rest = count - sent;
      ByteBuffer block = region(file, from, rest);
      if (block == null) {
        if (memory.capacity() == 0) {
          memory = ByteBuffer.allocateDirect((int) Math.min(rest, DIRECT_BUFFER_BYTES));
        }
        block = memory.clear().limit((int) Math.min(rest, memory.capacity()));
        if (Gateway.Response.read(file, block, from) < 0) {
          break;
        }
        block.flip();
      }
      int length = block.remaining();
      try {
        write.invokeExact(out, block);
      } catch (IOException e) {
        if (file.size() < from + length) {
          throw new UncheckedIOException("the file has shrunk while it was sent", e);
        }
        throw e;
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      sent += length;
    }
    return sent;
  }

  /** A part of a file that the server sends by itself; null where it doesn't. */
  private @Nullable ByteBuffer region(FileChannel file, long position, long count) {
    return request.getServletContext().getAttribute(Sendfile.ATTRIBUTE) instanceof Sendfile sendfile
        ? sendfile.region(request, file, position, (int) Math.min(count, REGION_BYTES))
        : null;
  }

  /** Tomcat's own way: request attributes name a file, its connector sends it after the servlet. */
  private static final class TomcatSendfile {

    static boolean accepts(HttpServletRequest request, HttpServletResponse response) {
      // As Tomcat's own DefaultServlet asks: a wrapped response may want to see the bytes.
      return Boolean.TRUE.equals(request.getAttribute("org.apache.tomcat.sendfile.support"))
          && request.getClass().getName().equals("org.apache.catalina.connector.RequestFacade")
          && response.getClass().getName().equals("org.apache.catalina.connector.ResponseFacade");
    }

    static void send(HttpServletRequest request, Path path, long position, long count)
        throws IOException {
      request.setAttribute("org.apache.tomcat.sendfile.filename", path.toRealPath().toString());
      request.setAttribute("org.apache.tomcat.sendfile.start", position);
      request.setAttribute("org.apache.tomcat.sendfile.end", position + count);
    }
  }
}
