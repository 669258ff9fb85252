package dev.wsgibridge.codec;

/**
 * What one connection may ask of the server's memory.
 *
 * @param paramsBytes of all params of a request together, as they are on the wire; more is refused
 *     with 431
 * @param openRequests of one connection at once
 */
public record Limits(int paramsBytes, int openRequests) {

  /** 1 MiB of params, 256 requests. */
  public static final Limits DEFAULT = new Limits(1 << 20, 256);

  /** Checks both. */
  public Limits {
    if (paramsBytes < 1) {
      throw new IllegalArgumentException(
          "params: found a limit of %d bytes, expected 1 or more".formatted(paramsBytes));
    }
    if (openRequests < 1) {
      throw new IllegalArgumentException(
          "open requests: found a limit of %d, expected 1 or more".formatted(openRequests));
    }
  }
}
