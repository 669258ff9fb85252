package dev.wsgibridge.codec;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Header;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * FastCGI 1.0, the application's side: any number of requests on one connection, one after the
 * other or at once, of the roles RESPONDER and AUTHORIZER. Section numbers are those of the
 * specification.
 *
 * <p>Where the specification is silent, or a front breaks it:
 *
 * <ul>
 *   <li>A record of another version, a BEGIN_REQUEST of another length than 8 or for an id that is
 *       open, a broken GET_VALUES: {@link ProtocolException}, for what follows can't be told apart.
 *   <li>Records for an id that isn't open, of a request that was answered, and application records
 *       of a type that means nothing here are skipped, PARAMS and STDIN after their end too.
 *   <li>STDIN before the end of PARAMS, PARAMS that are no name-value pairs or too many, a
 *       CONTENT_LENGTH that is no number: this request is refused, others go on.
 *   <li>A request of another role, or aborted within its PARAMS, is refused too, and whatever
 *       answers it, the front gets nothing but its END_REQUEST.
 *   <li>The body has CONTENT_LENGTH bytes, no matter when STDIN ends: more is not read (RFC 3875,
 *       4.2), with less the request is aborted, so that nobody takes a part for the whole. Without
 *       CONTENT_LENGTH the end of STDIN is the only end.
 *   <li>A front that wants the connection closed gets that once no request is open on it.
 * </ul>
 */
public final class FastCgiCodec implements Codec {

  // 8. Types and constants.
  static final int VERSION = 1;

  static final int BEGIN_REQUEST = 1;
  static final int ABORT_REQUEST = 2;
  static final int END_REQUEST = 3;
  static final int PARAMS = 4;
  static final int STDIN = 5;
  static final int STDOUT = 6;
  static final int STDERR = 7;
  static final int GET_VALUES = 9;
  static final int GET_VALUES_RESULT = 10;
  static final int UNKNOWN_TYPE = 11;

  static final int KEEP_CONN = 1;

  static final int RESPONDER = 1;
  static final int AUTHORIZER = 2;

  static final int REQUEST_COMPLETE = 0;
  static final int OVERLOADED = 2;
  static final int UNKNOWN_ROLE = 3;

  private static final String ROLE_NAME = "FCGI_ROLE";

  static final int HEADER_BYTES = 8;
  private static final int BODY_BYTES = 8;

  /** The most that a record of ours has as its content: the largest multiple of 8. */
  static final int RECORD_BYTES = 65_528;

  /** Content up to this is copied behind its header, more is sent from where it is. */
  static final int COPIED_BYTES = 8192;

  /** The most memory that is kept for the next record. */
  private static final int SPARE_BYTES = 8192;

  private final Limits limits;
  private final Quota quota;
  private final Map<Integer, Open> requests = new HashMap<>();

  /** Whether the front wants the connection closed after its last request. */
  private boolean closing;

  // The record that is being read.
  private long header;
  private int headerBytes;
  private int type;
  private int id;

  /** Bytes of its content that are still to come. */
  private int left;

  /** Bytes that are to be skipped behind it. */
  private int padding;

  /** Whose record it is; null where nobody's, so that it is skipped. */
  private @Nullable Open request;

  /** As far as it came, where it means something by itself (3.3); null where it is a stream's. */
  private @Nullable Bytes discrete;

  /** Is told with the next call. */
  private @Nullable Event following;

  /** Memory for the next record. */
  private @Nullable Bytes spare;

  /** A codec for one connection. */
  public FastCgiCodec(Limits limits) {
    this(limits, Quota.alone(limits));
  }

  /** A codec for one connection, whose {@code quota} others may share. */
  public FastCgiCodec(Limits limits, Quota quota) {
    this.limits = limits;
    this.quota = quota;
  }

  @Override
  public @Nullable Event decode(ByteBuffer input, Output output) throws ProtocolException {
    Event event = following;
    following = null;
    while (event == null) {
      if (left > 0) {
        if (!input.hasRemaining()) {
          return null;
        }
        event = content(input, output);
      } else if (header(input)) {
        event = begun(output);
      } else {
        return null;
      }
    }
    return event;
  }

