package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.CgiParams.Trust;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import dev.wsgibridge.codec.FastCgiFront;
import dev.wsgibridge.codec.FastCgiFront.Answer;
import dev.wsgibridge.codec.FastCgiFront.Frame;
import dev.wsgibridge.codec.Limits;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * FastCGI, from a front's bytes to a servlet's getters and back. What Jetty's own FastCGI server
 * does otherwise has a test each.
 */
@Timeout(60)
class FastCgiConnectionTest {

  private static final int RESPONDER = 1;
  private static final int AUTHORIZER = 2;
  private static final int KEEP = 1;
  private static final int CLOSE = 0;

  private static final int END_REQUEST = 3;
  private static final int STDOUT = 6;

  private final List<AutoCloseable> open = new ArrayList<>();
  private int port;

  @AfterEach
  void stop() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  // ------------------------------------------------------------ a server and a front

  private void serve(Application application) throws Exception {
    serve(application, GatewayOptions.DEFAULT);
  }

  private void serve(Application application, GatewayOptions options) throws Exception {
    serve(new WsgiServlet(application), options);
  }

  private void serve(Servlet servlet, GatewayOptions options) throws Exception {
    Server server = new Server();
    HttpConfiguration http = new HttpConfiguration();
    http.setUriCompliance(UriCompliance.UNSAFE);
    ServerConnector connector =
        new ServerConnector(
            server, 1, 1, new GatewayConnectionFactory(GatewayProtocol.FCGI, http, options));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.getServletHandler().setDecodeAmbiguousURIs(true);
    context.addServlet(new ServletHolder(servlet), "/*");
    server.setHandler(context);
    server.start();
    open.add(server::stop);
    port = connector.getLocalPort();
  }

  /** A connection of a front. */
  private final class Front implements AutoCloseable {

    final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    final FastCgiFront records = new FastCgiFront();

    Front() throws IOException {
      open.add(this);
    }

    void send() throws IOException {
      socket.getOutputStream().write(records.bytes());
      socket.getOutputStream().flush();
    }

    Answer ask(int id, int flags, String body, String... params) throws IOException {
      records.request(id, flags, body, params);
      send();
      return FastCgiFront.answer(id, socket.getInputStream());
    }

    Answer answer(int id) throws IOException {
      return FastCgiFront.answer(id, socket.getInputStream());
    }

    Frame frame() throws IOException {
      Frame frame = FastCgiFront.read(socket.getInputStream());
      if (frame == null) {
        throw new EOFException("the connection has ended, expected a record");
      }
      return frame;
    }

