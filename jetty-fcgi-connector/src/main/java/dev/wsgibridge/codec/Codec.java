package dev.wsgibridge.codec;

import dev.wsgibridge.Header;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A gateway protocol on one connection, as its server sees it. The bytes of the front become {@link
 * Event}s; what answers them becomes bytes.
 *
 * <p>The order for each request: {@link Event.Request}, its {@link Event.Content}, {@link
 * Event.End}; meanwhile {@link #head}, then {@link #content}, then {@link #end}. An answer may be
 * whole before the request is: what then still comes of it is dropped.
 *
 * <p>Any exception but {@link ProtocolException} is a bug. Not thread-safe: its connection makes
 * one call at a time.
 */
public interface Codec {

  /**
   * Takes bytes until they make an event. Calls with what remains follow until it returns null.
   *
   * @param input is read from its position on; content is a slice of it, not a copy
   * @param output gets what the protocol itself answers
   * @return null where all of {@code input} is taken and no event is whole
   * @throws ProtocolException the connection can't go on: nothing that follows can be understood
   */
  @Nullable Event decode(ByteBuffer input, Output output) throws ProtocolException;

  /**
   * The front has ended its side, or would, were it to do so now: changes nothing.
   *
   * @throws ProtocolException that is in the middle of something
   */
  void inputEnded() throws ProtocolException;

  /** The application waits for more of a request's body. Some protocols ask for each block. */
  void demand(int id, Output output);

  /**
   * Begins a response.
   *
   * @param status 200 to 999
   * @param headers their values are cleaned of what would end a line
   * @throws IllegalArgumentException the protocol can't tell so long a head (AJP); nothing was put,
   *     and another may follow
   */
  void head(int id, int status, String reason, List<Header> headers, Output output);

  /** Adds to a response's body. */
  void content(int id, ByteBuffer content, Output output);

  /**
   * What was put is to reach the client now, though the response goes on. Some fronts wait for more
   * unless they are told.
   */
  default void flush(int id, Output output) {}

  /** Tells the front's log something, where the protocol has a way. */
  void errors(int id, String text, Output output);

  /** Ends a response. From here on the id is the front's to use again. */
  AfterEnd end(int id, Ending ending, Output output);

  /** How a response ended. */
  enum Ending {
    COMPLETE,
    /** And it is the last of its connection. */
    LAST,
    /** After its head: what was sent is not all of it. */
    BROKEN_OFF
  }

  /** What becomes of the connection after a response. */
  enum AfterEnd {
    GO_ON,
    /** Closed once all is sent. */
    CLOSE,
    /** Broken off, so that the front can't take a part for the whole. */
    BREAK_OFF
  }
}
