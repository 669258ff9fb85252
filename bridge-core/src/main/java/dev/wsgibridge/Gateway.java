package dev.wsgibridge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PEP 3333's order of things: calls the application, sends the head with the first non-empty block,
 * sends each block before it asks for the next, and closes the body, once, on every path.
 *
 * <p>Nothing else decides when the head goes out or who closes the body. One gateway serves any
 * number of requests at a time.
 */
public final class Gateway {

  /** How a response ended. */
  public enum Outcome {
    /** All of it was handed to the server. */
    COMPLETE,
    /** It failed after its head was sent: the server must break the connection off. */
    BROKEN_OFF,
    /** The client left; there is no one to send anything to. */
    CLIENT_GONE
  }

  /**
   * What a server gives the gateway to answer with. Called by one thread at a time, in the order
   * {@code head (write | sendFile | flush)* end}. An {@link IOException} means that the client has
   * left, and ends the response.
   */
  public interface Response {

    /** Takes the head, lawful by {@link Rule}'s measure. It need not be sent before a flush. */
    void head(int status, String reason, List<Header> headers) throws IOException;

    /** Takes bytes of the body; the array is the caller's again on return. */
    void write(byte[] block, int offset, int length) throws IOException;

    /** Puts all that was taken on its way to the client. */
    void flush() throws IOException;

    /** The response is whole. */
    void end() throws IOException;

    /** Hears what the application failed with, once it is logged. Most servers need not know. */
    default void failed(Throwable failure) {}

    /**
     * Sends a part of a file. A server that can send files from outside the heap overrides it.
     *
     * @param file open until the response is over
     * @param path where the file will still be found after that, or null
     * @return how many bytes the file had to give: {@code count}, or fewer where it has shrunk
     * @throws UncheckedIOException the file can't be read
     */
    default long sendFile(FileChannel file, long position, long count, @Nullable Path path)
        throws IOException {
      ByteBuffer block = ByteBuffer.allocate((int) Math.min(count, 64 * 1024));
      long sent = 0;
      while (sent < count) {
        block.clear().limit((int) Math.min(count - sent, block.capacity()));
        int read = read(file, block, position + sent);
        if (read < 0) {
          break;
        }
        write(block.array(), 0, read);
        sent += read;
      }
      return sent;
    }