    /** The next record; null at the end, an orderly one or a reset. */
    @Nullable Frame next() {
      try {
        return FastCgiFront.read(socket.getInputStream());
      } catch (IOException e) {
        return null;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static String[] get(String uri, String... more) {
    return method("GET", uri, more);
  }

  private static String[] method(String method, String uri, String... more) {
    List<String> params =
        new ArrayList<>(
            List.of("REQUEST_METHOD", method, "REQUEST_URI", uri, "SERVER_PROTOCOL", "HTTP/1.1"));
    params.addAll(List.of(more));
    return params.toArray(String[]::new);
  }

  private static String body(Answer answer) {
    return answer.stdout().substring(answer.stdout().indexOf("\r\n\r\n") + 4);
  }

  private static Body ok(StartResponse startResponse, String text) {
    startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
    return Body.of(text.getBytes(ISO_8859_1));
  }

  /** Answers with the environ's strings, a line each. */
  private static Body echo(Environ environ, StartResponse startResponse) {
    StringBuilder lines = new StringBuilder();
    new TreeMap<>(environ)
        .forEach(
            (key, value) -> {
              if (value instanceof String) {
                lines.append(key).append('=').append(value).append('\n');
              }
            });
    return ok(startResponse, lines.toString());
  }

  // ------------------------------------------------------------ what the stock connector fails

  @Test
  void paramOf40000Bytes() throws Exception {
    serve(FastCgiConnectionTest::echo);
    String large = "x".repeat(7_230) + "\u0005\u0001HTTPSon" + "y".repeat(32_761);

    Answer answer = new Front().ask(1, KEEP, "", get("/", "HTTP_X_LARGE", large, "LAST", "1"));

    assertThat(body(answer)).contains("HTTP_X_LARGE=" + large + "\n", "\nLAST=1\n");
    assertThat(body(answer)).contains("wsgi.url_scheme=http\n");
  }

  @Test
  void paramOverTwoRecords() throws Exception {
    serve(FastCgiConnectionTest::echo);
    Front front = new Front();
    byte[] pairs = FastCgiFront.pairs(get("/split", "X_SPLIT", "in the middle"));
    front.records.begin(1, RESPONDER, KEEP);
    front.records.record(4, 1, Arrays.copyOf(pairs, pairs.length - 5), 3);
    front.records.record(4, 1, Arrays.copyOfRange(pairs, pairs.length - 5, pairs.length));
    front.records.endParams(1).endStdin(1);
    front.send();

    assertThat(body(front.answer(1))).contains("X_SPLIT=in the middle\n", "PATH_INFO=/split\n");
  }

  @Test
  void bytesAreLatin1BothWays() throws Exception {
    serve(
        (environ, startResponse) -> {
          startResponse.start(
              "200 OK", List.of(new Header("X-Back", String.valueOf(environ.header("X-Raw")))));
          return Body.of("");
        });

    Answer answer = new Front().ask(1, KEEP, "", get("/", "HTTP_X_RAW", "caf\u00e9"));

    assertThat(answer.stdout()).contains("\r\nX-Back: caf\u00e9\r\n");
  }

  @Test
  void connectionIsClosedUnlessTheFrontKeepsIt() throws Exception {
    serve(FastCgiConnectionTest::echo);
    Front closed = new Front();
    Front kept = new Front();

    assertThat(closed.ask(1, CLOSE, "", get("/")).closed()).isTrue();
    assertThat(closed.next()).isNull();
    for (int i = 0; i < 3; i++) {
      assertThat(body(kept.ask(1, KEEP, "", get("/" + i)))).contains("PATH_INFO=/" + i);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/a%25b, /a%b",
    "/a%3Fb?c, /a?b",
    "/a%20b, /a b",
    "/a b, /a b",
    "/caf%C3%A9, /caf\u00c3\u00a9",
    "/caf\u00c3\u00a9, /caf\u00c3\u00a9",
    "/caf\u00e9, /caf\u00e9",
    "/caf%E9, /caf\u00e9",
    "/a%2Fb//c;p=1, /a/b//c;p=1",
    "http://example.test/a, /a"
  })
  void pathIsTheRequestsAndExact(String uri, String pathInfo) throws Exception {
    serve(FastCgiConnectionTest::echo);

    Answer answer = new Front().ask(1, KEEP, "", get(uri));

    assertThat(body(answer)).contains("\nPATH_INFO=" + pathInfo + "\n");
  }

  @Test
  void getValuesUnknownTypesAndUnknownRoles() throws Exception {
    serve(FastCgiConnectionTest::echo);
    Front front = new Front();
    front.records.getValues("FCGI_MPXS_CONNS", "MY_OWN");
    front.records.record(99, 0, new byte[3]);
    front.records.begin(5, 3, KEEP).params(5, get("/")).endParams(5);
    front.send();

    assertThat(front.frame().content()).isEqualTo("\u000f\u0001FCGI_MPXS_CONNS1");
    assertThat(front.frame()).isEqualTo(new Frame(11, 0, "c\0\0\0\0\0\0\0"));
    Frame end = front.frame();
    assertThat(end.type()).isEqualTo(END_REQUEST);
    assertThat(end.content().charAt(4)).isEqualTo((char) 3);
    assertThat(body(front.ask(1, KEEP, "", get("/on")))).contains("PATH_INFO=/on");
  }

  @Test
  void authorizer() throws Exception {
    serve(FastCgiConnectionTest::echo);
    Front front = new Front();
    front.records.begin(1, AUTHORIZER, KEEP).params(1, get("/guarded")).endParams(1);
    front.send();

    assertThat(body(front.answer(1))).contains("FCGI_ROLE=AUTHORIZER", "PATH_INFO=/guarded");
  }

  @ParameterizedTest
  @CsvSource({"off, false", "'', false", "on, true", "1, true"})
  void httpsOffIsNotSecure(String https, boolean secure) throws Exception {
    serve(
        servlet((request, response) -> response.getWriter().print(request.isSecure())),
        GatewayOptions.DEFAULT);

    assertThat(body(new Front().ask(1, KEEP, "", get("/", "HTTPS", https))))
        .isEqualTo(Boolean.toString(secure));
  }

  @Test
  void servletsGettersTellOfTheClientsRequest() throws Exception {
    serve(
        servlet(
            (request, response) ->
                response
                    .getWriter()
                    .print(
                        String.join(
                            " ",
                            request.getMethod(),
                            request.getRequestURL(),
                            request.getQueryString(),
                            request.getProtocol(),
                            request.getScheme(),
                            request.getServerName(),
                            Integer.toString(request.getServerPort()),
                            request.getRemoteAddr(),
                            Integer.toString(request.getRemotePort()),
                            request.getContentType(),
                            Integer.toString(request.getContentLength()),
                            request.getHeader("X-Own"),
                            String.valueOf(request.getHeader("Proxy")),
                            new String(request.getInputStream().readAllBytes(), ISO_8859_1)))),
        GatewayOptions.DEFAULT);

    Answer answer =
        new Front()
            .ask(
                1,
                KEEP,
                "12345",
                method(
                    "POST",
                    "/a%20b?q=1",
                    "CONTENT_TYPE",
                    "text/x",
                    "CONTENT_LENGTH",
                    "5",
                    "SERVER_NAME",
                    "example.test",
                    "SERVER_PORT",
                    "8443",
                    "HTTPS",
                    "on",
                    "REMOTE_ADDR",
                    "192.0.2.1",
                    "REMOTE_PORT",
                    "4321",
                    "HTTP_HOST",
                    "alias.test:8443",
                    "HTTP_X_OWN",
                    "mine",
                    "HTTP_PROXY",
                    "http://evil.test"));

    assertThat(body(answer))
        .isEqualTo(
            "POST https://example.test:8443/a%20b q=1 HTTP/1.1 https example.test 8443 192.0.2.1 4321 text/x 5 mine null 12345");
  }

  @Test
  void requestsAtOnceOnOneConnection() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    serve(
        (environ, startResponse) -> {
          if (environ.pathInfo().equals("/waits")) {
            released.await();
          } else {
            released.countDown();
          }
          return ok(startResponse, environ.pathInfo());
        });
    Front front = new Front();
    front.records.begin(1, RESPONDER, KEEP).begin(7, RESPONDER, KEEP);
    front.records.params(7, get("/overtakes")).params(1, get("/waits"));
    front.records.endParams(1).endParams(7).endStdin(1).endStdin(7);
    front.send();

    List<Frame> frames = new ArrayList<>();
    while (frames.stream().filter(frame -> frame.type() == END_REQUEST).count() < 2) {
      frames.add(front.frame());
    }
    assertThat(stdout(frames, 1)).endsWith("\r\n\r\n/waits");
    assertThat(stdout(frames, 7)).endsWith("\r\n\r\n/overtakes");
  }

  private static String stdout(List<Frame> frames, int id) {
    StringBuilder all = new StringBuilder();
    for (Frame frame : frames) {
      if (frame.id() == id && frame.type() == STDOUT) {
        all.append(frame.content());
      }
    }
    return all.toString();
  }

  @Test
  void aHundredAtOnce() throws Exception {
    CyclicBarrier all = new CyclicBarrier(100);
    serve(
        (environ, startResponse) -> {
          all.await();
          return ok(startResponse, environ.pathInfo());
        });
    Front front = new Front();
    for (int id = 1; id <= 100; id++) {
      front.records.request(id, KEEP, "", get("/" + id));
    }
    front.send();

    List<Frame> frames = new ArrayList<>();
    while (frames.stream().filter(frame -> frame.type() == END_REQUEST).count() < 100) {
      frames.add(front.frame());
    }
    for (int id = 1; id <= 100; id++) {
      assertThat(stdout(frames, id)).endsWith("\r\n\r\n/" + id);
    }
  }

  // ------------------------------------------------------------ bodies

  @Test
  void abortEndsTheNextReadAndTheConnectionLivesOn() throws Exception {
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    serve(
        (environ, startResponse) -> {
          if (environ.method().equals("POST")) {
            try {
              environ.input().readAllBytes();
            } catch (IOException e) {
              told.complete(e);
              throw e;
            }
          }
          return ok(startResponse, "alive");
        });
    Front front = new Front();
    front.records.begin(1, RESPONDER, KEEP).params(1, method("POST", "/")).endParams(1);
    front.records.stdin(1, "begun");
    front.send();
    front.records.abort(1);
    front.send();

    assertThat(told.get()).isInstanceOf(IOException.class);
    Frame frame = front.frame();
    while (frame.type() != END_REQUEST) {
      frame = front.frame();
    }
    assertThat(frame.id()).isEqualTo(1);
    assertThat(body(front.ask(1, KEEP, "", get("/")))).isEqualTo("alive");
  }

  @Test
  void abortEndsTheNextWrite() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<String> closed = new CompletableFuture<>();
    serve(
        (environ, startResponse) -> {
          startResponse.start("200 OK", List.of());
          return endless(begun, closed);
        });
    Front front = new Front();
    front.records.request(1, KEEP, "", get("/"));
    front.send();
    front.frame();
    begun.countDown();
    front.records.abort(1);
    front.send();

    Frame frame = front.frame();
    while (frame.type() != END_REQUEST) {
      frame = front.frame();
    }
    assertThat(closed.get()).isEqualTo("closed");
  }

