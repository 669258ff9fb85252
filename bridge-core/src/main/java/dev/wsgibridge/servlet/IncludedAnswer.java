package dev.wsgibridge.servlet;

import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes a body into the page that includes it: status and headers, flushing and closing are the
 * page's own (Servlet 6.0, 9.3). Where the page writes text, as a JSP does, so does this.
 */
final class IncludedAnswer implements Gateway.Response {

  private static final String CHARSET = "charset=";

  private final HttpServletResponse response;
  private Charset charset = StandardCharsets.UTF_8;
  private @Nullable OutputStream out;
  private @Nullable Text text;

  /** The beginning of a character, whose rest comes with the next block. */
  private byte[] held = {};

  IncludedAnswer(HttpServletResponse response) {
    this.response = response;
  }

  /** Only tells what text the bytes are. */
  @Override
  public void head(int status, String reason, List<Header> headers) {
    for (Header header : headers) {
      if (header.name().equalsIgnoreCase("Content-Type")) {
        charset = charset(header.value());
      }
    }
  }

  private static Charset charset(String contentType) {
    int at = contentType.toLowerCase(Locale.ROOT).indexOf(CHARSET);
    String name = at < 0 ? "" : contentType.substring(at + CHARSET.length()).split("[; ]", 2)[0];
    try {
      return name.isEmpty() ? StandardCharsets.UTF_8 : Charset.forName(name.replace("\"", ""));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return StandardCharsets.UTF_8;
    }
  }

  @Override
  public void write(byte[] block, int offset, int length) throws IOException {
    if (out == null && text == null) {
      try {
        out = response.getOutputStream();
      } catch (IllegalStateException e) {
        text = new Text(response.getWriter(), charset);
      }
    }
    if (out != null) {
      // Jetty's may be a writer underneath, which makes text of each block by itself.
      byte[] bytes = Arrays.copyOf(held, held.length + length);
      System.arraycopy(block, offset, bytes, held.length, length);
      int whole = bytes.length - parted(bytes);
      out.write(bytes, 0, whole);
      held = Arrays.copyOfRange(bytes, whole, bytes.length);
    } else if (text != null) {
      text.write(ByteBuffer.wrap(block, offset, length));
    }
  }

  /** How many bytes at the end begin a character of UTF-8 that goes on behind them. */
  private static int parted(byte[] bytes) {
    for (int back = 1; back <= Math.min(3, bytes.length); back++) {
      int octet = bytes[bytes.length - back] & 0xFF;
      if (octet < 0x80) {
        return 0;
      }
      if (octet >= 0xC0) {
        int size = octet >= 0xF0 ? 4 : octet >= 0xE0 ? 3 : 2;
        return back < size ? back : 0;
      }
    }
    return 0;
  }

  @Override
  public void flush() {}

  @Override
  public void end() throws IOException {
    if (out != null) {
      out.write(held);
    }
    if (text != null) {
      text.end();
    }
  }

  /** Bytes as text, whose characters may be parted between blocks. */
  private static final class Text {

    private final Writer writer;
    private final CharsetDecoder decoder;
    private ByteBuffer parted = ByteBuffer.allocate(0);

    Text(Writer writer, Charset charset) {
      this.writer = writer;
      this.decoder =
          charset
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPLACE)
              .onUnmappableCharacter(CodingErrorAction.REPLACE);
    }

    void write(ByteBuffer block) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(parted.remaining() + block.remaining());
      decode(bytes.put(parted).put(block).flip(), false);
      parted = bytes;
    }

    void end() throws IOException {
      decode(parted, true);
    }

    private void decode(ByteBuffer bytes, boolean end) throws IOException {
      int most = (int) Math.ceil(decoder.maxCharsPerByte() * bytes.remaining()) + 2;
      CharBuffer text = CharBuffer.allocate(most);
      decoder.decode(bytes, text, end);
      if (end) {
        decoder.flush(text);
      }
      writer.append(text.flip());
    }
  }
}
