package dev.wsgibridge.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.Header;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * AJP 1.3, in which Apache's mod_proxy_ajp and mod_jk, and lighttpd's mod_ajp13, speak to Tomcat.
 * One request at a time; its body is asked for packet by packet.
 *
 * <pre>
 *  from the front                            from here
 *  0      1      2      3                    0      1      2      3
 * +------+------+------+------+------ …     +------+------+------+------+------+--- …
 * | 0x12 | 0x34 |   length    | payload     | 'A'  | 'B'  |   length    | type |
 * +------+------+------+------+------ …     +------+------+------+------+------+--- …
 *
 * payload: 2 FORWARD_REQUEST …              type 3 SEND_BODY_CHUNK  length (2), bytes, NUL
 *          10 CPING                              4 SEND_HEADERS     status (2), message, headers
 *          length (2), bytes: of a body          5 END_RESPONSE     1: the connection is reused
 *                                                6 GET_BODY_CHUNK   length (2)
 *                                                9 CPONG
 * </pre>
 *
 * <p>Body packets have no type: whether a packet is one follows from what was asked for alone.
 * Behind a request with a Content-Length above 0 the first comes unasked, each other one, and all
 * of a body of untold length, for a GET_BODY_CHUNK. A body ends with its length, or with an empty
 * packet. So that bytes of a body are never taken for a request (CVE-2022-26377, CVE-2022-36760):
 *
 * <ul>
 *   <li>A packet that is due is a body's, also when the response has ended before it came: it is
 *       dropped. None but an empty one may come unasked while a request is open.
 *   <li>A request that doesn't say in exactly one way how long its body is is refused with 400, and
 *       nothing is read behind any refusal.
 *   <li>Where a body ends before its length the request is aborted, and nothing is read behind it.
 * </ul>
 *
 * <p>SHUTDOWN, and whatever else a front does not send a request with, breaks the connection off.
 */
public final class AjpCodec implements Codec {

  /** What Tomcat, mod_jk and mod_proxy_ajp take by default. */
  static final int PACKET_BYTES = 8192;

  private static final int FROM_FRONT = 0x1234;
  private static final int TO_FRONT = 'A' << 8 | 'B';

  static final int FORWARD_REQUEST = 2;
  static final int SEND_BODY_CHUNK = 3;
  static final int SEND_HEADERS = 4;
  static final int END_RESPONSE = 5;
  static final int GET_BODY_CHUNK = 6;
  static final int SHUTDOWN = 7;
  static final int CPONG = 9;
  static final int CPING = 10;

  private static final int HEADER_BYTES = 4;

  /** Of a packet with a part of a response: header, type, length, NUL. */
  private static final int CHUNK_OVERHEAD = HEADER_BYTES + 4;

  /** Content up to this is copied behind its header, more is sent from where it is. */
  private static final int COPIED_BYTES = 2048;

  private static final int ID = 1;

  /** The response headers that have a code. */
  private static final Map<String, Integer> CODES = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  static {
    List<String> coded =
        List.of(
            "Content-Type",
            "Content-Language",
            "Content-Length",
            "Date",
            "Last-Modified",
            "Location",
            "Set-Cookie",
            "Set-Cookie2",
            "Servlet-Engine",
            "Status",
            "WWW-Authenticate");
    for (int i = 0; i < coded.size(); i++) {
      CODES.put(coded.get(i), 0xA001 + i);
    }
  }

  /**
   * What of a front's words counts.
   *
   * @param secret what it must know; null for nothing
   * @param attributes names of request attributes that become params
   * @param underscores whether names of headers may have them
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared, never printed.
  record Trusted(byte @Nullable [] secret, Set<String> attributes, boolean underscores) {}

  /** What the next bytes are. */
  private enum Next {
    HEADER,
    /** Of FORWARD_REQUEST and CPING. */
    PAYLOAD,
    /** How many bytes of a body follow. */
    LENGTH,
    BODY,
    /** Nothing that counts. */
    DROPPED
  }

  private final Limits limits;
  private final Quota quota;
  private final Trusted trusted;
  private final int packetBytes;

  private Next next = Next.HEADER;

  /** Of a header or a length, as far as it came. */
  private int number;

  private int numberBytes;

  private byte[] payload = {};

  /** Bytes of the quota. */
  private int held;

  /** Bytes of the packet that are still to come. */
  private int left;

  // The request.
  private boolean open;

  /** Bytes of its body that are still to come; -1 where only an empty packet tells the end. */
  private long missing;

  private boolean whole;
  private boolean endTold;

  /** Whether the next packet is one of its body. */
  private boolean due;

  /**
   * For one connection, with packets of 8 KB.
   *
   * @param secret what a front must know; null for nothing
   * @param attributes names of request attributes that become params
   * @param underscores whether names of headers may have them
   */
  public AjpCodec(
      Limits limits, @Nullable String secret, Set<String> attributes, boolean underscores) {
    this(limits, Quota.alone(limits), secret, attributes, underscores, PACKET_BYTES);
  }

