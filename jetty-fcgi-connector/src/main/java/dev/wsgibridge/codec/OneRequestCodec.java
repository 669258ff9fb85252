package dev.wsgibridge.codec;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Rule;
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

  private enum State {
    PARAMS,
    BODY,
    /** The request is whole, refused or answered. */
    OVER
  }

  private final String protocol;
  final Limits limits;

  private State state = State.PARAMS;
  private boolean begun;
  private long missing;

  OneRequestCodec(String protocol, Limits limits) {
    this.protocol = protocol;
    this.limits = limits;
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

  /** The request of these params. An empty CONTENT_LENGTH says that there is no body. */
  final Event request(CgiParams params) {
    String length = null;
    for (int i = 0; i < params.size(); i++) {
      if (params.name(i).equals(Environ.CONTENT_LENGTH)) {
        if (length != null) {
          return refused(
              400,
              "found CONTENT_LENGTH %s and then %s, expected it once"
                  .formatted(Rule.quoted(length), Rule.quoted(params.value(i))));
        }
        length = params.value(i);
      }
    }
    missing = length == null || length.isEmpty() ? 0 : number(length);
    if (length != null && missing < 0) {
      return refused(
          400,
          "found CONTENT_LENGTH %s, expected a number of bytes".formatted(Rule.quoted(length)));
    }
    state = State.BODY;
    return new Event.Request(ID, params, missing);
  }

  /** Digits as a number, -1 where they are none or too many. */
  private static long number(String digits) {
    if (digits.length() > 18) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = 10 * number + c - '0';
    }
    return number;
  }

  /** A request that is answered with {@code status}, and what follows it dropped. */
  final Event refused(int status, String why) {
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
    return ending == Ending.COMPLETE ? AfterEnd.CLOSE : AfterEnd.BREAK_OFF;
  }

  /**
   * Bytes of a number that is told before them. They may come in parts; memory follows what has
   * come, not what was told.
   */
  static final class Block {

    private final int size;
    private byte[] bytes = {};
    private int length;

    Block(int size) {
      this.size = size;
    }

    /** Takes what belongs to it; returns all of it, or null as long as some is missing. */
    byte @Nullable [] take(ByteBuffer input) {
      int count = Math.min(size - length, input.remaining());
      if (bytes.length - length < count) {
        long room = Math.max(2L * bytes.length, (long) length + count);
        bytes = Arrays.copyOf(bytes, (int) Math.min(room, size));
      }
      input.get(bytes, length, count);
      length += count;
      return length == size ? bytes : null;
    }
  }
}
