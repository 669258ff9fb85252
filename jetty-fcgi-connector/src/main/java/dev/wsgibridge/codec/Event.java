package dev.wsgibridge.codec;

import dev.wsgibridge.CgiParams;
import java.nio.ByteBuffer;

/** What a front says of a request. */
public sealed interface Event {

  /** The request, among those of its connection that are open. */
  int id();

  /**
   * A request, whose body follows.
   *
   * @param contentLength bytes of the body; -1 where only its {@link End} tells
   */
  record Request(int id, CgiParams params, long contentLength) implements Event {}

  /** A part of the body, never empty: a slice of the input, good as long as that is. */
  record Content(int id, ByteBuffer bytes) implements Event {}

  /** The body is whole. */
  record End(int id) implements Event {}

  /** The front wants no answer any more. It still gets {@link Codec#end}. */
  record Abort(int id) implements Event {}

  /**
   * A request that can't be honoured. It is answered with this status, and takes no further part.
   *
   * @param status of HTTP, such as 400 or 431
   * @param why for the log: protocol, what was found, what was expected
   */
  record Refused(int id, int status, String why) implements Event {}
}