  /**
   * The same, with packets of another size.
   *
   * @param quota which other connections may share
   * @param packetBytes of a packet of ours with its header, 8192 to 65536: as many as the front
   *     takes (mod_proxy_ajp: ProxyIOBufferSize, mod_jk: max_packet_size). From the front packets
   *     of any size are taken
   */
  public AjpCodec(
      Limits limits,
      Quota quota,
      @Nullable String secret,
      Set<String> attributes,
      boolean underscores,
      int packetBytes) {
    if (secret != null && secret.isEmpty()) {
      throw new IllegalArgumentException("AJP: found an empty secret, expected one or none");
    }
    if (packetBytes < PACKET_BYTES || packetBytes > 65_536) {
      throw new IllegalArgumentException(
          "AJP: found packets of %d bytes, expected 8192 to 65536".formatted(packetBytes));
    }
    this.limits = limits;
    this.quota = quota;
    this.packetBytes = packetBytes;
    trusted = new Trusted(secret == null ? null : secret.getBytes(UTF_8), attributes, underscores);
  }

  // ------------------------------------------------------------ from the front

  @Override
  public @Nullable Event decode(ByteBuffer input, Output output) throws ProtocolException {
    Event event = null;
    while (event == null) {
      if (open && whole && !endTold) {
        endTold = true;
        return new Event.End(ID);
      }
      if (!input.hasRemaining()) {
        return null;
      }
      event =
          switch (next) {
            case HEADER -> header(input);
            case PAYLOAD -> payload(input, output);
            case LENGTH -> length(input);
            case BODY -> body(input);
            case DROPPED -> {
              input.position(input.limit());
              yield null;
            }
          };
    }
    return event;
  }

  private @Nullable Event header(ByteBuffer input) throws ProtocolException {
    if (!number(input, HEADER_BYTES)) {
      return null;
    }
    int magic = number >>> 16;
    left = number & 0xFFFF;
    if (magic != FROM_FRONT) {
      throw broken("a packet begins with 0x%04x, expected 0x1234".formatted(magic));
    }
    if (due) {
      next = Next.LENGTH;
      return left == 0 ? ended() : null;
    }
    if (left == 0) {
      // lighttpd sends such a one behind each request without a body.
      return null;
    }
    if (open) {
      throw broken(
          "a packet of %d bytes that nobody has asked for, expected none before the response's end"
              .formatted(left));
    }
    if (left > limits.paramsBytes()) {
      return refused(
          431,
          "AJP: a request of %d bytes, expected no more than %d"
              .formatted(left, limits.paramsBytes()));
    }
    if (!quota.take(left)) {
      return refused(
          503, "AJP: requests that aren't answered hold all of the memory that they may");
    }
    held = left;
    payload = new byte[left];
    next = Next.PAYLOAD;
    return null;
  }

  private @Nullable Event payload(ByteBuffer input, Output output) throws ProtocolException {
    int count = Math.min(left, input.remaining());
    input.get(payload, payload.length - left, count);
    left -= count;
    if (left > 0) {
      return null;
    }
    byte[] packet = payload;
    payload = new byte[0];
    next = Next.HEADER;
    int type = packet[0] & 0xFF;
    return switch (type) {
      case FORWARD_REQUEST -> request(packet);
      case CPING -> {
        release();
        begin(output, CPONG, 1);
        yield null;
      }
      case SHUTDOWN -> throw broken("found SHUTDOWN, which no front is to decide");
      default ->
          throw broken(
              "found a packet of type %d, expected FORWARD_REQUEST (2) or CPING (10)"
                  .formatted(type));
    };
  }

  private Event request(byte[] packet) {
    Event.Request request;
    try {
      request = AjpRequest.read(ID, packet, trusted);
    } catch (AjpRequest.RefusedException e) {
      return refused(e.status(), String.valueOf(e.getMessage()));
    }
    open = true;
    missing = request.contentLength();
    whole = missing == 0;
    endTold = false;
    due = missing > 0;
    return request;
  }

  private void release() {
    quota.give(held);
    held = 0;
  }

  private Event refused(int status, String why) {
    open = true;
    whole = true;
    endTold = true;
    next = Next.DROPPED;
    return new Event.Refused(ID, status, why);
  }

  private @Nullable Event length(ByteBuffer input) throws ProtocolException {
    if (left < 2) {
      throw broken("a body packet of 1 byte, expected its length and its bytes");
    }
    if (!number(input, 2)) {
      return null;
    }
    if (number != left - 2) {
      throw broken(
          "a body packet of %d bytes says that it has %d, expected %d (lighttpd sends none right)"
              .formatted(left, number, left - 2));
    }
    left = number;
    if (left == 0) {
      return ended();
    }
    if (missing >= 0 && left > missing) {
      throw broken(
          "a body packet of %d bytes, expected no more than the %d that Content-Length leaves"
              .formatted(left, missing));
    }
    next = Next.BODY;
    return null;
  }

