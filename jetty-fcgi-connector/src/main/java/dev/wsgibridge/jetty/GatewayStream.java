package dev.wsgibridge.jetty;

import dev.wsgibridge.Header;
import dev.wsgibridge.codec.Codec.AfterEnd;
import dev.wsgibridge.codec.Codec.Ending;
import dev.wsgibridge.codec.Output;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpChannel;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request of a {@link GatewayConnection}, and its answer. */
final class GatewayStream implements HttpStream {

  private static final Logger LOG = LoggerFactory.getLogger(GatewayStream.class);

  /** What waits to be read: beyond either of these the connection reads no more for now. */
  private static final int WAITING_BYTES = 256 * 1024;

  private static final int WAITING_CHUNKS = 64;

  /** What becomes of the request's body. */
  private enum Reading {
    /** More of it may come. */
    OPEN,
    /** All of it has come. */
    WHOLE,
    /** Nobody wants it. */
    DROPPED
  }

  private final GatewayConnection connection;
  private final int id;
  private final Channel channel;

  // The body, guarded by itself.
  private final Queue<Content.Chunk> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private Reading reading = Reading.OPEN;
  private @Nullable Throwable failure;
  private @Nullable Throwable bodyFailure;
  private boolean demanded;

  // The answer, written by one thread after the other.
  private volatile boolean committed;
  private volatile boolean abandoned;
  private volatile boolean ended;
  private boolean bodiless;
  private boolean closes;

  /** A request's attribute: its stream. */
  static final String ATTRIBUTE = GatewayStream.class.getName();

  /** What a connection keeps for its next request. */
  record Channel(HttpChannel http, RequestMetaData metaData) {}

  GatewayStream(GatewayConnection connection, int id, Channel channel) {
    this.connection = connection;
    this.id = id;
    this.channel = channel;
  }

  int id() {
    return id;
  }

  Channel channel() {
    return channel;
  }

  // ------------------------------------------------------------ from the front

  /**
   * Takes a part of the body.
   *
   * @return what is to be run, null where nobody waits for it
   */
  @Nullable Runnable offer(Content.Chunk chunk) {
    synchronized (waiting) {
      if (reading == Reading.DROPPED || failure != null) {
        chunk.release();
        return null;
      }
      waiting.add(chunk);
      waitingBytes += chunk.remaining();
      connection.waits(chunk.remaining());
    }
    return available();
  }

  /** The body is whole. */
  @Nullable Runnable whole() {
    synchronized (waiting) {
      if (reading == Reading.OPEN) {
        reading = Reading.WHOLE;
      }
    }
    return available();
  }

  /** The front is gone, or has lost its interest: the next read or write tells the application. */
  @Nullable Runnable fail(Throwable reason) {
    synchronized (waiting) {
      if (failure == null) {
        failure = reason;
      }
      drop();
    }
    return available();
  }

  /** The front has closed its half of the connection, though it should wait for an answer. */
  void abandoned() {
    abandoned = true;
  }

  /** Whether nobody seems to wait for the answer any more. */
  boolean isAbandoned() {
    synchronized (waiting) {
      return abandoned || failure != null;
    }
  }

  /** No more of the body is waited for: the next read tells the application, which may answer. */
  @Nullable Runnable failBody(Throwable reason) {
    synchronized (waiting) {
      if (bodyFailure == null) {
        bodyFailure = reason;
      }
    }
    return available();
  }

  boolean isWhole() {
    synchronized (waiting) {
      return reading == Reading.WHOLE;
    }
  }

  /** Whether the application waits for more of the body. */
  boolean awaitsBody() {
    synchronized (waiting) {
      return demanded && waiting.isEmpty() && reading == Reading.OPEN;
    }
  }

  /** Whether more waits to be read than should. */
  boolean isFull() {
    synchronized (waiting) {
      return waitingBytes >= WAITING_BYTES || waiting.size() >= WAITING_CHUNKS;
    }
  }

  private @Nullable Runnable available() {
    synchronized (waiting) {
      if (!demanded) {
        return null;
      }
      demanded = false;
    }
    return channel.http().onContentAvailable();
  }

  private void drop() {
    for (Content.Chunk chunk = waiting.poll(); chunk != null; chunk = waiting.poll()) {
      chunk.release();
    }
    connection.waits(-waitingBytes);
    waitingBytes = 0;
  }

  // ------------------------------------------------------------ for the application

  @Override
  public String getId() {
    return Integer.toString(id);
  }

  @Override
  public Content.@Nullable Chunk read() {
    Content.Chunk chunk;
    synchronized (waiting) {
      if (failure != null) {
        return Content.Chunk.from(failure, true);
      }
      chunk = waiting.poll();
      if (chunk == null && bodyFailure != null && reading == Reading.OPEN) {
        return Content.Chunk.from(bodyFailure, true);
      }
      if (chunk == null) {
        return reading == Reading.OPEN ? null : Content.Chunk.EOF;
      }
      waitingBytes -= chunk.remaining();
      connection.waits(-chunk.remaining());
    }
    connection.readOn();
    return chunk;
  }

  @Override
  public void demand() {
    boolean waits;
    synchronized (waiting) {
      demanded = true;
      waits =
          waiting.isEmpty() && reading == Reading.OPEN && failure == null && bodyFailure == null;
    }
    if (waits) {
      connection.demand(id);
    } else {
      Runnable task = available();
      if (task != null) {
        task.run();
      }
    }
  }

