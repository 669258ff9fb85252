package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.codec.AjpFront;
import dev.wsgibridge.codec.AjpFront.Answer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.ajp.AbstractAjpProtocol;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same bytes to Tomcat's AJP connector and to ours, with the same servlet behind: it sees the
 * same, but for what is named with its reason.
 */
class AjpReferenceTest {

  private static final String SECRET = "s3cret";

  /** Held, so that its level isn't forgotten. */
  private static final Logger TOMCATS_LOG = Logger.getLogger("org.apache");

  private static final Tomcat TOMCAT = new Tomcat();
  private static final Server JETTY = new Server();

  private static int tomcatPort;
  private static int jettyPort;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    TOMCATS_LOG.setLevel(Level.OFF);
    TOMCAT.setBaseDir(folder.toString());
    Connector connector = new Connector("AJP/1.3");
    connector.setPort(0);
    AbstractAjpProtocol<?> ajp = (AbstractAjpProtocol<?>) connector.getProtocolHandler();
    ajp.setAddress(InetAddress.getLoopbackAddress());
    ajp.setSecret(SECRET);
    TOMCAT.setConnector(connector);
    TOMCAT
        .addContext("", folder.toString())
        .addServletContainerInitializer(
            (classes, context) -> context.addServlet("echo", new Echo()).addMapping("/*"), null);
    TOMCAT.start();
    tomcatPort = connector.getLocalPort();

    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    http.setUriCompliance(UriCompliance.UNSAFE);
    GatewayOptions given = GatewayOptions.DEFAULT;
    GatewayOptions options =
        new GatewayOptions(
            given.trust(),
            given.limits(),
            given.idleTimeout(),
            given.keepAlive(),
            given.allow(),
            given.errorsToFront(),
            given.underscores(),
            new GatewayOptions.Ajp(SECRET, Set.of(), 8192));
    ServerConnector gateway =
        new ServerConnector(
            JETTY, new GatewayConnectionFactory(GatewayProtocol.AJP, http, options));
    gateway.setHost("127.0.0.1");
    JETTY.addConnector(gateway);
    ServletContextHandler handler = new ServletContextHandler("/");
    handler.addServlet(new ServletHolder(new Echo()), "/*");
    handler.getServletHandler().setDecodeAmbiguousURIs(true);
    JETTY.setHandler(handler);
    JETTY.start();
    jettyPort = gateway.getLocalPort();
  }

  @AfterAll
  static void stop() throws Exception {
    JETTY.stop();
    try {
      TOMCAT.stop();
    } finally {
      TOMCAT.destroy();
    }
  }

  /** Tells all that it sees of a request, sorted where order means nothing. */
  private static final class Echo extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      Map<String, List<String>> headers = new TreeMap<>();
      for (String name : Collections.list(request.getHeaderNames())) {
        headers.put(name.toLowerCase(Locale.ROOT), Collections.list(request.getHeaders(name)));
      }
      List<String> lines = new ArrayList<>();
      lines.add("method " + request.getMethod());
      lines.add("uri " + request.getRequestURI());
      lines.add("query " + request.getQueryString());
      lines.add("protocol " + request.getProtocol());
      lines.add("client " + request.getRemoteAddr() + " " + request.getRemotePort());
      lines.add("server " + request.getServerName() + " " + request.getServerPort());
      lines.add("scheme " + request.getScheme() + " " + request.isSecure());
      lines.add("user " + request.getRemoteUser());
      headers.forEach((name, values) -> lines.add("header " + name + " " + values));
      lines.add("length " + request.getContentLengthLong());
      if (!"unread".equals(request.getQueryString())) {
        byte[] body = request.getInputStream().readAllBytes();
        lines.add("body " + body.length + " " + new String(body, ISO_8859_1).hashCode());
      }
      byte[] text = String.join("\n", lines).getBytes(ISO_8859_1);
      response.setContentType("text/plain");
      response.setContentLength(text.length);
      response.getOutputStream().write(text);
    }
  }

  /**
   * One request.
   *
   * @param length whether it tells its body's length
   * @param differences what Tomcat says and what is said here, line by line
   * @param reason for these
   */
  record Exchange(
      String name,
      AjpFront.Forward request,
      String body,
      boolean length,
      Map<String, String> differences,
      String reason) {

    Exchange(String name, AjpFront.Forward request) {
      this(name, request, "", false, Map.of(), "");
    }

    Exchange sending(String body, boolean length) {
      return new Exchange(name, request, body, length, differences, reason);
    }

    Exchange differing(String reason, Map<String, String> differences) {
      return new Exchange(name, request, body, length, differences, reason);
    }

    @Override
    public String toString() {
      return name + (reason.isEmpty() ? "" : ", but: " + reason);
    }
  }

  /** What each front says of each request. */
  private static AjpFront.Forward plain(AjpFront.Forward request) {
    return request
        .header(0xA00B, "front.example:8080")
        .attribute(12, SECRET)
        .attribute("AJP_REMOTE_PORT", "4711")
        .attribute("AJP_LOCAL_ADDR", "192.0.2.1");
  }

  private static AjpFront.Forward get(String uri) {
    return plain(AjpFront.get(uri));
  }

  private static AjpFront.Forward post(String uri) {
    return plain(AjpFront.post(uri));
  }

  static Stream<Exchange> exchanges() {
    String large = "0123456789".repeat(5000);
    return Stream.of(
        new Exchange("a GET", get("/")),
        new Exchange("a path as it was written", get("/a%20b;p=1/x%C3%A9").attribute(5, "q=%20&r")),
        new Exchange("an empty query", get("/").attribute(5, "")),
        new Exchange("HEAD", plain(AjpFront.forward(3, "/"))),
        new Exchange("a method by its code", plain(AjpFront.forward(8, "/"))),
        new Exchange(
            "a method by its name", plain(AjpFront.forward(255, "/")).attribute(13, "FOO")),
        new Exchange(
            "headers: coded, named, repeated, empty, latin-1",
            get("/")
                .header(0xA001, "*/*")
                .header(0xA009, "a=b; c=d")
                .header("X-A", "1")
                .header("x-a", "2")
                .header("X-Empty", "")
                .header("X-Latin", "\u00e9")),
        new Exchange("neither port nor Host of the client", AjpFront.get("/").attribute(12, SECRET))
            .differing(
                "an unknown port is 0 in Jetty",
                Map.of("client 192.0.2.7 -1", "client 192.0.2.7 0")),
        new Exchange(
            "TLS",
            plain(AjpFront.secure("/"))
                .attribute(8, "AES")
                .keySize(256)
                .attribute("AJP_SSL_PROTOCOL", "TLSv1.3")),
        new Exchange("a user, who isn't believed", get("/").attribute(3, "ada").attribute(4, "x")),
        new Exchange("what a load balancer adds", get("/").attribute("JK_LB_ACTIVATION", "ACT")),
        new Exchange("no body", post("/").header(0xA008, "0")),
        new Exchange("a body by its length", post("/").header(0xA008, "5")).sending("hello", true),
        new Exchange("a body of several packets", post("/").header(0xA008, "50000"))
            .sending(large, true),
        new Exchange(
                "a body that nobody reads",
                post("/").header(0xA008, "50000").attribute(5, "unread"))
            .sending(large, true),
        new Exchange("a body of untold length", post("/")).sending(large, false),
        new Exchange("a chunked body", post("/").header("Transfer-Encoding", "chunked"))
            .sending(large, false)
            .differing(
                "the body is decoded, so that the header would mislead",
                Map.of("header transfer-encoding [chunked]", "")),
        new Exchange("headers that mislead", get("/").header("Proxy", "x").header("X_A", "1"))
            .differing(
                "httpoxy, and twins of names with a dash",
                Map.of("header proxy [x]", "", "header x_a [1]", "")),
        new Exchange(
            "another Host",
            AjpFront.get("/")
                .header(0xA00B, "other")
                .attribute(12, SECRET)
                .attribute("AJP_REMOTE_PORT", "4711")),
        new Exchange("no secret", AjpFront.get("/")),
        new Exchange("another secret", AjpFront.get("/").attribute(12, "x")),
        new Exchange("two lengths", post("/").header(0xA008, "5").header(0xA008, "5"))
            .sending("hello", true),
        new Exchange("an attribute that nobody asked for", get("/").attribute("GREETING", "hi"))
            .differing(
                "it is dropped: Apache sends all of its AJP_ variables", Map.of("403", "200")),
        new Exchange(
                "a length, and chunked",
                post("/").header(0xA008, "5").header("Transfer-Encoding", "chunked"))
            .sending("hello", true)
            .differing("CVE-2022-26377: one of them is a lie", Map.of("200", "400")));
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void seesWhatTomcatSees(Exchange exchange) throws IOException {
    Answer tomcats = send(tomcatPort, exchange);
    Answer ours = send(jettyPort, exchange);
    int status = status(ours);
    if (exchange.differences().containsKey(String.valueOf(status(tomcats)))) {
      assertThat(String.valueOf(status))
          .isEqualTo(exchange.differences().get(String.valueOf(status(tomcats))));
      return;
    }
    assertThat(status).isEqualTo(status(tomcats));
    assertThat(ours.reused()).isEqualTo(tomcats.reused());
    if (status != 200) {
      return;
    }
    List<String> expected = new ArrayList<>();
    for (String line : tomcats.body().split("\n", -1)) {
      String other = exchange.differences().getOrDefault(line, line);
      if (!other.isEmpty() || !exchange.differences().containsKey(line)) {
        expected.add(other);
      }
    }
    assertThat(ours.body().split("\n", -1)).containsExactlyElementsOf(expected);
    assertThat(List.of(tomcats.body().split("\n", -1)))
        .containsAll(exchange.differences().keySet());
  }

  private static int status(Answer answer) {
    return Integer.parseInt(answer.head().substring(0, 3));
  }

  /** Twice on one connection where it is reused: the second answer is returned. */
  private static Answer send(int port, Exchange exchange) throws IOException {
    byte[] body = exchange.body().getBytes(ISO_8859_1);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      Answer first = exchange(socket, in, exchange, body);
      return first.reused() ? exchange(socket, in, exchange, body) : first;
    }
  }

  private static Answer exchange(Socket socket, DataInputStream in, Exchange exchange, byte[] body)
      throws IOException {
    return AjpFront.exchange(
        in, socket.getOutputStream(), exchange.request().packet(), body, exchange.length());
  }
}