  /**
   * Takes the padding before a header, and the header; says whether it is whole.
   *
   * <pre>
   *  0       1       2       3       4       5       6       7
   * +-------+-------+-------+-------+-------+-------+-------+-------+
   * |version| type  |   requestId   | contentLength |padding|reserve|   3.3
   * +-------+-------+-------+-------+-------+-------+-------+-------+
   * | content, contentLength bytes … | padding, as many bytes …     |
   * +--------------------------------+------------------------------+
   * </pre>
   */
  private boolean header(ByteBuffer input) throws ProtocolException {
    int skipped = Math.min(padding, input.remaining());
    input.position(input.position() + skipped);
    padding -= skipped;
    while (input.hasRemaining()) {
      header = (header << 8) | (input.get() & 0xFF);
      if (headerBytes == 0 && header != VERSION) {
        throw new ProtocolException(
            "FastCGI: version %d, expected %d: does the front speak FastCGI to this address?"
                .formatted(header, VERSION));
      }
      if (++headerBytes == HEADER_BYTES) {
        type = (int) (header >>> 48) & 0xFF;
        id = (int) (header >>> 32) & 0xFFFF;
        left = (int) (header >>> 16) & 0xFFFF;
        padding = (int) (header >>> 8) & 0xFF;
        header = 0;
        headerBytes = 0;
        return true;
      }
    }
    return false;
  }

  /** A record whose header came. */
  private @Nullable Event begun(Output output) throws ProtocolException {
    request = requests.get(id);
    discrete = null;
    if (id == 0) {
      management(output);
      return null;
    }
    if (type == BEGIN_REQUEST) {
      checkBegin();
      discrete = memory();
      return null;
    }
    if (request == null) {
      return null;
    }
    return switch (type) {
      case PARAMS -> left == 0 && request.stage == Stage.PARAMS ? paramsEnded(request) : null;
      case STDIN -> stdinBegun(request);
      case ABORT_REQUEST -> aborted(request);
      default -> null;
    };
  }

  /** Takes of a record's content what has come. */
  private @Nullable Event content(ByteBuffer input, Output output) throws ProtocolException {
    Event event = null;
    int count = Math.min(left, input.remaining());
    if (discrete != null) {
      discrete.take(input, count);
    } else if (request != null && type == PARAMS && request.stage == Stage.PARAMS) {
      event = params(request, input, count);
    } else if (request != null && type == STDIN && request.stage == Stage.STDIN) {
      count = (int) Math.min(count, request.missing);
      event = body(request, slice(input, count));
    } else {
      input.position(input.position() + count);
    }
    left -= count;
    return left == 0 && discrete != null ? whole(discrete, output) : event;
  }

  /** A record that means something by itself. */
  private @Nullable Event whole(Bytes content, Output output) throws ProtocolException {
    Event event = null;
    if (type == BEGIN_REQUEST) {
      event = begin(content.bytes, output);
    } else {
      values(content, output);
    }
    spare(content);
    return event;
  }

  private static ByteBuffer slice(ByteBuffer input, int count) {
    ByteBuffer slice = input.slice(input.position(), count);
    input.position(input.position() + count);
    return slice;
  }

  // Management records: 4. Their id is 0.

  private void management(Output output) throws ProtocolException {
    if (type != GET_VALUES) {
      putUnknownType(type, output);
      return;
    }
    discrete = memory();
    if (left == 0) {
      whole(discrete, output);
    }
  }

  /**
   * Answers a GET_VALUES (4.1), each name that is known once. A front that keeps to these values is
   * never refused.
   */
  private void values(Bytes names, Output output) throws ProtocolException {
    Set<String> known = new LinkedHashSet<>();
    Pairs pairs = new Pairs("GET_VALUES", names);
    try {
      while (pairs.next()) {
        if (value(pairs.name()) >= 0) {
          known.add(pairs.name());
        }
      }
    } catch (IllegalArgumentException broken) {
      throw new ProtocolException("FastCGI: " + broken.getMessage());
    }
    int at = output.position();
    putHeader(GET_VALUES_RESULT, 0, 0, output);
    for (String name : known) {
      String value = Integer.toString(value(name));
      output.put(name.length());
      output.put(value.length());
      output.putLatin1(name);
      output.putLatin1(value);
    }
    output.setShort(at + 4, output.position() - at - HEADER_BYTES);
  }

  /** -1 where the name is unknown. */
  private int value(String name) {
    return switch (name) {
      case "FCGI_MAX_CONNS", "FCGI_MAX_REQS" -> limits.openRequests();
      case "FCGI_MPXS_CONNS" -> limits.openRequests() > 1 ? 1 : 0;
      default -> -1;
    };
  }

  // Application records: 5.