  private @Nullable Event body(ByteBuffer input) {
    int count = Math.min(left, input.remaining());
    ByteBuffer content = input.slice(input.position(), count);
    input.position(input.position() + count);
    left -= count;
    if (missing > 0) {
      missing -= count;
      whole = missing == 0;
    }
    if (left == 0) {
      next = Next.HEADER;
      due = false;
    }
    return open ? new Event.Content(ID, content) : null;
  }

  /** An empty body packet. */
  private @Nullable Event ended() {
    next = Next.HEADER;
    due = false;
    if (missing < 0) {
      whole = true;
    } else if (open) {
      next = Next.DROPPED;
      return new Event.Abort(ID);
    }
    return null;
  }

  /** Takes bytes of {@link #number}; says whether it is whole. */
  private boolean number(ByteBuffer input, int size) {
    while (numberBytes < size && input.hasRemaining()) {
      number = number << 8 | (input.get() & 0xFF);
      numberBytes++;
    }
    if (numberBytes < size) {
      return false;
    }
    if (size == 2) {
      number &= 0xFFFF;
    }
    numberBytes = 0;
    return true;
  }

  @Override
  public void inputEnded() throws ProtocolException {
    if (next != Next.DROPPED && (next != Next.HEADER || numberBytes > 0)) {
      throw broken("the connection ended amid a packet");
    }
    if (next != Next.DROPPED && open && due) {
      throw broken("the connection ended where a body packet was due");
    }
  }

  // ------------------------------------------------------------ to the front

  @Override
  public void demand(int id, Output output) {
    if (open && !whole && !due && next != Next.DROPPED) {
      due = true;
      begin(output, GET_BODY_CHUNK, 3);
      // A packet's room without its header and the length within.
      output.putShort(packetBytes - HEADER_BYTES - 2);
    }
  }

  /**
   * Begins a response, in one packet: AJP has no way to tell more.
   *
   * @throws IllegalArgumentException the head is too long for a packet; nothing was put
   */
  @Override
  public void head(int id, int status, String reason, List<Header> headers, Output output) {
    int from = output.position();
    begin(output, SEND_HEADERS, 0);
    output.putShort(status);
    putString(reason, output);
    int countAt = output.position();
    output.putShort(0);
    // The coded ones first: where the first has no code, lighttpd takes its length for their
    // number.
    int count = putHeaders(headers, true, output) + putHeaders(headers, false, output);
    int bytes = output.position() - from;
    if (bytes > packetBytes) {
      output.takeBack(from);
      throw new IllegalArgumentException(
          "AJP: a response head of %d bytes, expected no more than the %d of a packet"
              .formatted(bytes, packetBytes));
    }
    output.setShort(countAt, count);
    output.setShort(from + 2, bytes - HEADER_BYTES);
  }

  private static int putHeaders(List<Header> headers, boolean coded, Output output) {
    int count = 0;
    for (int i = 0; i < headers.size(); i++) {
      Header header = headers.get(i);
      Integer code = CODES.get(header.name());
      // As in CGI: to some fronts this is the status, not a header.
      if (coded != (code != null) || header.name().equalsIgnoreCase("Status")) {
        continue;
      }
      if (code == null) {
        putString(header.name(), output);
      } else {
        output.putShort(code);
      }
      putString(header.value(), output);
      count++;
    }
    return count;
  }

  private static void putString(String text, Output output) {
    output.putShort(text.length());
    int from = output.position();
    output.putLatin1(text);
    output.blank(from);
    output.put(0);
  }

  @Override
  public void content(int id, ByteBuffer content, Output output) {
    while (content.hasRemaining()) {
      int count = Math.min(content.remaining(), packetBytes - CHUNK_OVERHEAD);
      ByteBuffer chunk = content.slice(content.position(), count);
      content.position(content.position() + count);
      putChunk(chunk, output);
    }
  }

  private static void putChunk(ByteBuffer chunk, Output output) {
    int count = chunk.remaining();
    begin(output, SEND_BODY_CHUNK, count + 4);
    output.putShort(count);
    if (count > COPIED_BYTES) {
      output.splice(chunk);
    } else {
      output.put(chunk);
    }
    output.put(0);
  }

  /** An empty chunk: fronts hold back small ones until then, whatever their flushpackets. */
  @Override
  public void flush(int id, Output output) {
    putChunk(ByteBuffer.allocate(0), output);
  }

  /** Nothing: there is no way to tell the front's log. */
  @Override
  public void errors(int id, String text, Output output) {}

  @Override
  public AfterEnd end(int id, Ending ending, Output output) {
    open = false;
    release();
    if (ending == Ending.BROKEN_OFF) {
      next = Next.DROPPED;
      return AfterEnd.BREAK_OFF;
    }
    boolean reused = next != Next.DROPPED && ending != Ending.LAST;
    begin(output, END_RESPONSE, 2);
    output.put(reused ? 1 : 0);
    return reused ? AfterEnd.GO_ON : AfterEnd.CLOSE;
  }

  /** Puts a packet's header, and its type. */
  private static void begin(Output output, int type, int length) {
    output.putShort(TO_FRONT);
    output.putShort(length);
    output.put(type);
  }

  private static ProtocolException broken(String why) {
    return new ProtocolException("AJP: " + why);
  }
}