    /** {@link FileChannel#read(ByteBuffer, long)}, whose failure is not the client's doing. */
    static int read(FileChannel file, ByteBuffer block, long position) {
      try {
        return file.read(block, position);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  private final Application application;

  /** A gateway to {@code application}. */
  public Gateway(Application application) {
    this.application = application;
  }

  /**
   * Serves one request, on the calling thread, to its end. Failures of the application are logged
   * here and never thrown.
   */
  public Outcome serve(Environ environ, Response response) {
    return new Call(environ, response).run();
  }

  /** One request on its way. */
  private final class Call implements StartResponse, StartResponse.Writer {

    private enum State {
      NEW,
      STARTED,
      COMMITTED,
      ENDED
    }

    private final Environ environ;
    private final Response response;

    // Kept from before the call: the environ is the application's, which may empty it.
    private final String method;
    private final String scriptName;
    private final String pathInfo;

    private State state = State.NEW;
    private Head head = Head.NONE;
    private long sent;
    private boolean overlong;
    private @Nullable ClientGoneException gone;

    Call(Environ environ, Response response) {
      this.environ = environ;
      this.response = response;
      this.method = environ.method();
      this.scriptName = environ.scriptName();
      this.pathInfo = environ.pathInfo();
    }

    Outcome run() {
      Body body = null;
      try {
        body = application.call(environ, this);
        if (body == null) {
          throw Rule.BODY_NULL.broken("null");
        }
        send(body);
        return Outcome.COMPLETE;
      } catch (Throwable failure) {
        return failed(failure);
      } finally {
        state = State.ENDED;
        close(body);
        environ.flushErrors();
      }
    }

    @Override
    public Writer start(String status, List<Header> headers, @Nullable Throwable failure) {
      switch (state) {
        case NEW -> {}
        case STARTED -> {
          if (failure == null) {
            throw Rule.START_TWICE.broken("a second call without a failure");
          }
        }
        case COMMITTED -> {
          if (failure == null) {
            throw Rule.START_TWICE.broken("a second call, after the head was sent");
          }
          throw again(failure);
        }
        case ENDED -> throw Rule.AFTER_END.broken("start_response after the response's end");
      }
      head = Head.of(status, headers);
      state = State.STARTED;
      return this;
    }

    @Override
    public void write(byte[] block) throws IOException {
      if (state == State.ENDED) {
        throw Rule.AFTER_END.broken("write() after the response's end");
      }
      if (block == null) {
        throw Rule.BLOCK.broken("null given to write()");
      }
      commit(-1);
      put(block);
      flush();
    }

    private void send(Body body) throws IOException {
      long length = state == State.COMMITTED ? -1 : body.length();
      if (body instanceof FileBody file && state != State.NEW) {
        commit(length);
        put(file);
      } else {
        long iterated = 0;
        // A body from a language with looser types may hold anything.
        for (Object given : (Iterable<?>) body) {
          if (!(given instanceof byte[] block)) {
            throw Rule.BLOCK.broken(given == null ? "null" : "a " + given.getClass().getName());
          }
          if (block.length == 0) {
            continue;
          }
          commit(length);
          put(block);
          if (bodiless() || overlong) {
            break;
          }
          iterated += block.length;
          // The last block of a body of known length goes out together with the end.
          if (iterated != length) {
            flush();
          }
        }
      }
      commit(0);
      if (!bodiless() && sent < head.contentLength()) {
        throw Rule.BODY_TOO_SHORT.broken(
            "%d bytes for a Content-Length of %d".formatted(sent, head.contentLength()));
      }
      present();
      try {
        response.end();
      } catch (IOException e) {
        throw left(e);
      }
    }

    /** Hands the head to the server, if that was not done yet. */
    private void commit(long bodyLength) throws IOException {
      if (state == State.COMMITTED) {
        return;
      }
      if (state == State.NEW) {
        throw Rule.START_MISSING.broken("no call of it");
      }
      if (head.status() < 200) {
        // A client would wait for another head, or, after 101, for another protocol.
        throw Rule.STATUS_INTERIM.broken("status %d".formatted(head.status()));
      }
      // An empty answer to HEAD says nothing about what GET would get.
      head = head.withLength(isHead() && bodyLength == 0 ? -1 : bodyLength);
      state = State.COMMITTED;
      present();
      try {
        response.head(head.status(), head.reason(), head.headers());
      } catch (IOException e) {
        throw left(e);
      }
    }

    private void put(byte[] block) throws IOException {
      int length = (int) allowed(block.length);
      if (length > 0) {
        present();
        try {
          response.write(block, 0, length);
        } catch (IOException e) {
          throw left(e);
        }
        sent += length;
      }
    }

    private void put(FileBody file) throws IOException {
      // Content-Length says how much of the file is wanted.
      long length = file.length();
      long count =
          head.contentLength() < 0 ? length : Math.min(length, head.contentLength() - sent);
      if (count > 0 && !bodiless()) {
        present();
        try {
          sent += response.sendFile(file.channel(), file.position(), count, file.path());
        } catch (IOException e) {
          throw left(e);
        }
      }
    }

    /** How many of {@code length} bytes may still be sent. */
    private long allowed(long length) {
      if (bodiless()) {
        return 0;
      }
      long rest = head.contentLength() < 0 ? length : head.contentLength() - sent;
      if (length > rest && !overlong) {
        overlong = true;
        LOG.warn(
            "{}: the rest of the body is cut: {}",
            name(),
            Rule.BODY_TOO_LONG.message(
                "more than the %d bytes of its Content-Length".formatted(head.contentLength())));
      }
      return Math.min(length, rest);
    }

    private boolean isHead() {
      return method.equals("HEAD");
    }

    private boolean bodiless() {
      return isHead() || head.bodiless();
    }

    private void flush() throws IOException {
      present();
      try {
        response.flush();
      } catch (IOException e) {
        throw left(e);
      }
    }

    /** Throws where the client has left before. */
    private void present() throws ClientGoneException {
      if (gone != null) {
        throw gone;
      }
    }

    /** What fails of a response only fails when the client has left. */
    private ClientGoneException left(IOException failure) {
      gone = new ClientGoneException(failure);
      return gone;
    }

    private Outcome failed(Throwable failure) {
      if (gone != null) {
        LOG.debug("{}: the client has left", name(), failure);
        return Outcome.CLIENT_GONE;
      }
      boolean unreadable = causedByRequestBody(failure);
      if (unreadable) {
        LOG.info("{}: {}", name(), failure.getMessage());
      } else {
        LOG.error("{}: the application failed", name(), failure);
        response.failed(failure);
      }
      if (state == State.COMMITTED) {
        return Outcome.BROKEN_OFF;
      }
      try {
        sendError(unreadable ? "400 Bad Request" : "500 Internal Server Error");
        return Outcome.COMPLETE;
      } catch (IOException e) {
        LOG.debug("{}: the client has left", name(), e);
        return Outcome.CLIENT_GONE;
      }
    }

    /** Says no more to the client than that it failed. */
    private void sendError(String status) throws IOException {
      byte[] page = (status.substring(4) + "\n").getBytes(StandardCharsets.ISO_8859_1);
      head =
          Head.of(status, List.of(Header.of("Content-Type", "text/plain; charset=utf-8")))
              .withLength(page.length);
      response.head(head.status(), head.reason(), head.headers());
      if (!isHead()) {
        response.write(page, 0, page.length);
      }
      response.end();
    }

    private static boolean causedByRequestBody(Throwable failure) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof RequestBodyException) {
          return true;
        }
      }
      return false;
    }

    private void close(@Nullable Body body) {
      if (body != null) {
        try {
          body.close();
        } catch (Throwable failure) {
          LOG.error("{}: the body failed when it was closed", name(), failure);
        }
      }
    }

    /** The request, for the log: without its query, which may hold secrets. */
    private String name() {
      return method + " " + Rule.quoted(scriptName + pathInfo);
    }

    /** Throws the failure itself, checked or not. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the usual trick for it
    private static <T extends Throwable> RuntimeException again(Throwable failure) throws T {
      throw (T) failure;
    }
  }
}
