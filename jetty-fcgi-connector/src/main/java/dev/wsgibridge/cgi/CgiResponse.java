package dev.wsgibridge.cgi;

import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.CgiHead;
import dev.wsgibridge.codec.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** A response as a CGI program writes it (RFC 3875, 6). */
final class CgiResponse implements Gateway.Response {

  private static final int FIRST_FINAL_STATUS = 200;

  private final OutputStream out;
  private boolean refused;

  CgiResponse(OutputStream out) {
    this.out = out;
  }

  /** An interim status is no answer: a server would wait for another head. */
  @Override
  public void head(int status, String reason, List<Header> headers) throws IOException {
    if (status < FIRST_FINAL_STATUS) {
      refused = true;
      CgiRequest.refuse(500, "Internal Server Error", out);
      return;
    }
    Output head = new Output();
    CgiHead.put(status, reason, headers, head);
    send(head, out);
  }

  static void send(Output output, OutputStream out) throws IOException {
    for (ByteBuffer part : output.buffers()) {
      out.write(part.array(), part.arrayOffset() + part.position(), part.remaining());
    }
  }

  @Override
  public void write(byte[] block, int offset, int length) throws IOException {
    if (!refused) {
      out.write(block, offset, length);
    }
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void end() throws IOException {
    out.flush();
  }
}
