package dev.wsgibridge.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The front's side of AJP 1.3: writes requests and body packets, reads what answers them. */
public final class AjpFront {

  /** Of its packets, and of those it takes. */
  private static final int PACKET_BYTES = 8192;

  private AjpFront() {}

  /** A FORWARD_REQUEST, written field by field. */
  public static final class Forward {

    private final ByteArrayOutputStream start = new ByteArrayOutputStream();
    private final ByteArrayOutputStream headers = new ByteArrayOutputStream();
    private final ByteArrayOutputStream attributes = new ByteArrayOutputStream();
    private int count;

    private Forward(int method, @Nullable String uri, boolean ssl) {
      start.write(2);
      start.write(method);
      putString(start, "HTTP/1.1");
      putString(start, uri);
      putString(start, "192.0.2.7");
      putString(start, null);
      putString(start, "front.example");
      putShort(start, 8080);
      start.write(ssl ? 1 : 0);
    }

    /** Adds a header by its code, such as 0xA00B. */
    public Forward header(int code, @Nullable String value) {
      putShort(headers, code);
      putString(headers, value);
      count++;
      return this;
    }

    /** Adds a header by its name. */
    public Forward header(String name, @Nullable String value) {
      putString(headers, name);
      putString(headers, value);
      count++;
      return this;
    }

    /** Adds an attribute of the codes 1 to 9, 12 or 13. */
    public Forward attribute(int code, @Nullable String value) {
      attributes.write(code);
      putString(attributes, value);
      return this;
    }

    /** Adds a req_attribute. */
    public Forward attribute(String name, @Nullable String value) {
      attributes.write(10);
      putString(attributes, name);
      putString(attributes, value);
      return this;
    }

    /** Adds a ssl_key_size. */
    public Forward keySize(int bits) {
      attributes.write(11);
      putShort(attributes, bits);
      return this;
    }

    /** Adds anything. */
    public Forward raw(byte... bytes) {
      attributes.writeBytes(bytes);
      return this;
    }

    /** All of it, with the packet's header. */
    public byte[] packet() {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.writeBytes(start.toByteArray());
      putShort(all, count);
      all.writeBytes(headers.toByteArray());
      all.writeBytes(attributes.toByteArray());
      all.write(255);
      return AjpFront.packet(all.toByteArray());
    }
  }

  /** A GET. */
  public static Forward get(@Nullable String uri) {
    return forward(2, uri);
  }

  /** A POST. */
  public static Forward post(String uri) {
    return forward(4, uri);
  }

  /** With the code of a method. */
  public static Forward forward(int method, @Nullable String uri) {
    return new Forward(method, uri, false);
  }

  /** A GET over TLS. */
  public static Forward secure(String uri) {
    return new Forward(2, uri, true);
  }

