package dev.wsgibridge.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.WsgiServer;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.Servlet;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The embedded Jetty with all that belongs to it, asked over a socket, one request after the other.
 * The client allocates nothing: {@code bare} tells what Jetty itself takes for a servlet. Time is
 * that of a round trip, most of it the kernel's.
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // by start()
public class ServerBenchmark {

  /** What is asked for how. */
  @Param({"bare", "wsgi", "fcgi"})
  public String server;

  /** What is asked for. */
  @Param({"hello", "headers", "large"})
  public String row;

  private final ByteBuffer received = ByteBuffer.allocateDirect(256 * 1024);
  private ByteBuffer request;
  private int answerBytes;
  private WsgiServer jetty;
  private SocketChannel client;

  /** Starts the server, and learns how long an answer is. */
  @Setup
  public void start() throws Exception {
    boolean fastCgi = server.equals("fcgi");
    Path socket = Files.createTempDirectory("jmh").resolve("s");
    String bind = fastCgi ? "fcgi+unix://" + socket : "http://127.0.0.1:0";
    jetty = WsgiServer.open(WsgiServer.Options.at(Bind.parse(bind)));
    Servlet servlet =
        server.equals("bare") ? new Applications.Bare() : new WsgiServlet(Applications.HELLO);
    jetty.start(servlet);
    SocketAddress address =
        fastCgi
            ? UnixDomainSocketAddress.of(socket)
            : new InetSocketAddress(
                InetAddress.getLoopbackAddress(),
                ((Bind.Tcp) jetty.addresses().get(0).address()).port());
    client = SocketChannel.open(address);
    String path = row.equals("large") ? Applications.LARGE : "/";
    int headers = row.equals("headers") ? 40 : 5;
    byte[] bytes =
        fastCgi ? Requests.fastCgi(Requests.nginx(path, headers)) : Requests.http(path, headers);
    request = ByteBuffer.allocateDirect(bytes.length).put(bytes);
    answerBytes = learn();
  }

  /** All that comes until nothing comes any more. */
  private int learn() throws Exception {
    client.write(request.rewind());
    received.clear();
    client.configureBlocking(false);
    int before = -1;
    while (received.position() == 0 || received.position() > before) {
      before = received.position();
      Thread.sleep(200);
      while (client.read(received) > 0) {}
    }
    client.configureBlocking(true);
    String answer = ISO_8859_1.decode(received.duplicate().flip()).toString();
    if (!answer.contains(" 200 OK") || (!answer.contains("Hello") && !row.equals("large"))) {
      throw new IllegalStateException("found this answer, expected 200 OK: " + answer);
    }
    return received.position();
  }

  /** There and back. */
  @Benchmark
  public int roundTrip() throws IOException {
    request.rewind();
    while (request.hasRemaining()) {
      client.write(request);
    }
    received.clear();
    while (received.position() < answerBytes) {
      if (client.read(received) < 0) {
        throw new EOFException("the server has closed the connection");
      }
    }
    return received.position();
  }

  /** Ends it. */
  @TearDown
  public void stop() throws IOException {
    client.close();
    jetty.close();
  }
}
