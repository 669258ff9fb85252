package dev.wsgibridge.python;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a function of the host returns.
 *
 * @param kind what happened
 * @param head the response's head, if it was not sent yet: the status, then each header's name and
 *     value, joined by newlines, in ISO-8859-1
 * @param payload by kind: the body, a file, or a text in UTF-8
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared or kept
public record Answer(Kind kind, byte @Nullable [] head, byte[] payload) {

  /**
   * A file that is the rest of the response.
   *
   * @param number by which Python knows it
   * @param position of the first byte to be sent
   */
  record File(int number, long position, String path) {}

  /** What the payload says, where the kind is {@link Kind#FILE}. */
  File file() {
    String[] parts = new String(payload, StandardCharsets.UTF_8).split("\n", 3);
    return new File(Integer.parseInt(parts[0]), Long.parseLong(parts[1]), parts[2]);
  }

  /** What happened; Python knows each by its ordinal. */
  public enum Kind {
    /** The response is whole with the payload, and over. */
    DONE,
    /**
     * The response is whole with the payload; {@link HostFunction#FINISH} has to follow at once.
     */
    UNFINISHED,
    /** The rest of the response is a file: its number, its position and its path, by newlines. */
    FILE,
    /** The application failed; the payload is Python's traceback. */
    FAILED,
    /** The application failed since the request's body can't be read; the payload as above. */
    INPUT_FAILED,
    /**
     * The response is whole, and too large to be handed over in one piece: the payload is its size
     * in decimal digits, and {@link Python.Reply#next} gives it.
     */
    STREAM;

    private static final Kind[] VALUES = values();

    /** Whether Python names a kind so. */
    static boolean isOne(int number) {
      return number >= 0 && number < VALUES.length;
    }

    /** The kind that Python names by {@code number}. */
    public static Kind of(int number) {
      return VALUES[number];
    }
  }
}
