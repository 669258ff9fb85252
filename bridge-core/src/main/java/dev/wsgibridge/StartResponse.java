package dev.wsgibridge;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the head of a response: PEP 3333, "The start_response() Callable".
 *
 * <p>Nothing is sent yet: the head goes out with the first non-empty block of the body, with the
 * first {@link Writer#write}, or at the body's end.
 */
@FunctionalInterface
public interface StartResponse {

  /**
   * Begins the response, or replaces its head.
   *
   * @param status three digits, a space and a reason: {@code "200 OK"}
   * @param headers in the order in which they are to be sent, repeated names allowed; copied
   * @param failure PEP 3333's {@code exc_info}: what went wrong after an earlier call, or null.
   *     While nothing was sent the new head replaces the old one; afterwards this very throwable is
   *     thrown again
   * @return writes blocks ahead of the body, for applications that can't return one
   * @throws RuleBrokenException a malformed status or header, a hop-by-hop header, or a second call
   *     without {@code failure}
   */
  Writer start(String status, List<Header> headers, @Nullable Throwable failure);

  /** {@link #start(String, List, Throwable)} where nothing has failed. */
  default Writer start(String status, List<Header> headers) {
    return start(status, headers, null);
  }

  /** {@link #start(String, List, Throwable)} where nothing has failed. */
  default Writer start(String status, Header... headers) {
    return start(status, List.of(headers), null);
  }

  /** PEP 3333, "The write() Callable". To be used by the thread that runs the application. */
  @FunctionalInterface
  interface Writer {

    /**
     * Sends the head, if that was not done yet, and then {@code block}.
     *
     * @param block the bytes; on their way to the client when this returns
     * @throws ClientGoneException the client has left: stop working for it
     */
    void write(byte[] block) throws IOException;
  }
}
