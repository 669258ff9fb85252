package dev.wsgibridge.codec;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What SCGI and uwsgi have in common: a connection carries the params of one request, its body of
 * CONTENT_LENGTH bytes, one answer, and ends.
 *
 * <p>What follows the body is dropped, and is never another request. A front may end its side once
 * the body is whole, and wait.
 */
abstract sealed class OneRequestCodec implements Codec permits ScgiCodec, UwsgiCodec {

  private static final int ID = 1;

  /** A CONTENT_LENGTH that says that there is a body, and not how long it is. */
  private static final String UNKNOWN = "-1";

  private enum State {
    PARAMS,
    BODY,
    /** The request is whole, refused or answered. */
    OVER
  }

  private final String protocol;
  final Limits limits;
  private final Quota quota;

  private State state = State.PARAMS;
  private boolean begun;
  private long missing;

  /** Bytes of the quota. */
  private long held;

  OneRequestCodec(String protocol, Limits limits, Quota quota) {
    this.protocol = protocol;
    this.limits = limits;
    this.quota = quota;
  }

  /** Takes bytes until the params are whole. Ends in {@link #request} or {@link #refused}. */
  abstract @Nullable Event params(ByteBuffer input) throws ProtocolException;

  @Override
  public final @Nullable Event decode(ByteBuffer input, Output output) throws ProtocolException {
    return switch (state) {
      case PARAMS -> {
        begun |= input.hasRemaining();
        yield params(input);
      }
      case BODY -> body(input);
      case OVER -> {
        input.position(input.limit());
        yield null;
      }
    };
  }

  private @Nullable Event body(ByteBuffer input) {
    if (missing == 0) {
      state = State.OVER;
      return new Event.End(ID);
    }
    int count = (int) Math.min(missing, input.remaining());
    if (count == 0) {
      return null;
    }
    ByteBuffer content = input.slice(input.position(), count);
    input.position(input.position() + count);
    missing -= count;
    return new Event.Content(ID, content);
  }

  /** The request of these params. Where they don't tell of a body there is none. */
  final Event request(CgiParams params) {
    long length;
    try {
      length = params.contentLength();
    } catch (IllegalArgumentException e) {
      return refused(400, e.getMessage());
    }
    if (length < 0 && UNKNOWN.equals(params.last(Environ.CONTENT_LENGTH))) {
      return refused(
          411,
          "CONTENT_LENGTH: found \"-1\", expected a number of bytes: nothing else tells where the"
              + " body ends; have the front buffer it");
    }
    missing = Math.max(length, 0);
    state = State.BODY;
    return new Event.Request(ID, params, missing);
  }

  /** A request that is answered with {@code status}, and what follows it dropped. */
  final Event refused(int status, @Nullable String why) {
    state = State.OVER;
    return new Event.Refused(ID, status, protocol + ": " + why);
  }

  /** Params that are more than the limit. */
  final Event tooLarge(long bytes) {
    return refused(
        431,
        "params of %d bytes or more, expected no more than %d"
            .formatted(bytes, limits.paramsBytes()));
  }

  /** Takes what the next bytes of a block need of the quota; a refusal where that is too much. */
  final @Nullable Event hold(Block block, ByteBuffer input) {
    int count = block.next(input);
    if (quota.take(count)) {
      held += count;
      return null;
    }
    return refused(503, "requests that aren't answered hold all of the memory that they may");
  }

  final ProtocolException broken(String why) {
    return new ProtocolException(protocol + ": " + why);
  }

  @Override
  public final void inputEnded() throws ProtocolException {
    switch (state) {
      case PARAMS -> {
        // Nothing at all is no request, and no mistake: some fronts look whether one listens.
        if (begun) {
          throw broken("the connection ended amid the params");
        }
      }
      case BODY -> {
        if (missing > 0) {
          throw broken("the connection ended %d bytes before the body's end".formatted(missing));
        }
      }
      case OVER -> {}
    }
  }

  /** Nothing: the front sends the body unasked. */
  @Override
  public final void demand(int id, Output output) {}

  @Override
  public final void content(int id, ByteBuffer content, Output output) {
    output.splice(content);
  }

  /** Nothing: there is no way to tell the front's log. */
  @Override
  public final void errors(int id, String text, Output output) {}

  @Override
  public final AfterEnd end(int id, Ending ending, Output output) {
    state = State.OVER;
    quota.give(held);
    held = 0;
    return ending == Ending.BROKEN_OFF ? AfterEnd.BREAK_OFF : AfterEnd.CLOSE;
  }

  /**
   * Bytes of a number that is told before them. They may come in parts; memory follows what has
   * come, not what was told.
   */
  static final class Block {

    private final long size;
    private byte[] bytes = {};
    private int length;

    Block(long size) {
      this.size = size;
    }

    /** Takes what belongs to it; returns all of it, or null as long as some is missing. */
    byte @Nullable [] take(ByteBuffer input) {
      int count = next(input);
      if (bytes.length - length < count) {
        long room = Math.max(2L * bytes.length, (long) length + count);
        bytes = Arrays.copyOf(bytes, (int) Math.min(room, size));
      }
      input.get(bytes, length, count);
      length += count;
      return length == size ? bytes : null;
    }

    /** How many bytes {@link #take} takes. */
    int next(ByteBuffer input) {
      return (int) Math.min(size - length, input.remaining());
    }
  }
}
