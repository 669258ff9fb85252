package dev.wsgibridge.testing;

import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an application answered to a {@link Request}, as a client would have got it.
 *
 * @param status 0 where the client left before the head
 * @param reason what followed the status
 * @param headers in the order in which they were sent
 * @param blocks the body, a block for each flush: what a client sees arrive at once
 * @param outcome whether the response came to its end
 * @param failure what the application failed with; the log has it too
 * @param errors what was written to {@code wsgi.errors}
 */
public record Answer(
    int status,
    String reason,
    List<Header> headers,
    List<byte[]> blocks,
    Gateway.Outcome outcome,
    @Nullable Throwable failure,
    String errors) {

  private static final Pattern CHARSET =
      Pattern.compile(";\\s*charset=\"?([^\\s;\"]+)", Pattern.CASE_INSENSITIVE);

  /** Keeps copies of the lists. */
  public Answer {
    headers = List.copyOf(headers);
    blocks = List.copyOf(blocks);
  }

  /** The value of the first header of that name, in any case; null where there is none. */
  public @Nullable String header(String name) {
    List<String> values = headers(name);
    return values.isEmpty() ? null : values.get(0);
  }

  /** The values of all headers of that name, in any case. */
  public List<String> headers(String name) {
    return headers.stream()
        .filter(header -> header.name().equalsIgnoreCase(name))
        .map(Header::value)
        .toList();
  }

  /** The whole body, as far as it came. */
  public byte[] body() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    blocks.forEach(body::writeBytes);
    return body.toByteArray();
  }

  /** The body as text, in the Content-Type's charset, else in UTF-8. */
  public String text() {
    String type = header("Content-Type");
    Matcher charset = CHARSET.matcher(type == null ? "" : type);
    return new String(
        body(), charset.find() ? Charset.forName(charset.group(1)) : StandardCharsets.UTF_8);
  }

  /** For the message of a test that fails: the head, and how long the body is. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder().append(status).append(' ').append(reason);
    headers.forEach(h -> text.append(" | ").append(h.name()).append(": ").append(h.value()));
    text.append(" | ").append(body().length).append(" bytes, ").append(outcome);
    return failure == null ? text.toString() : text.append(", ").append(failure).toString();
  }
}
