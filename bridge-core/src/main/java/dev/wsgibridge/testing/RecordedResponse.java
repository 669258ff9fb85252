package dev.wsgibridge.testing;

import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A response that is kept, up to where the client leaves. */
final class RecordedResponse implements Gateway.Response {

  private final long patience;
  private final List<byte[]> blocks = new ArrayList<>();
  private final ByteArrayOutputStream block = new ByteArrayOutputStream();

  private int status;
  private String reason = "";
  private List<Header> headers = List.of();
  private long received;
  private @Nullable Throwable failure;

  RecordedResponse(long patience) {
    this.patience = patience;
  }

  @Override
  public void head(int status, String reason, List<Header> headers) throws IOException {
    checkClient();
    if (this.status != 0) {
      throw new AssertionError("a second head: " + status + " after " + this.status);
    }
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    checkClient();
    block.write(bytes, offset, length);
    received += length;
  }

  @Override
  public void flush() throws IOException {
    checkClient();
    endBlock();
  }

  @Override
  public void end() {
    endBlock();
  }

  @Override
  public void failed(Throwable failure) {
    this.failure = failure;
  }

  Answer answer(Gateway.Outcome outcome, String errors) {
    endBlock();
    return new Answer(status, reason, headers, blocks, outcome, failure, errors);
  }

  private void endBlock() {
    if (block.size() > 0) {
      blocks.add(block.toByteArray());
      block.reset();
    }
  }

  private void checkClient() throws IOException {
    if (received >= patience) {
      endBlock();
      throw new IOException("the client left, as the test told it to");
    }
  }
}
