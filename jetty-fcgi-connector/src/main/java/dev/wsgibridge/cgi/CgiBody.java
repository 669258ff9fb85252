package dev.wsgibridge.cgi;

import dev.wsgibridge.RequestBodyException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The request's body: as many bytes of the input as were told, and no more. */
final class CgiBody extends InputStream {

  static final long UNTIL_THE_END = -1;

  private final InputStream in;
  private final long length;
  private long missing;

  /**
   * The body.
   *
   * @param length bytes, or {@link #UNTIL_THE_END}
   */
  CgiBody(InputStream in, long length) {
    this.in = in;
    this.length = length;
    missing = length;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] block, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (missing == 0) {
      return -1;
    }
    int most = missing < 0 ? count : (int) Math.min(missing, count);
    int read;
    try {
      read = in.read(block, offset, most);
    } catch (IOException e) {
      throw new RequestBodyException(e);
    }
    if (missing > 0) {
      if (read < 0) {
        throw new RequestBodyException(
            new EOFException(
                "CGI: found %d bytes, expected a CONTENT_LENGTH of %d"
                    .formatted(length - missing, length)));
      }
      missing -= read;
    }
    return read;
  }

  @Override
  public int available() throws IOException {
    int available = in.available();
    return missing < 0 ? available : (int) Math.min(missing, available);
  }
}