  /** A packet with any payload. */
  public static byte[] packet(byte... payload) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    putShort(all, 0x1234);
    putShort(all, payload.length);
    all.writeBytes(payload);
    return all.toByteArray();
  }

  /** A part of a body; an empty one as mod_proxy_ajp writes it. */
  public static byte[] body(byte... bytes) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    putShort(all, bytes.length);
    all.writeBytes(bytes);
    return packet(all.toByteArray());
  }

  /** A part of a body. */
  public static byte[] body(String text) {
    return body(text.getBytes(ISO_8859_1));
  }

  /** A CPING. */
  public static byte[] cping() {
    return packet((byte) 10);
  }

  private static void putShort(ByteArrayOutputStream to, int number) {
    to.write(number >>> 8);
    to.write(number);
  }

  private static void putString(ByteArrayOutputStream to, @Nullable String text) {
    if (text == null) {
      putShort(to, 0xFFFF);
      return;
    }
    putShort(to, text.length());
    to.writeBytes(text.getBytes(ISO_8859_1));
    to.write(0);
  }

  // ------------------------------------------------------------ reading

  /** What came, each packet as text: {@code SEND_BODY_CHUNK hello}. */
  public static List<String> packets(byte[] bytes) {
    List<String> packets = new ArrayList<>();
    for (ByteBuffer all = ByteBuffer.wrap(bytes); all.hasRemaining(); ) {
      packets.add(text(payload(all)));
    }
    return packets;
  }

  private static ByteBuffer payload(ByteBuffer all) {
    int magic = all.getShort();
    if (magic != ('A' << 8 | 'B')) {
      throw new IllegalStateException("no AJP: " + Integer.toHexString(magic));
    }
    int length = Short.toUnsignedInt(all.getShort());
    if (length > PACKET_BYTES - 4) {
      throw new IllegalStateException("a packet too large: " + length);
    }
    ByteBuffer payload = all.slice(all.position(), length);
    all.position(all.position() + length);
    return payload;
  }

  private static String text(ByteBuffer payload) {
    int type = payload.get();
    String text =
        switch (type) {
          case 3 -> "SEND_BODY_CHUNK " + string(payload);
          case 4 -> {
            StringBuilder head = new StringBuilder("SEND_HEADERS ");
            head.append(payload.getShort()).append(' ').append(string(payload));
            for (int i = payload.getShort(); i > 0; i--) {
              int code = Short.toUnsignedInt(payload.getShort(payload.position()));
              if (code > 0xA000) {
                payload.getShort();
                head.append(", ").append(RESPONSE_HEADERS.get(code - 0xA001));
              } else {
                head.append(", ").append(string(payload));
              }
              head.append('=').append(string(payload));
            }
            yield head.toString();
          }
          case 5 -> "END_RESPONSE " + payload.get();
          case 6 -> "GET_BODY_CHUNK " + payload.getShort();
          case 9 -> "CPONG";
          default -> throw new IllegalStateException("no type of a packet: " + type);
        };
    if (payload.hasRemaining()) {
      throw new IllegalStateException(payload.remaining() + " bytes behind " + text);
    }
    return text;
  }

  private static final List<String> RESPONSE_HEADERS =
      List.of(
          "Content-Type",
          "Content-Language",
          "Content-Length",
          "Date",
          "Last-Modified",
          "Location",
          "Set-Cookie",
          "Set-Cookie2",
          "Servlet-Engine",
          "Status",
          "WWW-Authenticate");

  private static String string(ByteBuffer payload) {
    byte[] bytes = new byte[Short.toUnsignedInt(payload.getShort())];
    payload.get(bytes);
    if (payload.get() != 0) {
      throw new IllegalStateException("no NUL behind a string");
    }
    return new String(bytes, ISO_8859_1);
  }

  // ------------------------------------------------------------ a whole exchange

  /**
   * What a server answered.
   *
   * @param head as {@link #packets} has it
   */
  public record Answer(String head, String body, boolean reused) {}

  /**
   * Sends a request and its body as fronts do, and reads the answer.
   *
   * @param length whether the request told its body's length, so that the first packet goes unasked
   */
  public static Answer exchange(
      DataInputStream in, OutputStream out, byte[] request, byte[] body, boolean length)
      throws IOException {
    ByteBuffer left = ByteBuffer.wrap(body);
    out.write(request);
    if (length && left.hasRemaining()) {
      out.write(part(left, PACKET_BYTES - 6));
    }
    out.flush();
    String head = "";
    StringBuilder content = new StringBuilder();
    while (true) {
      byte[] packet = new byte[4 + (in.readInt() & 0xFFFF)];
      System.arraycopy(new byte[] {'A', 'B'}, 0, packet, 0, 2);
      packet[2] = (byte) ((packet.length - 4) >>> 8);
      packet[3] = (byte) (packet.length - 4);
      in.readFully(packet, 4, packet.length - 4);
      String text = packets(packet).get(0);
      String rest = text.substring(text.indexOf(' ') + 1);
      if (text.startsWith("SEND_HEADERS")) {
        head = rest;
      } else if (text.startsWith("SEND_BODY_CHUNK")) {
        content.append(rest);
      } else if (text.startsWith("GET_BODY_CHUNK")) {
        out.write(part(left, Math.min(Integer.parseInt(rest), PACKET_BYTES - 6)));
        out.flush();
      } else {
        return new Answer(head, content.toString(), rest.equals("1"));
      }
    }
  }

  private static byte[] part(ByteBuffer left, int most) {
    byte[] part = new byte[Math.min(left.remaining(), most)];
    left.get(part);
    return body(part);
  }
}