  private void checkBegin() throws ProtocolException {
    if (request != null) {
      throw new ProtocolException(
          "FastCGI: BEGIN_REQUEST for id %d, which is open, expected one that isn't".formatted(id));
    }
    if (left != BODY_BYTES) {
      throw new ProtocolException(
          "FastCGI: BEGIN_REQUEST of %d bytes, expected %d".formatted(left, BODY_BYTES));
    }
  }

  /**
   * <pre>
   * +-------+-------+-------+-------+-------+-------+-------+-------+
   * |     role      | flags |               reserved                |   5.1
   * +-------+-------+-------+-------+-------+-------+-------+-------+
   * </pre>
   */
  private @Nullable Event begin(byte[] body, Output output) {
    int role = (body[0] & 0xFF) << 8 | (body[1] & 0xFF);
    closing |= (body[2] & KEEP_CONN) == 0;
    // There are others, so that this one needn't close the connection.
    if (requests.size() >= limits.openRequests()) {
      putEnd(id, 0, OVERLOADED, output);
      return null;
    }
    Open open = new Open(id, role == AUTHORIZER);
    requests.put(id, open);
    if (role != RESPONDER && role != AUTHORIZER) {
      return unanswered(
          open,
          UNKNOWN_ROLE,
          501,
          "role %d, expected RESPONDER (1) or AUTHORIZER (2)".formatted(role));
    }
    return null;
  }

  private @Nullable Event params(Open open, ByteBuffer input, int count) {
    open.paramsBytes += count;
    if (open.paramsBytes > limits.paramsBytes()) {
      // Nothing of it is needed any more.
      open.params = null;
      input.position(input.position() + count);
      return null;
    }
    if (!quota.take(count)) {
      input.position(input.position() + count);
      return refused(
          open, 503, "requests that aren't answered hold all of the memory that they may");
    }
    open.held += count;
    if (open.params == null) {
      open.params = memory();
    }
    open.params.take(input, count);
    return null;
  }

  private Event paramsEnded(Open open) {
    if (open.paramsBytes > limits.paramsBytes()) {
      return refused(
          open,
          431,
          "PARAMS of %d bytes, expected at most %d"
              .formatted(open.paramsBytes, limits.paramsBytes()));
    }
    CgiParams params;
    long length;
    try {
      params = params(open);
      length = open.authorizer ? 0 : params.contentLength();
    } catch (IllegalArgumentException broken) {
      return refused(open, 400, broken.getMessage());
    }
    open.told = length >= 0;
    open.missing = length >= 0 ? length : Long.MAX_VALUE;
    if (length == 0) {
      following = ended(open);
    } else {
      open.stage = Stage.STDIN;
    }
    return new Event.Request(open.id, params, length);
  }

  private CgiParams params(Open open) {
    CgiParams.Builder builder;
    if (open.params == null) {
      builder = CgiParams.builder();
    } else {
      builder = CgiParams.builder(open.params.bytes);
      Pairs pairs = new Pairs("PARAMS", open.params);
      while (pairs.next()) {
        builder.add(pairs.name(), pairs.valueAt(), pairs.valueLength);
      }
      open.params = null;
    }
    CgiParams params = builder.build();
    return open.authorizer && params.last(ROLE_NAME) == null
        ? builder.add(ROLE_NAME, "AUTHORIZER").build()
        : params;
  }

  private Event body(Open open, ByteBuffer bytes) {
    open.missing -= bytes.remaining();
    if (open.missing == 0) {
      following = ended(open);
    }
    return new Event.Content(open.id, bytes);
  }

  private @Nullable Event stdinBegun(Open open) {
    return switch (open.stage) {
      case PARAMS -> refused(open, 400, "STDIN before the end of PARAMS");
      case STDIN -> {
        if (left > 0) {
          yield null;
        }
        if (open.told) {
          open.stage = Stage.OVER;
          yield new Event.Abort(open.id);
        }
        yield ended(open);
      }
      case WHOLE, ABORTED, OVER -> null;
    };
  }

  private static Event ended(Open open) {
    open.stage = Stage.WHOLE;
    return new Event.End(open.id);
  }

  /** 5.4. */
  private @Nullable Event aborted(Open open) {
    return switch (open.stage) {
      case PARAMS ->
          unanswered(open, REQUEST_COMPLETE, 400, "ABORT_REQUEST before the end of PARAMS");
      case STDIN, WHOLE -> {
        open.stage = Stage.ABORTED;
        yield new Event.Abort(open.id);
      }
      case ABORTED, OVER -> null;
    };
  }

  private static Event refused(Open open, int status, @Nullable String why) {
    open.stage = Stage.OVER;
    open.params = null;
    return new Event.Refused(open.id, status, "FastCGI: " + why);
  }

