package dev.wsgibridge.contract.http;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server. It sends exactly what it is given, half messages and several at once
 * too, and reads one response after the other.
 */
public final class HttpConnection implements Closeable {

  /** How long the server may be silent before the test fails, by itself after 90 seconds. */
  private static final int PATIENCE_MILLIS = 80_000;

  private final Socket socket;
  private final InputStream in;

  private HttpConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /** Connects. */
  public static HttpConnection open(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(address, PATIENCE_MILLIS);
    return new HttpConnection(socket);
  }

  /** Sends these characters, each of them one byte. */
  public HttpConnection send(String latin1) throws IOException {
    return send(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends these bytes. */
  public HttpConnection send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** Sends a request in one go. */
  public HttpConnection send(Request request) throws IOException {
    return send(request.bytes());
  }

  /** Nothing more will be sent; the server's answers can still be read. */
  public HttpConnection halfClose() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Leaves as a browser's stop button does: with a reset, whatever is still under way. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** The next head, an interim one too; its body is read from the {@link Response}. */
  public Response nextHead(String method) throws IOException {
    String line = line();
    String[] parts = line.split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.")) {
      throw new IOException("expected a status line, found: " + line);
    }
    List<Response.Field> fields = new ArrayList<>();
    for (String field = line(); !field.isEmpty(); field = line()) {
      int colon = field.indexOf(':');
      if (colon < 1) {
        throw new IOException("expected a header, found: " + field);
      }
      fields.add(new Response.Field(field.substring(0, colon), field.substring(colon + 1).strip()));
    }
    return new Response(
        parts[0], Integer.parseInt(parts[1]), parts.length > 2 ? parts[2] : "", fields, method, in);
  }

  /** The next head, or null where the server ends the connection instead. */
  public @Nullable Response nextOrEnd(String method) throws IOException {
    in.mark(1);
    if (isClosedByServer()) {
      return null;
    }
    in.reset();
    return nextHead(method);
  }

  /** The next final response, interim ones passed over; its body is still to be read. */
  public Response next(String method) throws IOException {
    Response response = nextHead(method);
    while (response.status() < 200 && response.status() != 101) {
      response = nextHead(method);
    }
    return response;
  }

  /** The next final response with all of its body. */
  public Response whole(String method) throws IOException {
    Response response = next(method);
    response.rest();
    return response;
  }

  /** Sends a request and reads the whole of its response. */
  public Response ask(Request request) throws IOException {
    send(request);
    return whole(request.method());
  }

  /** Whether the server has nothing more to say: waits for its end of the connection. */
  public boolean isClosedByServer() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private String line() throws IOException {
    return line(in);
  }

  /** A line without its CR LF; a bare LF is no line's end here. */
  static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the connection ended after \"" + line + "\"");
      }
      if (next == '\n' && line.length() > 0 && line.charAt(line.length() - 1) == '\r') {
        line.setLength(line.length() - 1);
        return line.toString();
      }
      line.append((char) next);
    }
  }
}
