package dev.wsgibridge.python;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request and its response, as Python reaches them while it serves the request. */
public interface Exchange {

  /**
   * Sends a block of the response, and before it the head where there is one.
   *
   * @param head as in {@link Answer#head}; null where the head was sent before
   * @param block at least one byte
   * @throws IOException the client has left
   */
  void send(byte @Nullable [] head, byte[] block) throws IOException;

  /**
   * Reads from the request's body; waits for at least one byte.
   *
   * @param size how many bytes at most, above 0
   * @return the bytes; none at the body's end
   * @throws IOException the body can't be read to its end
   */
  byte[] read(int size) throws IOException;

  /**
   * The request's whole body where it is at hand and small, so that it can be handed over with the
   * call; none where it is to be asked for by {@link #read}.
   */
  default byte[] inputAtHand() {
    return new byte[0];
  }

  /** Whether it is known that the client has left. */
  default boolean clientLeft() {
    return false;
  }

  /** Writes to {@code wsgi.errors}: whole lines, without the last line's end. */
  void errors(String text);

  /** The entries of the environ which are Java's: neither text nor PEP 3333's own. */
  Map<String, Object> objects();

  /** The exchange of functions that belong to no request. */
  Exchange NONE =
      new Exchange() {
        @Override
        public void send(byte @Nullable [] head, byte[] block) throws IOException {
          throw new IOException("the request is over");
        }

        @Override
        public byte[] read(int size) throws IOException {
          throw new IOException("the request is over");
        }

        @Override
        public void errors(String text) {
          PythonLog.log("wsgi.errors", 40, text);
        }

        @Override
        public Map<String, Object> objects() {
          return Map.of();
        }
      };
}