  /** A request that gets nothing but an END_REQUEST, whatever answers it. */
  private static Event unanswered(Open open, int protocolStatus, int status, String why) {
    open.unanswered = true;
    open.protocolStatus = protocolStatus;
    return refused(open, status, why);
  }

  @Override
  public void inputEnded() throws ProtocolException {
    if (headerBytes > 0 || left > 0 || padding > 0) {
      throw new ProtocolException("FastCGI: the connection ended within a record");
    }
    for (Open open : requests.values()) {
      if (open.stage == Stage.PARAMS || open.stage == Stage.STDIN) {
        throw new ProtocolException(
            "FastCGI: the connection ended before the %s of request %d did"
                .formatted(open.stage, open.id));
      }
    }
  }

  /** Nothing: the front sends the body unasked. */
  @Override
  public void demand(int id, Output output) {}

  @Override
  public void head(int id, int status, String reason, List<Header> headers, Output output) {
    if (open(id).unanswered) {
      return;
    }
    beginRecord(STDOUT, id, output);
    int at = output.record();
    CgiHead.put(status, reason, headers, output);
    int length = output.position() - at - HEADER_BYTES;
    if (length <= RECORD_BYTES) {
      output.setShort(at + 4, length);
    } else {
      byte[] head = output.takeBack(at);
      stream(STDOUT, id, ByteBuffer.wrap(head, HEADER_BYTES, length), output);
    }
  }

  @Override
  public void content(int id, ByteBuffer content, Output output) {
    if (open(id).unanswered) {
      content.position(content.limit());
      return;
    }
    stream(STDOUT, id, content, output);
  }