  @Override
  public @Nullable Throwable consumeAvailable() {
    synchronized (waiting) {
      drop();
      if (reading == Reading.OPEN) {
        reading = Reading.DROPPED;
      }
    }
    connection.readOn();
    return null;
  }

  @Override
  public void prepareResponse(HttpFields.Mutable headers) {}

  @Override
  public void send(
      MetaData.Request request,
      MetaData.@Nullable Response response,
      boolean last,
      @Nullable ByteBuffer content,
      Callback callback) {
    Throwable gone;
    synchronized (waiting) {
      gone = failure;
    }
    if (gone == null && ended) {
      // The end could not be written, and Jetty tries once more.
      gone = new EofException("the answer has ended");
    }
    if (gone != null) {
      callback.failed(gone);
      return;
    }
    if (response != null && HttpStatus.isInformational(response.getStatus())) {
      // A CGI response has one head.
      callback.succeeded();
      return;
    }
    boolean empty = content == null || !content.hasRemaining();
    if (response == null && empty && !last) {
      callback.succeeded();
      return;
    }
    Output output = connection.newOutput();
    if (response != null) {
      committed = true;
      bodiless =
          HttpMethod.HEAD.is(request.getMethod())
              || response.getStatus() == HttpStatus.NO_CONTENT_204
              || response.getStatus() == HttpStatus.NOT_MODIFIED_304;
    }
    synchronized (connection.lock()) {
      if (response != null) {
        head(response, output);
      }
      if (content != null && !empty && !bodiless) {
        connection.codec().content(id, content, output);
      }
      if (last) {
        connection.writeEnd(output, end(Ending.COMPLETE, output), callback);
      } else {
        connection.codec().flush(id, output);
        connection.write(output, callback);
      }
    }
    connection.flush();
  }

  private void head(MetaData.Response response, Output output) {
    List<Header> headers = new ArrayList<>();
    for (HttpField field : response.getHttpFields()) {
      // RFC 3875, 6.3: the connection is the front's. A wish to close it means ours.
      if (field.getHeader() == null || !isConnections(field, response.getStatus())) {
        String value = field.getValue();
        headers.add(new Header(field.getName(), value == null ? "" : value));
      }
    }
    long length = response.getContentLength();
    if (length >= 0 && !bodiless && !response.getHttpFields().contains(HttpHeader.CONTENT_LENGTH)) {
      headers.add(new Header("Content-Length", Long.toString(length)));
    }
    String reason = response.getReason();
    if (reason == null) {
      reason = HttpStatus.getMessage(response.getStatus());
    }
    try {
      connection.codec().head(id, response.getStatus(), reason, headers, output);
    } catch (IllegalArgumentException e) {
      LOG.warn("{}; the client gets 500", e.getMessage());
      bodiless = true;
      connection.codec().head(id, 500, "Internal Server Error", List.of(), output);
    }
  }

  private boolean isConnections(HttpField field, int status) {
    return switch (field.getHeader()) {
      case CONNECTION -> {
        closes |= field.contains("close");
        yield true;
      }
      case KEEP_ALIVE, TRANSFER_ENCODING -> true;
      // RFC 9110, 8.6.
      case CONTENT_LENGTH -> status == HttpStatus.NO_CONTENT_204;
      default -> false;
    };
  }

  private AfterEnd end(Ending ending, Output output) {
    ended = true;
    connection.forget(this);
    boolean last = closes && !connection.isAnswering();
    AfterEnd after =
        connection
            .codec()
            .end(id, last && ending == Ending.COMPLETE ? Ending.LAST : ending, output);
    return after == AfterEnd.GO_ON && last ? AfterEnd.CLOSE : after;
  }

  /** Hands a line to the front's log, and waits until it is sent. */
  void errors(String line) {
    try (Blocker.Callback sent = Blocker.callback()) {
      Output output = connection.newOutput();
      synchronized (connection.lock()) {
        if (!ended) {
          connection.codec().errors(id, line + "\n", output);
        }
        connection.write(output, sent);
      }
      connection.flush();
      sent.block();
    } catch (IOException e) {
      LOG.debug("the front's log is out of reach", e);
    }
  }

  @Override
  public Runnable cancelSend(Throwable cause, Callback appCallback) {
    return () -> {
      connection.getEndPoint().close(cause);
      appCallback.failed(cause);
    };
  }

  @Override
  public long getIdleTimeout() {
    return connection.getEndPoint().getIdleTimeout();
  }

  @Override
  public void setIdleTimeout(long milliseconds) {
    connection.getEndPoint().setIdleTimeout(milliseconds);
  }

  @Override
  public boolean isCommitted() {
    return committed;
  }

  @Override
  public void succeeded() {
    finish(Ending.COMPLETE);
    channel.http().recycle();
    connection.keep(channel);
  }

  @Override
  public void failed(Throwable reason) {
    finish(Ending.BROKEN_OFF);
    channel.http().setHttpStream(null);
  }

  private void finish(Ending ending) {
    consumeAvailable();
    if (ended) {
      return;
    }
    Output output = connection.newOutput();
    synchronized (connection.lock()) {
      connection.writeEnd(output, end(ending, output), Callback.NOOP);
    }
    connection.flush();
  }
}
