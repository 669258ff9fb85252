package dev.wsgibridge.jetty;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.Codec;
import dev.wsgibridge.codec.Codec.AfterEnd;
import dev.wsgibridge.codec.Codec.Ending;
import dev.wsgibridge.codec.Event;
import dev.wsgibridge.codec.Output;
import dev.wsgibridge.codec.ProtocolException;
import dev.wsgibridge.codec.Quota;
import dev.wsgibridge.jetty.WriteQueue.Kind;
import dev.wsgibridge.servlet.WsgiServlet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.AbstractMetaDataConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpChannel;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Attributes;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.eclipse.jetty.util.thread.TryExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A front's connection: its bytes go through a {@link Codec}, each request becomes a {@link
 * GatewayStream}.
 *
 * <p>Bytes are read by one thread at a time: as they come, until too much waits ({@link
 * #tooMuchWaits}) to be read by an application or to be written to the front, and on when there is
 * less. While the application runs, reading goes on: further requests, their bodies and aborts come
 * on the same connection. Calls of the codec, and what they write, are in order under one lock.
 */
final class GatewayConnection extends AbstractMetaDataConnection {

  private static final Logger LOG = LoggerFactory.getLogger(GatewayConnection.class);

  /** Smaller parts of a body are copied, so that they don't hold on to the buffer they came in. */
  private static final int COPIED_BYTES = 2048;

  /** What may wait to be read of the bodies of all requests together, in bytes. */
  private static final int WAITING_BYTES = 1 << 20;

  private final HttpChannel.Factory channels = new HttpChannel.DefaultFactory();
  private final GatewayProtocol protocol;
  private final GatewayOptions options;
  private final Attributes attributes = new Attributes.Lazy();
  private final String id = Integer.toHexString(System.identityHashCode(this));
  private final Quota quota;
  private final AtomicInteger waitingBytes = new AtomicInteger();

  /** Guards all that follows but what belongs to the reading thread. */
  private final Object lock = new Object();

  private final Codec codec;
  private final Map<Integer, GatewayStream> streams = new HashMap<>();
  private final WriteQueue writes;
  private GatewayStream.@Nullable Channel spareChannel;

  /** Whether nobody reads until less waits. */
  private boolean paused;

  private @Nullable GatewayStream lastFed;
  private Input input = Input.OPEN;
  private boolean hadRequest;
  private long lastRequest = NanoTime.now();
  private long lingerSince;

  /** What comes from the front. */
  private enum Input {
    OPEN,
    /** The front has ended its side. */
    ENDED,
    /** Nothing counts any more: the answer is sent, and the rest is read and dropped. */
    DROPPED
  }

  /** Of the reading thread: bytes that were read and not yet understood. */
  private @Nullable RetainableByteBuffer unread;

  GatewayConnection(
      Connector connector,
      HttpConfiguration http,
      EndPoint endPoint,
      GatewayProtocol protocol,
      GatewayOptions options,
      Quota quota) {
    super(connector, http, endPoint);
    this.protocol = protocol;
    this.options = options;
    this.quota = quota;
    codec = protocol.codec(options, quota);
    writes = new WriteQueue(lock, endPoint, options.limits().openRequests(), new Writing());
  }

  // ------------------------------------------------------------ reading

  @Override
  public void onOpen() {
    super.onOpen();
    fillInterested();
  }

  @Override
  public void onFillable() {
    Tasks tasks = new Tasks();
    try {
      read(tasks);
    } catch (IOException e) {
      LOG.debug("{}: lost", this, e);
      lost(new EofException(e), tasks);
    } catch (ProtocolException e) {
      refuse(String.valueOf(e.getMessage()));
      lost(new EofException(e.getMessage()), tasks);
    } catch (RuntimeException | Error e) {
      LOG.error("{}: this should not happen", this, e);
      lost(new EofException(e), tasks);
    }
    tasks.run();
  }

  /**
   * Reads until there is no more, or enough.
   *
   * @param tasks gets what this thread is to run then, also where reading fails; another may be
   *     reading by that time
   */
  private void read(Tasks tasks) throws IOException, ProtocolException {
    boolean drained = false;
    while (true) {
      if (unread != null && !understand(unread, tasks)) {
        return;
      }
      if (drained) {
        release();
        fillInterested();
        return;
      }
      int filled = fill();
      if (filled < 0) {
        release();
        ended(tasks);
        return;
      }
      // What comes between is told by the selector.
      drained = filled < getInputBufferSize();
      if (lingersTooLong()) {
        throw new EofException("it goes on sending what nobody reads");
      }
    }
  }

  /** Fills {@link #unread}, all of which is understood by now. */
  private int fill() throws IOException {
    if (unread != null && unread.isRetained()) {
      release();
    }
    if (unread == null) {
      unread = getConnector().getByteBufferPool().acquire(getInputBufferSize(), true);
    }
    BufferUtil.clear(unread.getByteBuffer());
    return getEndPoint().fill(unread.getByteBuffer());
  }

  private boolean lingersTooLong() {
    synchronized (lock) {
      return input == Input.DROPPED && NanoTime.since(lingerSince) > Lingering.NANOS;
    }
  }

  private void release() {
    if (unread != null) {
      unread.release();
      unread = null;
    }
  }

  /** Takes all events from the bytes; returns whether to go on. */
  private boolean understand(RetainableByteBuffer buffer, Tasks tasks) throws ProtocolException {
    ByteBuffer bytes = buffer.getByteBuffer();
    while (true) {
      Event event;
      GatewayStream stream;
      boolean replies;
      synchronized (lock) {
        if (input == Input.DROPPED) {
          BufferUtil.clear(bytes);
          return true;
        }
        Output output = newOutput();
        event = codec.decode(bytes, output);
        replies = !output.isEmpty();
        if (replies) {
          writes.add(output, AfterEnd.GO_ON, Callback.NOOP, Kind.REPLY);
        } else {
          writes.giveBack(output);
        }
        stream = event == null ? null : streams.get(event.id());
      }
      if (replies) {
        flush();
      }
      if (event == null) {
        return !pause(null);
      }
      if (event instanceof Event.Request request) {
        begin(request, tasks);
      } else if (event instanceof Event.Refused refused) {
        refuse(refused);
      } else if (stream != null) {
        if (event instanceof Event.Content content) {
          tasks.add(stream.offer(chunk(buffer, content.bytes())));
        } else if (event instanceof Event.End) {
          tasks.add(stream.whole());
        } else if (event instanceof Event.Abort) {
          tasks.add(
              stream.fail(new EofException(protocol + ": the front has aborted the request")));
        }
      }
      if (pause(stream)) {
        return false;
      }
    }
  }

  private static Content.Chunk chunk(RetainableByteBuffer buffer, ByteBuffer bytes) {
    if (bytes.remaining() <= COPIED_BYTES) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      return Content.Chunk.from(ByteBuffer.wrap(copy), false);
    }
    buffer.retain();
    return Content.Chunk.asChunk(bytes, false, buffer);
  }

  /** Says whether to read no more, until {@link #readOn}. */
  private boolean pause(@Nullable GatewayStream fed) {
    synchronized (lock) {
      lastFed = fed;
      paused = input != Input.DROPPED && tooMuchWaits();
      return paused;
    }
  }

  /**
   * Whether the next bytes can wait: for the application that got the last ones to read, for all of
   * them, or for the front to take what it is sent.
   */
  private boolean tooMuchWaits() {
    return (lastFed != null && lastFed.isFull())
        || waitingBytes.get() >= WAITING_BYTES
        || writes.isFull();
  }

  /** So many more bytes of bodies wait to be read, or fewer. */
  void waits(int bytes) {
    waitingBytes.addAndGet(bytes);
  }

  /** Less waits than before. */
  void readOn() {
    synchronized (lock) {
      if (!paused || tooMuchWaits()) {
        return;
      }
      paused = false;
    }
    execute(this::onFillable);
  }

  /** The application waits for more of a body. */
  void demand(int id) {
    Output output = newOutput();
    synchronized (lock) {
      codec.demand(id, output);
      if (output.isEmpty()) {
        writes.giveBack(output);
        return;
      }
      writes.add(output, AfterEnd.GO_ON, Callback.NOOP, Kind.REPLY);
    }
    flush();
  }

  private void begin(Event.Request event, Tasks tasks) {
    CgiParams params = event.params().trusting(options.trust());
    GatewayStream.Channel channel = newChannel();
    MetaData.Request metaData;
    try {
      metaData = channel.metaData().request(params, event.contentLength());
    } catch (RuntimeException e) {
      // Jetty tells by many kinds of them that a URI isn't one.
      keep(channel);
      refuse(
          new Event.Refused(
              event.id(), HttpStatus.BAD_REQUEST_400, protocol + ": " + e.getMessage()));
      return;
    }
    GatewayStream stream = new GatewayStream(this, event.id(), channel);
    channel.http().setHttpStream(stream);
    synchronized (lock) {
      streams.put(event.id(), stream);
      hadRequest = true;
      lastRequest = NanoTime.now();
    }
    Runnable task = channel.http().onRequest(metaData);
    Request request = channel.http().getRequest();
    request.setAttribute(CgiParams.ATTRIBUTE, params);
    request.setAttribute(GatewayStream.ATTRIBUTE, stream);
    if (options.errorsToFront()) {
      request.setAttribute(WsgiServlet.ERRORS, (Consumer<String>) stream::errors);
    }
    tasks.add(task);
  }

  private GatewayStream.Channel newChannel() {
    synchronized (lock) {
      GatewayStream.Channel channel = spareChannel;
      if (channel != null) {
        spareChannel = null;
        return channel;
      }
    }
    RequestMetaData metaData = new RequestMetaData(this);
    return new GatewayStream.Channel(channels.newHttpChannel(metaData), metaData);
  }

  /** For the next request. */
  void keep(GatewayStream.Channel channel) {
    synchronized (lock) {
      spareChannel = channel;
    }
  }

  /** By another thread: one in reserve if there is one, which would not look for it by itself. */
  private void execute(Runnable task) {
    if (!TryExecutor.asTryExecutor(getExecutor()).tryExecute(task)) {
      getExecutor().execute(task);
    }
  }

  /** What there is to run after reading: the last by the thread that has read, the others aside. */
  private final class Tasks {

    private final Queue<Runnable> waiting = new ArrayDeque<>(2);

    void add(@Nullable Runnable task) {
      if (task == null) {
        return;
      }
      waiting.add(task);
      if (waiting.size() > 1) {
        execute(waiting.element());
        waiting.remove();
      }
    }

    /** Runs what is left: more than one where the executor takes nothing any more. */
    void run() {
      for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
        task.run();
      }
    }
  }

  // ------------------------------------------------------------ refusing and ending

  private void refuse(Event.Refused refused) {
    refuse(refused.why());
    byte[] body =
        (HttpStatus.getMessage(refused.status()) + "\n").getBytes(StandardCharsets.US_ASCII);
    List<Header> headers =
        List.of(
            new Header("Content-Type", "text/plain; charset=utf-8"),
            new Header("Content-Length", Integer.toString(body.length)));
    Output output = newOutput();
    synchronized (lock) {
      codec.head(
          refused.id(), refused.status(), HttpStatus.getMessage(refused.status()), headers, output);
      codec.content(refused.id(), ByteBuffer.wrap(body), output);
      AfterEnd after = codec.end(refused.id(), Ending.COMPLETE, output);
      writes.add(output, after, Callback.NOOP, Kind.REPLY);
    }
    flush();
  }

  void refuse(String why) {
    LOG.warn(
        "{}; from {}",
        why,
        getEndPoint().getRemoteSocketAddress() instanceof InetSocketAddress front
            ? front
            : "a Unix domain socket");
  }

  /** The front has ended its side: whole requests are still answered. */
  private void ended(Tasks tasks) throws ProtocolException {
    List<GatewayStream> open;
    synchronized (lock) {
      boolean dropped = input == Input.DROPPED;
      input = Input.ENDED;
      open = new ArrayList<>(streams.values());
      if (open.isEmpty() && !dropped) {
        codec.inputEnded();
      }
    }
    if (open.isEmpty()) {
      // Closes once all is sent.
      flush();
      return;
    }
    for (GatewayStream stream : open) {
      if (!stream.isWhole()) {
        tasks.add(stream.fail(new EofException(protocol + ": the front is gone")));
      } else if (protocol == GatewayProtocol.FCGI || protocol == GatewayProtocol.AJP) {
        // Over the others a front may close its half when its request is whole.
        stream.abandoned();
      }
    }
  }

  /** The connection can't go on: who waits for it is told. */
  private void lost(EofException reason, Tasks tasks) {
    List<GatewayStream> open;
    synchronized (lock) {
      input = Input.ENDED;
      open = new ArrayList<>(streams.values());
    }
    release();
    getEndPoint().close(reason);
    for (GatewayStream stream : open) {
      tasks.add(stream.fail(reason));
    }
  }

  private void lost(EofException reason) {
    Tasks tasks = new Tasks();
    lost(reason, tasks);
    tasks.run();
  }

  @Override
  public void onFillInterestedFailed(Throwable cause) {
    lost(new EofException(cause));
  }

  @Override
  public boolean onIdleExpired(TimeoutException timeout) {
    List<GatewayStream> open;
    synchronized (lock) {
      open = new ArrayList<>(streams.values());
      if (open.isEmpty() && input == Input.OPEN) {
        if (!writes.isEmpty()) {
          // It takes nothing of what it is sent.
          return true;
        }
        try {
          codec.inputEnded();
          return !hadRequest || NanoTime.since(lastRequest) >= options.keepAlive().toNanos();
        } catch (ProtocolException e) {
          refuse(
              "%s: nothing came for %d s, expected the rest of a request"
                  .formatted(protocol, options.idleTimeout().toSeconds()));
          return true;
        }
      }
    }
    boolean answering = false;
    for (GatewayStream stream : open) {
      HttpChannel.IdleTimeoutTask task = stream.channel().http().onIdleTimeout(timeout);
      answering |= task.handlingRequest();
      if (task.action() != null) {
        ThreadPool.executeImmediately(getExecutor(), task.action());
      }
    }
    return !answering;
  }

  @Override
  public void onClose(@Nullable Throwable cause) {
    Throwable reason = cause == null ? new EofException("closed") : cause;
    writes.abort(reason);
    boolean unattended;
    synchronized (lock) {
      unattended = paused;
      paused = false;
    }
    if (unattended) {
      execute(() -> lost(new EofException(reason)));
    }
    quota.close();
    super.onClose(cause);
  }

  // ------------------------------------------------------------ writing

  Object lock() {
    return lock;
  }

  /** To be called under the lock. */
  Codec codec() {
    return codec;
  }

  /** Whether there are requests whose answer is not whole. To be called under the lock. */
  boolean isAnswering() {
    return !streams.isEmpty();
  }

  /** Whether an application waits for what the front has not sent. */
  boolean awaitsBody() {
    synchronized (lock) {
      return streams.values().stream().anyMatch(GatewayStream::awaitsBody);
    }
  }

  /** Whether there is a request, or a part of one. */
  boolean hasBegun() {
    synchronized (lock) {
      return !streams.isEmpty() || isInHead();
    }
  }

  /** Whether the front has begun to send a request, and no other is being answered. */
  boolean isInHead() {
    synchronized (lock) {
      if (input != Input.OPEN || !streams.isEmpty()) {
        return false;
      }
      try {
        codec.inputEnded();
        return false;
      } catch (ProtocolException e) {
        return true;
      }
    }
  }

  /** Tells the applications that wait for what the front has not sent. */
  void failBodies(Throwable reason) {
    List<GatewayStream> waiting;
    synchronized (lock) {
      waiting = streams.values().stream().filter(GatewayStream::awaitsBody).toList();
    }
    for (GatewayStream stream : waiting) {
      Runnable task = stream.failBody(reason);
      if (task != null) {
        execute(task);
      }
    }
  }

  /** The request's answer is whole. To be called under the lock. */
  void forget(GatewayStream stream) {
    streams.remove(stream.id(), stream);
    lastRequest = NanoTime.now();
  }

  Output newOutput() {
    return writes.newOutput();
  }

  /**
   * Queues a part of an answer. To be called under the lock; {@link #flush} follows, without it.
   */
  void write(Output output, Callback callback) {
    writes.add(output, AfterEnd.GO_ON, callback, Kind.PART);
  }

  /** Queues an answer's end. To be called under the lock; {@link #flush} follows, without it. */
  void writeEnd(Output output, AfterEnd after, Callback callback) {
    writes.add(output, after, callback, Kind.END);
  }

  void flush() {
    writes.flush();
  }

  private final class Writing implements WriteQueue.Owner {

    @Override
    public void sent(AfterEnd after) {
      switch (after) {
        case GO_ON -> {}
        case CLOSE -> closeAfterAnswer();
        case BREAK_OFF -> breakOff();
      }
    }

    @Override
    public void drained() {
      readOn();
    }

    @Override
    public void idle() {
      boolean over;
      synchronized (lock) {
        over = input == Input.ENDED && streams.isEmpty() && writes.isEmpty();
      }
      if (over) {
        getEndPoint().close();
      }
    }
  }

  /**
   * Everything is sent. The front closes first: what it still sends, if only the end of its STDIN,
   * would be answered with a reset, which takes the rest of the answer with it.
   */
  private void closeAfterAnswer() {
    boolean reads;
    boolean lingers;
    synchronized (lock) {
      lingers = input == Input.OPEN;
      if (lingers) {
        input = Input.DROPPED;
      }
      lingerSince = NanoTime.now();
      reads = paused;
      paused = false;
    }
    if (!lingers) {
      getEndPoint().close();
      return;
    }
    getEndPoint().shutdownOutput();
    if (reads) {
      execute(this::onFillable);
    }
  }

  /** Over TCP the front gets a reset, so that it can't take a part for the whole. */
  private void breakOff() {
    Lingering.reset(getEndPoint(), getConnector());
  }

  // ------------------------------------------------------------ what Jetty asks of a connection

  @Override
  public String getId() {
    return id;
  }

  @Override
  public HttpVersion getHttpVersion() {
    return HttpVersion.HTTP_1_1;
  }

  @Override
  public String getProtocol() {
    return protocol.scheme();
  }

  @Override
  public boolean isPersistent() {
    return true;
  }

  @Override
  public @Nullable Object removeAttribute(String name) {
    return attributes.removeAttribute(name);
  }

  @Override
  public @Nullable Object setAttribute(String name, @Nullable Object attribute) {
    return attributes.setAttribute(name, attribute);
  }

  @Override
  public @Nullable Object getAttribute(String name) {
    return attributes.getAttribute(name);
  }

  @Override
  public Set<String> getAttributeNameSet() {
    return attributes.getAttributeNameSet();
  }

  @Override
  public void clearAttributes() {
    attributes.clearAttributes();
  }
}