  /** As UTF-8, whatever of it the front's log can show. */
  @Override
  public void errors(int id, String text, Output output) {
    Open open = open(id);
    if (!open.unanswered) {
      open.errors = true;
      stream(STDERR, id, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), output);
    }
  }

  @Override
  public AfterEnd end(int id, Ending ending, Output output) {
    Open open = open(id);
    requests.remove(id);
    quota.give(open.held);
    boolean aborted = open.stage == Stage.ABORTED;
    // What is left of a record that has come in part is skipped.
    open.stage = Stage.OVER;
    if (following != null && following.id() == id) {
      following = null;
    }
    if (ending == Ending.BROKEN_OFF) {
      if (requests.isEmpty() && !aborted) {
        // Fronts take any END_REQUEST for the end of a whole response, and nginx even a bare end
        // of the connection. What it never takes is a management record.
        putUnknownType(0, output);
        return AfterEnd.BREAK_OFF;
      }
      putEnd(id, 1, REQUEST_COMPLETE, output);
      return afterEnd();
    }
    if (!open.unanswered) {
      // 3.3, 6.1: a stream ends with an empty record, and STDOUT is never left out.
      putHeader(STDOUT, id, 0, output);
      if (open.errors) {
        putHeader(STDERR, id, 0, output);
      }
    }
    putEnd(id, 0, open.protocolStatus, output);
    return afterEnd();
  }

  private AfterEnd afterEnd() {
    return closing && requests.isEmpty() ? AfterEnd.CLOSE : AfterEnd.GO_ON;
  }

  private Open open(int id) {
    Open open = requests.get(id);
    if (open == null) {
      throw new IllegalStateException("request %d is not open".formatted(id));
    }
    return open;
  }

  /** Puts a block into the record that was begun last, as far as it may grow, and into new ones. */
  private static void stream(int type, int id, ByteBuffer block, Output output) {
    while (block.hasRemaining()) {
      if (!grows(type, id, output)) {
        beginRecord(type, id, output);
      }
      int at = output.record();
      int length = output.shortAt(at + 4);
      int count = Math.min(block.remaining(), RECORD_BYTES - length);
      output.setShort(at + 4, length + count);
      if (count <= COPIED_BYTES) {
        output.put(slice(block, count));
      } else {
        output.splice(slice(block, count));
      }
    }
  }

  /** Whether what was put last is a record of this stream, with room in it. */
  private static boolean grows(int type, int id, Output output) {
    int at = output.record();
    if (at < 0) {
      return false;
    }
    int length = output.shortAt(at + 4);
    return length < RECORD_BYTES
        && output.position() == at + HEADER_BYTES + length
        && output.shortAt(at) == ((VERSION << 8) | type)
        && output.shortAt(at + 2) == id;
  }

  private static void beginRecord(int type, int id, Output output) {
    output.beginRecord();
    putHeader(type, id, 0, output);
  }

  /** 4.2. */
  private static void putUnknownType(int type, Output output) {
    putHeader(UNKNOWN_TYPE, 0, BODY_BYTES, output);
    output.put(type);
    output.put(new byte[BODY_BYTES - 1]);
  }

  /** Without padding: no front needs it. */
  private static void putHeader(int type, int id, int length, Output output) {
    output.putShort((VERSION << 8) | type);
    output.putShort(id);
    output.putShort(length);
    output.putShort(0);
  }

  /**
   * <pre>
   * +-------+-------+-------+-------+-------+-------+-------+-------+
   * |           appStatus           |status |       reserved        |   5.5
   * +-------+-------+-------+-------+-------+-------+-------+-------+
   * </pre>
   */
  private static void putEnd(int id, int appStatus, int protocolStatus, Output output) {
    putHeader(END_REQUEST, id, BODY_BYTES, output);
    output.putShort(0);
    output.putShort(appStatus);
    output.putShort(protocolStatus << 8);
    output.putShort(0);
  }

  private Bytes memory() {
    Bytes bytes = spare == null ? new Bytes() : spare;
    spare = null;
    return bytes;
  }

  private void spare(Bytes bytes) {
    if (bytes.bytes.length <= SPARE_BYTES) {
      bytes.length = 0;
      spare = bytes;
    }
  }

  /** What is awaited of a request. */
  private enum Stage {
    PARAMS,
    STDIN,
    /** Its answer, or the front's ABORT_REQUEST. */
    WHOLE,
    /** Its END_REQUEST, the sooner the better. */
    ABORTED,
    /** Nothing. */
    OVER
  }

  /** A request from its BEGIN_REQUEST until its END_REQUEST. */
  private static final class Open {

    final int id;
    final boolean authorizer;
    Stage stage = Stage.PARAMS;

    /** All that came of its PARAMS. */
    long paramsBytes;

    /** Them, as long as they are needed. */
    @Nullable Bytes params;

    /** Bytes of the quota. */
    long held;

    /** Whether there is a CONTENT_LENGTH. */
    boolean told;

    /** Bytes of the body that are still to come. */
    long missing;

    boolean errors;
    boolean unanswered;
    int protocolStatus = REQUEST_COMPLETE;

    Open(int id, boolean authorizer) {
      this.id = id;
      this.authorizer = authorizer;
    }
  }

  /** Bytes that come in parts. Memory follows what has come, not what was declared. */
  private static final class Bytes {

    byte[] bytes = new byte[1024];
    int length;

    void take(ByteBuffer input, int count) {
      if (bytes.length - length < count) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
      }
      input.get(bytes, length, count);
      length += count;
    }
  }

  /**
   * Name-value pairs, as ISO-8859-1.
   *
   * <pre>
   * +------------+-------------+--------+---------+
   * | nameLength | valueLength | name … | value … |   3.4
   * +------------+-------------+--------+---------+
   *
   *  a length:  0nnnnnnn                              up to 127
   *             1nnnnnnn nnnnnnnn nnnnnnnn nnnnnnnn   up to 2^31 - 1
   * </pre>
   */
  private static final class Pairs {

    private final String record;
    private final byte[] bytes;
    private final int end;
    private int at;
    private int nameLength;
    private int valueLength;

    Pairs(String record, Bytes block) {
      this.record = record;
      this.bytes = block.bytes;
      this.end = block.length;
    }

    /**
     * Goes on to the next pair; false where there is none.
     *
     * @throws IllegalArgumentException it isn't whole
     */
    boolean next() {
      at += nameLength + valueLength;
      if (at == end) {
        return false;
      }
      nameLength = length();
      valueLength = length();
      if ((long) nameLength + valueLength > end - at) {
        throw new IllegalArgumentException(
            "%s: a name of %d and a value of %d bytes, expected no more than the %d left"
                .formatted(record, nameLength, valueLength, end - at));
      }
      return true;
    }

    String name() {
      return Names.of(bytes, at, nameLength);
    }

    /** Where the value begins in the block. */
    int valueAt() {
      return at + nameLength;
    }

    private int length() {
      int width = at < end && bytes[at] < 0 ? 4 : 1;
      if (end - at < width) {
        throw new IllegalArgumentException(
            "%s end within the length of a name or value".formatted(record));
      }
      int length = bytes[at++] & 0x7F;
      for (int i = 1; i < width; i++) {
        length = (length << 8) | (bytes[at++] & 0xFF);
      }
      return length;
    }
  }
}
