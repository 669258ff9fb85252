package dev.wsgibridge.codec;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The front's side of FastCGI 1.0: puts records together, in good order or not, and reads what
 * comes back. Texts are ISO-8859-1.
 */
public final class FastCgiFront {

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  /** What was written since the last call. */
  public byte[] bytes() {
    byte[] bytes = written.toByteArray();
    written.reset();
    return bytes;
  }

  /** A whole request of the role RESPONDER. A body needs its CONTENT_LENGTH among the params. */
  public FastCgiFront request(int id, int flags, String body, String... namesAndValues) {
    return begin(id, FastCgiCodec.RESPONDER, flags)
        .params(id, namesAndValues)
        .endParams(id)
        .stdin(id, body)
        .endStdin(id);
  }

  /** A BEGIN_REQUEST. */
  public FastCgiFront begin(int id, int role, int flags) {
    byte[] body = {(byte) (role >>> 8), (byte) role, (byte) flags, 0, 0, 0, 0, 0};
    return record(FastCgiCodec.BEGIN_REQUEST, id, body);
  }

  /** PARAMS of all these, in records as large as may be. */
  public FastCgiFront params(int id, String... namesAndValues) {
    return stream(FastCgiCodec.PARAMS, id, pairs(namesAndValues), 0xFFFF);
  }

  /** The end of PARAMS. */
  public FastCgiFront endParams(int id) {
    return record(FastCgiCodec.PARAMS, id, new byte[0]);
  }

  /** A part of the body; nothing where that is empty. */
  public FastCgiFront stdin(int id, String part) {
    return stream(FastCgiCodec.STDIN, id, part.getBytes(StandardCharsets.ISO_8859_1), 0xFFFF);
  }

  /** The end of STDIN. */
  public FastCgiFront endStdin(int id) {
    return record(FastCgiCodec.STDIN, id, new byte[0]);
  }

  /** An ABORT_REQUEST. */
  public FastCgiFront abort(int id) {
    return record(FastCgiCodec.ABORT_REQUEST, id, new byte[0]);
  }

  /** A GET_VALUES for these names. */
  public FastCgiFront getValues(String... names) {
    String[] namesAndValues = new String[2 * names.length];
    Arrays.fill(namesAndValues, "");
    for (int i = 0; i < names.length; i++) {
      namesAndValues[2 * i] = names[i];
    }
    return record(FastCgiCodec.GET_VALUES, 0, pairs(namesAndValues));
  }

  /** Part of a stream, in records of at most {@code recordBytes}. */
  public FastCgiFront stream(int type, int id, byte[] bytes, int recordBytes) {
    for (int from = 0; from < bytes.length; from += recordBytes) {
      int to = Math.min(bytes.length, from + recordBytes);
      record(type, id, Arrays.copyOfRange(bytes, from, to));
    }
    return this;
  }

  /** Any record, without padding. */
  public FastCgiFront record(int type, int id, byte[] content) {
    return record(type, id, content, 0);
  }

  /** Any record. */
  public FastCgiFront record(int type, int id, byte[] content, int padding) {
    written.write(FastCgiCodec.VERSION);
    written.write(type);
    written.write(id >>> 8);
    written.write(id);
    written.write(content.length >>> 8);
    written.write(content.length);
    written.write(padding);
    written.write(0);
    written.writeBytes(content);
    written.writeBytes(new byte[padding]);
    return this;
  }

  /** Name-value pairs, each length in as few bytes as it needs. */
  public static byte[] pairs(String... namesAndValues) {
    ByteArrayOutputStream pairs = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      writeLength(namesAndValues[i].length(), pairs);
      writeLength(namesAndValues[i + 1].length(), pairs);
      pairs.writeBytes(namesAndValues[i].getBytes(StandardCharsets.ISO_8859_1));
      pairs.writeBytes(namesAndValues[i + 1].getBytes(StandardCharsets.ISO_8859_1));
    }
    return pairs.toByteArray();
  }

  private static void writeLength(int length, ByteArrayOutputStream pairs) {
    if (length > 0x7F) {
      pairs.write(length >>> 24 | 0x80);
      pairs.write(length >>> 16);
      pairs.write(length >>> 8);
    }
    pairs.write(length);
  }

  /** A record that came back, without its padding; its content as text. */
  public record Frame(int type, int id, String content) {}

  /**
   * The next record; null at the end.
   *
   * @throws EOFException the end is within a record
   */
  public static @Nullable Frame read(InputStream input) throws IOException {
    int version = input.read();
    if (version < 0) {
      return null;
    }
    DataInputStream data = new DataInputStream(input);
    int type = data.readUnsignedByte();
    int id = data.readUnsignedShort();
    int length = data.readUnsignedShort();
    int padding = data.readUnsignedByte();
    int reserved = data.readUnsignedByte();
    if (version != FastCgiCodec.VERSION || reserved != 0) {
      throw new IOException(
          "a record of version %d, reserved byte %d".formatted(version, reserved));
    }
    byte[] content = new byte[length];
    data.readFully(content);
    data.skipNBytes(padding);
    return new Frame(type, id, text(content));
  }

  /**
   * What answers a request, whole.
   *
   * @param stdout the CGI head and the body
   * @param closed whether an empty STDOUT record came
   */
  public record Answer(
      String stdout, boolean closed, String stderr, int appStatus, int protocolStatus) {}

  /**
   * Reads until the END_REQUEST of a request, the only one that is open.
   *
   * @throws IOException the connection ended before, or something else came
   */
  public static Answer answer(int id, InputStream input) throws IOException {
    StringBuilder stdout = new StringBuilder();
    StringBuilder stderr = new StringBuilder();
    boolean closed = false;
    while (true) {
      Frame frame = read(input);
      if (frame == null) {
        throw new EOFException("no END_REQUEST, after %d bytes".formatted(stdout.length()));
      }
      if (frame.id() != id || (closed && frame.type() == FastCgiCodec.STDOUT)) {
        throw new IOException("a record of type %d, id %d".formatted(frame.type(), frame.id()));
      }
      switch (frame.type()) {
        case FastCgiCodec.STDOUT -> {
          stdout.append(frame.content());
          closed = frame.content().isEmpty();
        }
        case FastCgiCodec.STDERR -> stderr.append(frame.content());
        case FastCgiCodec.END_REQUEST -> {
          ByteBuffer body = ByteBuffer.wrap(frame.content().getBytes(StandardCharsets.ISO_8859_1));
          return new Answer(
              stdout.toString(), closed, stderr.toString(), body.getInt(), body.get() & 0xFF);
        }
        default -> throw new IOException("a record of type " + frame.type());
      }
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
