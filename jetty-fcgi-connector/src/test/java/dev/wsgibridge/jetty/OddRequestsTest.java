package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The requests of {@code odd-requests.txt}, each on a connection of its own and with another one
 * behind it: that one is answered, too, which shows that both sides agree where the first ends; or
 * the connection is closed.
 */
@Timeout(60)
class OddRequestsTest {

  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

  /** The environ, a line for each variable, and the body. */
  private static final Application SHOW =
      (environ, startResponse) -> {
        StringBuilder shown = new StringBuilder();
        for (Map.Entry<String, Object> each : environ.entrySet()) {
          shown.append(each.getKey()).append('=').append(each.getValue()).append('\n');
        }
        shown.append("body=").append(new String(environ.input().readAllBytes(), ISO_8859_1));
        startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
        return Body.of(shown.append('\n').toString().getBytes(ISO_8859_1));
      };

  private static WsgiServer server;

  @BeforeAll
  static void start() throws Exception {
    server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:0")));
    server.start(SHOW);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  // ------------------------------------------------------------ the list

  /**
   * One entry of it.
   *
   * @param section what the list says of its kind
   * @param shown as it stands there
   * @param expected a variable behind a 200, else the reason; perhaps empty
   */
  record Odd(String section, String shown, String bytes, int status, String expected) {
    @Override
    public String toString() {
      return shown.length() < 80 ? shown : shown.substring(0, 80) + "…";
    }
  }

  private static final Pattern ENTRY = Pattern.compile("(\\d{3}) (.*?)(?: → (.*))?");
  private static final Pattern TIMES = Pattern.compile("⟨(.+?)×(\\d+)⟩", Pattern.DOTALL);
  private static final Pattern BYTE = Pattern.compile("\\\\x([0-9A-F]{2})");

  private static String bytes(String text) {
    String lines = text.replace("⏎", "\r\n");
    String whole =
        TIMES
            .matcher(lines)
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        found.group(1).repeat(Integer.parseInt(found.group(2)))));
    return BYTE.matcher(whole)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    String.valueOf((char) HexFormat.fromHexDigits(found.group(1)))));
  }

  static List<Odd> odd() throws IOException {
    String text;
    try (InputStream list = OddRequestsTest.class.getResourceAsStream("odd-requests.txt")) {
      text = new String(Objects.requireNonNull(list).readAllBytes(), UTF_8);
    }
    List<Odd> all = new ArrayList<>();
    String section = "";
    String request = "";
    for (String line : text.split("\n", -1)) {
      Matcher entry = ENTRY.matcher(line);
      if (line.startsWith("== ")) {
        section = line.substring(3);
        request = "";
      } else if (request.isEmpty() && !section.isEmpty()) {
        request = line;
      } else if (entry.matches()) {
        all.add(
            new Odd(
                section,
                entry.group(2),
                bytes(request.replace("$", entry.group(2))),
                Integer.parseInt(entry.group(1)),
                entry.group(3) == null ? "" : bytes(entry.group(3))));
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        throw new IllegalArgumentException("odd-requests.txt: found " + line);
      }
    }
    return all;
  }

  // ------------------------------------------------------------ what is answered

  /**
   * A response, and what came behind it.
   *
   * @param head from the status line on
   */
  private record Response(int status, String head, String body, String rest) {

    private static final Pattern LENGTH = Pattern.compile("\r\nContent-Length: (\\d+)\r\n");

    static Response of(String text, boolean bodiless) {
      int end = text.indexOf("\r\n\r\n") + 4;
      assertThat(text).startsWith("HTTP/1.1 ").contains("\r\n\r\n");
      String head = text.substring(0, end);
      int status = Integer.parseInt(text.substring(9, 12));
      if (status == 100) {
        return of(text.substring(end), bodiless);
      }
      Matcher length = LENGTH.matcher(head);
      assertThat(length.find()).as(head).isTrue();
      int rest = bodiless ? end : end + Integer.parseInt(length.group(1));
      return new Response(status, head, text.substring(end, rest), text.substring(rest));
    }

    boolean closes() {
      return head.contains("\r\nConnection: close\r\n");
    }
  }

  private static String exchange(String request) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), server.addresses().get(0).port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("odd")
  void isAnswered(Odd odd) throws Exception {
    boolean head = odd.bytes().startsWith("HEAD ");

    Response response = Response.of(exchange(odd.bytes() + NEXT), head);

    assertThat(response.status())
        .as("%s: %s", odd.section(), response.head())
        .isEqualTo(odd.status());
    if (odd.status() == 200) {
      assertThat(response.body()).matches(body -> ("\n" + body).contains("\n" + odd.expected()));
    } else {
      assertThat(odd.expected()).startsWith("RFC ");
    }
    boolean http10 = odd.bytes().contains(" HTTP/1.0\r\n");
    if (response.closes() || (http10 && response.rest().isEmpty())) {
      assertThat(response.rest()).isEmpty();
    } else {
      assertThat(Response.of(response.rest(), false).body()).contains("\nPATH_INFO=/next\n");
    }
  }
}
