package dev.wsgibridge.codec;

/**
 * Bytes that are no part of the protocol. The message: protocol, what was found, what was expected.
 */
public final class ProtocolException extends Exception {

  private static final long serialVersionUID = 1L;

  /** With a message such as {@code SCGI: netstring ends with 0x3b, expected ','}. */
  ProtocolException(String message) {
    super(message);
  }
}
