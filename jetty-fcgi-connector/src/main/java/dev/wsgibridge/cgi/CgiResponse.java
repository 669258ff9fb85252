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

  private final OutputStream out;

  CgiResponse(OutputStream out) {
    this.out = out;
  }

  @Override
  public void head(int status, String reason, List<Header> headers) throws IOException {
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
    out.write(block, offset, length);
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
