package dev.wsgibridge.python;

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
    INPUT_FAILED;

    private static final Kind[] VALUES = values();

    /** The kind that Python names by {@code number}. */
    public static Kind of(int number) {
      return VALUES[number];
    }
  }
}
