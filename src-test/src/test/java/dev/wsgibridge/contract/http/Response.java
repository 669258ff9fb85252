package dev.wsgibridge.contract.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A response: its head, and its body as far as it was read. */
public final class Response {

  /** What tells where the body ends: RFC 9112, 6.3. */
  public enum Framing {
    NO_BODY,
    LENGTH,
    CHUNKED,
    CLOSE
  }

  /** How the body ended. */
  public enum Ending {
    /** Not yet. */
    OPEN,
    WHOLE,
    /** The connection ended before the body did. */
    BROKEN_OFF
  }

  /** A header of the response. */
  public record Field(String name, String value) {}

  private static final int BUFFER = 65_536;

  private final String version;
  private final int status;
  private final String reason;
  private final List<Field> fields;
  private final Framing framing;
  private final InputStream in;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private Ending ending = Ending.OPEN;

  /** Bytes that are left of the body (LENGTH), or of the chunk (CHUNKED). */
  private long left;

  Response(
      String version,
      int status,
      String reason,
      List<Field> fields,
      String method,
      InputStream in) {
    this.version = version;
    this.status = status;
    this.reason = reason;
    this.fields = List.copyOf(fields);
    this.in = in;
    this.framing = framing(method);
    if (framing == Framing.NO_BODY) {
      ending = Ending.WHOLE;
    } else if (framing == Framing.LENGTH) {
      left = Long.parseLong(header("Content-Length").orElseThrow());
      ending = left == 0 ? Ending.WHOLE : Ending.OPEN;
    }
  }

  private Framing framing(String method) {
    if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
      return Framing.NO_BODY;
    }
    if (header("Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent()) {
      return Framing.CHUNKED;
    }
    return header("Content-Length").isPresent() ? Framing.LENGTH : Framing.CLOSE;
  }

  /** {@code HTTP/1.1}. */
  public String version() {
    return version;
  }

  /** Three digits. */
  public int status() {
    return status;
  }

  /** The words behind the status; may be empty. */
  public String reason() {
    return reason;
  }

  /** All headers of that name, in their order; names in any case. */
  public List<String> headers(String name) {
    return fields.stream()
        .filter(field -> field.name().equalsIgnoreCase(name))
        .map(Field::value)
        .toList();
  }

  /** The one header of that name. */
  public Optional<String> header(String name) {
    List<String> values = headers(name);
    if (values.size() > 1) {
      throw new AssertionError("expected one " + name + ", found " + values);
    }
    return values.stream().findFirst();
  }

  /** What tells where the body ends. */
  public Framing framing() {
    return framing;
  }

  /** How the body ended, as far as it was read. */
  public Ending ending() {
    return ending;
  }

  /** Waits for this many more bytes of the body, and returns them. */
  public String take(int count) throws IOException {
    byte[] taken = new byte[count];
    int had = 0;
    while (had < count) {
      int next = read(taken, had);
      if (next < 0) {
        throw new EOFException(
            "expected %d bytes, the body ended (%s) after %d".formatted(count, ending, had));
      }
      had += next;
    }
    return new String(taken, StandardCharsets.ISO_8859_1);
  }

  /** Reads the body to its end. */
  public Response rest() throws IOException {
    byte[] buffer = new byte[BUFFER];
    while (read(buffer, 0) >= 0) {
      // read() keeps them
    }
    return this;
  }

  /** The body as far as it was read. */
  public byte[] bytes() {
    return body.toByteArray();
  }

  /** The body as far as it was read: UTF-8. */
  public String text() {
    return body.toString(StandardCharsets.UTF_8);
  }

  /**
   * Reads what comes next of the body, and keeps it.
   *
   * @return how many bytes, one at the least; -1 at the end
   */
  private int read(byte[] into, int offset) throws IOException {
    if (ending != Ending.OPEN) {
      return -1;
    }
    int count;
    try {
      if (framing == Framing.CHUNKED && left == 0) {
        nextChunk();
        if (ending != Ending.OPEN) {
          return -1;
        }
      }
      int most = into.length - offset;
      count = in.read(into, offset, framing == Framing.CLOSE ? most : (int) Math.min(left, most));
    } catch (EOFException | SocketException e) {
      ending = Ending.BROKEN_OFF;
      return -1;
    }
    if (count < 0) {
      ending = framing == Framing.CLOSE ? Ending.WHOLE : Ending.BROKEN_OFF;
      return -1;
    }
    body.write(into, offset, count);
    if (framing != Framing.CLOSE) {
      left -= count;
    }
    if (framing == Framing.LENGTH && left == 0) {
      ending = Ending.WHOLE;
    }
    return count;
  }

  private void nextChunk() throws IOException {
    String size = HttpConnection.line(in);
    if (size.isEmpty() && body.size() > 0) {
      // the end of the chunk before
      size = HttpConnection.line(in);
    }
    left = Long.parseLong(size.split(";", 2)[0].strip(), 16);
    if (left == 0) {
      while (!HttpConnection.line(in).isEmpty()) {
        // trailers
      }
      ending = Ending.WHOLE;
    }
  }

  @Override
  public String toString() {
    byte[] start = Arrays.copyOf(bytes(), Math.min(body.size(), 2000));
    return "%s %d %s %s%n%s %s, %d bytes:%n%s"
        .formatted(
            version,
            status,
            reason,
            fields,
            framing,
            ending,
            body.size(),
            new String(start, StandardCharsets.UTF_8));
  }
}