  private static Body endless(CountDownLatch begun, CompletableFuture<String> closed) {
    return new Body() {
      @Override
      public Iterator<byte[]> iterator() {
        return new Iterator<>() {
          private boolean first = true;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public byte[] next() {
            if (!first) {
              try {
                begun.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
            first = false;
            return new byte[10_000];
          }
        };
      }

      @Override
      public void close() {
        closed.complete("closed");
      }
    };
  }

  @Test
  void uploadsArePushedBack() throws Exception {
    CountDownLatch reads = new CountDownLatch(1);
    serve(
        (environ, startResponse) -> {
          reads.await();
          long sum = 0;
          byte[] block = new byte[8192];
          for (int n = environ.input().read(block); n > 0; n = environ.input().read(block)) {
            for (int i = 0; i < n; i++) {
              sum += block[i];
            }
          }
          return ok(startResponse, Long.toString(sum));
        });
    byte[] part = new byte[60_000];
    Arrays.fill(part, (byte) 1);
    FastCgiFront records = new FastCgiFront();
    records.begin(1, RESPONDER, KEEP).params(1, method("POST", "/")).endParams(1);
    byte[] head = records.bytes();
    byte[] record = records.stream(5, 1, part, 65_000).bytes();
    try (SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      channel.write(ByteBuffer.wrap(head));
      channel.configureBlocking(false);
      long sent = 0;
      int idle = 0;
      ByteBuffer rest = ByteBuffer.wrap(record);
      // Until the socket has taken nothing for a while: the kernel's buffers and ours are full.
      while (idle < 50) {
        int taken = channel.write(rest);
        sent += taken;
        if (taken == 0) {
          idle++;
          LockSupport.parkNanos(2_000_000);
        } else {
          idle = 0;
        }
        if (!rest.hasRemaining()) {
          rest.rewind();
        }
        assertThat(sent).as("taken without being read").isLessThan(64_000_000);
      }
      reads.countDown();
      channel.configureBlocking(true);
      while (rest.hasRemaining()) {
        sent += channel.write(rest);
      }
      channel.write(ByteBuffer.wrap(records.endStdin(1).bytes()));
      long body = sent / record.length * part.length;
      assertThat(body(FastCgiFront.answer(1, channel.socket().getInputStream())))
          .isEqualTo(Long.toString(body));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void unreadBodyNeitherBlocksNorPoisons(boolean lengthTold) throws Exception {
    serve((environ, startResponse) -> ok(startResponse, environ.pathInfo()));
    Front front = new Front();
    String body = "b".repeat(3_000_000);
    String[] params =
        lengthTold
            ? method("POST", "/unread", "CONTENT_LENGTH", "3000000")
            : method("POST", "/unread");
    for (int i = 0; i < 3; i++) {
      assertThat(body(front.ask(1, KEEP, body, params))).isEqualTo("/unread");
      assertThat(body(front.ask(1, KEEP, "", get("/next")))).isEqualTo("/next");
    }
    Answer last = front.ask(1, CLOSE, body, params);
    assertThat(body(last)).isEqualTo("/unread");
    assertThat(front.next()).isNull();
  }

  @Test
  void lengthOfMinusOneIsUnknown() throws Exception {
    serve(
        (environ, startResponse) ->
            ok(
                startResponse,
                environ.get("CONTENT_LENGTH")
                    + " "
                    + new String(environ.input().readAllBytes(), ISO_8859_1)));
    try (Front front = new Front()) {
      assertThat(body(front.ask(1, KEEP, "body", method("POST", "/", "CONTENT_LENGTH", "-1"))))
          .isEqualTo("null body");
    }
  }

  @Test
  void sameLengthTwiceIsServed() throws Exception {
    serve(
        (environ, startResponse) ->
            ok(startResponse, new String(environ.input().readAllBytes(), ISO_8859_1)));
    try (Front front = new Front()) {
      String[] params = method("POST", "/", "CONTENT_LENGTH", "4", "CONTENT_LENGTH", "4");
      assertThat(body(front.ask(1, KEEP, "body", params))).isEqualTo("body");
    }
  }

  @Test
  void lateStdinIsHarmless() throws Exception {
    serve((environ, startResponse) -> ok(startResponse, environ.pathInfo()));
    Front front = new Front();
    front.records.begin(1, RESPONDER, KEEP).params(1, method("POST", "/early")).endParams(1);
    front.send();
    assertThat(body(front.answer(1))).isEqualTo("/early");
    front.records.stdin(1, "late").endStdin(1).endStdin(1).abort(1);

    assertThat(body(front.ask(1, KEEP, "", get("/next")))).isEqualTo("/next");
  }

  @Test
  void expectNeverBecomesAHead() throws Exception {
    serve(
        (environ, startResponse) ->
            ok(startResponse, new String(environ.input().readAllBytes(), ISO_8859_1)));
    Front front = new Front();
    front
        .records
        .begin(1, RESPONDER, KEEP)
        .params(1, method("POST", "/", "HTTP_EXPECT", "100-continue", "CONTENT_LENGTH", "3"))
        .endParams(1);
    front.send();
    front.records.stdin(1, "abc").endStdin(1);
    front.send();

    Answer answer = front.answer(1);
    assertThat(answer.stdout()).startsWith("Status: 200 OK\r\n").endsWith("\r\n\r\nabc");
  }

  @Test
  void frontThatEndsItsSideGetsItsAnswer() throws Exception {
    serve((environ, startResponse) -> ok(startResponse, "whole"));
    Front front = new Front();
    front.records.request(1, KEEP, "", get("/"));
    front.send();
    front.socket.shutdownOutput();

    assertThat(body(front.answer(1))).isEqualTo("whole");
    assertThat(front.next()).isNull();
  }

  @Test
  void frontThatLeavesAmidAnUploadFailsTheRead() throws Exception {
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    serve(
        (environ, startResponse) -> {
          try {
            environ.input().readAllBytes();
          } catch (IOException e) {
            told.complete(e);
            throw e;
          }
          return ok(startResponse, "");
        });
    Front front = new Front();
    front.records.begin(1, RESPONDER, KEEP).params(1, method("POST", "/")).endParams(1);
    front.records.stdin(1, "begun");
    front.send();
    front.close();

    assertThat(told.get()).isInstanceOf(IOException.class);
  }

  // ------------------------------------------------------------ answers

  @Test
  void headOfMoreThan64Kilobytes() throws Exception {
    String value = "v".repeat(50_000);
    serve(
        (environ, startResponse) -> {
          startResponse.start(
              "200 OK", List.of(new Header("X-One", value), new Header("X-Two", value)));
          return Body.of("body");
        });

    Answer answer = new Front().ask(1, KEEP, "", get("/"));

    assertThat(answer.stdout())
        .contains("\r\nX-One: " + value + "\r\n", "\r\nX-Two: " + value + "\r\n")
        .endsWith("\r\n\r\nbody");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8191, 8192, 8193, 65_527, 65_528, 65_529, 1_000_000})
  void bodiesOfAnySize(int size) throws Exception {
    byte[] body = new byte[size];
    for (int i = 0; i < size; i++) {
      body[i] = (byte) (i * 31);
    }
    serve(
        (environ, startResponse) -> {
          startResponse.start("200 OK", List.of());
          return Body.of(body);
        });
    Front front = new Front();

    assertThat(body(front.ask(1, KEEP, "", get("/")))).isEqualTo(new String(body, ISO_8859_1));
    Answer head = front.ask(1, KEEP, "", method("HEAD", "/"));
    assertThat(head.stdout()).endsWith("\r\n\r\n");
  }

  @Test
  void brokenOffResponseEndsWithoutEndRequest() throws Exception {
    serve(FastCgiConnectionTest::failsHalfWay);
    Front front = new Front();
    front.records.request(1, KEEP, "", get("/"));
    front.send();

    List<Frame> frames = new ArrayList<>();
    for (Frame frame = front.next(); frame != null; frame = front.next()) {
      frames.add(frame);
    }
    assertThat(stdout(frames, 1)).endsWith("half");
    assertThat(frames).noneMatch(frame -> frame.type() == END_REQUEST);
  }

  @Test
  void brokenOffBesideAnotherHasItsStatus() throws Exception {
    CountDownLatch failed = new CountDownLatch(1);
    serve(
        (environ, startResponse) -> {
          if (environ.pathInfo().equals("/other")) {
            failed.await();
            return ok(startResponse, "other");
          }
          return failsHalfWay(environ, startResponse);
        });
    Front front = new Front();
    front.records.request(2, KEEP, "", get("/other")).request(1, KEEP, "", get("/"));
    front.send();

    Frame frame = front.frame();
    while (frame.type() != END_REQUEST) {
      frame = front.frame();
    }
    assertThat(frame.id()).isEqualTo(1);
    assertThat(frame.content()).startsWith("\0\0\0\u0001\0");
    failed.countDown();
    assertThat(body(front.answer(2))).isEqualTo("other");
  }

  private static Body failsHalfWay(Environ environ, StartResponse startResponse)
      throws IOException {
    startResponse.start("200 OK", List.of()).write("half".getBytes(ISO_8859_1));
    throw new IllegalStateException("on purpose, at " + environ.pathInfo());
  }

  @Test
  void errorsReachTheFrontsLogWhereAsked() throws Exception {
    Application complains =
        (environ, startResponse) -> {
          environ.errors().println("beware of " + environ.pathInfo());
          environ.errors().flush();
          return ok(startResponse, "");
        };
    GatewayOptions defaults = GatewayOptions.DEFAULT;
    serve(complains, defaults);
    assertThat(new Front().ask(1, KEEP, "", get("/quiet")).stderr()).isEmpty();
    serve(
        complains,
        new GatewayOptions(
            defaults.trust(),
            defaults.limits(),
            defaults.idleTimeout(),
            defaults.keepAlive(),
            List.of(),
            true,
            false,
            GatewayOptions.Ajp.DEFAULT));

    assertThat(new Front().ask(1, KEEP, "", get("/dog")).stderr()).isEqualTo("beware of /dog\n");
  }

  @Test
  void idIsFreeBeforeEndRequestLeaves() throws Exception {
    serve((environ, startResponse) -> ok(startResponse, environ.pathInfo()));
    Front front = new Front();
    for (int i = 0; i < 5_000; i++) {
      assertThat(body(front.ask(1, KEEP, "", get("/" + i)))).isEqualTo("/" + i);
    }
  }

  // ------------------------------------------------------------ bad input

  @ParameterizedTest
  @CsvSource({"GET, nonsense", "GE T, /", "'', /", "GET, ''"})
  void requestThatIsNoneGets400(String method, String uri) throws Exception {
    serve(FastCgiConnectionTest::echo);
    Front front = new Front();

    Answer answer = front.ask(1, KEEP, "", method(method, uri));

    assertThat(answer.stdout())
        .startsWith("Status: 400 Bad Request\r\n")
        .endsWith("\r\n\r\nBad Request\n");
    assertThat(body(front.ask(1, KEEP, "", get("/on")))).contains("PATH_INFO=/on");
  }

  @Test
  void paramsBeyondTheLimitGet431() throws Exception {
    GatewayOptions defaults = GatewayOptions.DEFAULT;
    serve(
        FastCgiConnectionTest::echo,
        new GatewayOptions(
            Trust.DEFAULT,
            new Limits(1_000, 8),
            defaults.idleTimeout(),
            defaults.keepAlive(),
            List.of(),
            false,
            false,
            GatewayOptions.Ajp.DEFAULT));
    Front front = new Front();

    assertThat(front.ask(1, KEEP, "", get("/", "HTTP_X", "x".repeat(1_000))).stdout())
        .startsWith("Status: 431 Request Header Fields Too Large\r\n");
    assertThat(body(front.ask(1, KEEP, "", get("/on")))).contains("PATH_INFO=/on");
  }

  @Test
  void bytesThatAreNoRecordCloseTheirConnectionOnly() throws Exception {
    serve((environ, startResponse) -> ok(startResponse, environ.pathInfo()));
    Front good = new Front();
    assertThat(body(good.ask(1, KEEP, "", get("/before")))).isEqualTo("/before");
    Front bad = new Front();
    bad.socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(ISO_8859_1));

    assertThat(bad.next()).isNull();
    assertThat(body(good.ask(1, KEEP, "", get("/after")))).isEqualTo("/after");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void silentFrontIsLetGo(boolean withinARequest) throws Exception {
    serve(
        FastCgiConnectionTest::echo,
        new GatewayOptions(
            Trust.DEFAULT,
            Limits.DEFAULT,
            Duration.ofMillis(200),
            Duration.ofMillis(withinARequest ? 3_600_000 : 100),
            List.of(),
            false,
            false,
            GatewayOptions.Ajp.DEFAULT));
    Front front = new Front();
    if (withinARequest) {
      front.records.begin(1, RESPONDER, KEEP);
      front.send();
    }

    assertThat(front.next()).isNull();
  }

  @Test
  void silenceAmidAnUploadFailsTheRead() throws Exception {
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    serve(
        (environ, startResponse) -> {
          try {
            environ.input().readAllBytes();
          } catch (IOException e) {
            told.complete(e);
            throw e;
          }
          return ok(startResponse, "");
        },
        new GatewayOptions(
            Trust.DEFAULT,
            Limits.DEFAULT,
            Duration.ofMillis(200),
            Duration.ofMinutes(1),
            List.of(),
            false,
            false,
            GatewayOptions.Ajp.DEFAULT));
    Front front = new Front();
    front.records.begin(1, RESPONDER, KEEP).params(1, method("POST", "/")).endParams(1);
    front.records.stdin(1, "begun");
    front.send();

    assertThat(told.get()).isInstanceOf(IOException.class);
  }

  // ------------------------------------------------------------ a servlet in few words

  @FunctionalInterface
  private interface Service {
    void serve(HttpServletRequest request, HttpServletResponse response) throws IOException;
  }

  private static Servlet servlet(Service service) {
    return new HttpServlet() {
      private static final long serialVersionUID = 1L;

      @Override
      protected void service(HttpServletRequest request, HttpServletResponse response)
          throws IOException {
        service.serve(request, response);
      }
    };
  }
}
