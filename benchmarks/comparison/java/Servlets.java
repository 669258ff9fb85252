import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.servlet.WsgiFilter;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The same answers from a bare servlet, through {@link WsgiServlet} and through {@link WsgiFilter}:
 * at {@code /bare/NAME}, {@code /servlet/NAME} and {@code /filter/NAME}. One of each for every
 * name, so that none has to look at the path.
 */
final class Servlets {

  static final byte[] HELLO = "Hello, World!\n".getBytes(StandardCharsets.US_ASCII);
  static final byte[] LARGE = new byte[100 * 1024];
  static final byte[] BLOCK = new byte[1024];
  static final int BLOCKS = 1024;

  /** The one of many headers that is looked at. */
  static final String ONE_HEADER = "X-Header-20";

  /** Both ways to write one answer. */
  private record Pair(Bare bare, Application application) {}

  private interface Bare {
    void answer(HttpServletRequest request, HttpServletResponse response) throws IOException;
  }

  private static final Map<String, Pair> PAIRS = new LinkedHashMap<>();

  static {
    PAIRS.put("hello", whole(HELLO));
    PAIRS.put("large", whole(LARGE));
    PAIRS.put(
        "headers",
        new Pair(
            (request, response) -> {
              byte[] value = request.getHeader(ONE_HEADER).getBytes(StandardCharsets.ISO_8859_1);
              head(response);
              response.setContentLength(value.length);
              response.getOutputStream().write(value);
            },
            (environ, startResponse) -> {
              byte[] value = environ.header(ONE_HEADER).getBytes(StandardCharsets.ISO_8859_1);
              startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
              return Body.of(value);
            }));
    PAIRS.put(
        "stream",
        new Pair(
            (request, response) -> {
              head(response);
              OutputStream out = response.getOutputStream();
              for (int i = 0; i < BLOCKS; i++) {
                out.write(BLOCK);
                out.flush();
              }
            },
            (environ, startResponse) -> {
              startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
              Iterable<byte[]> blocks = Collections.nCopies(BLOCKS, BLOCK);
              return Body.of(blocks);
            }));
    PAIRS.put(
        "upload",
        new Pair(
            (request, response) -> {
              byte[] length = read(request.getInputStream());
              head(response);
              response.setContentLength(length.length);
              response.getOutputStream().write(length);
            },
            (environ, startResponse) -> {
              byte[] length = read(environ.input());
              startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
              return Body.of(length);
            }));
  }

  private static Pair whole(byte[] answer) {
    return new Pair(
        (request, response) -> {
          head(response);
          response.setContentLength(answer.length);
          response.getOutputStream().write(answer);
        },
        (environ, startResponse) -> {
          startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
          return Body.of(answer);
        });
  }

  private static void head(HttpServletResponse response) {
    response.setStatus(200);
    response.setHeader("Content-Type", "text/plain");
  }

  /** Reads to the end; how much that was, in decimal digits. */
  private static byte[] read(InputStream in) throws IOException {
    byte[] block = new byte[8192];
    long length = 0;
    for (int count; (count = in.read(block)) != -1; ) {
      length += count;
    }
    return Long.toString(length).getBytes(StandardCharsets.US_ASCII);
  }

  /** Where a container takes servlets and filters. */
  interface Container {
    void add(Servlet servlet, String path);

    void add(Filter filter, String path);
  }

  static void addTo(Container container) {
    PAIRS.forEach(
        (name, pair) -> {
          container.add(servlet(pair.bare()), "/bare/" + name);
          container.add(new WsgiServlet(pair.application()), "/servlet/" + name);
          container.add(new WsgiFilter(pair.application(), "/filter/" + name), "/filter/" + name);
        });
    // Below it the filters lie: without any servlet a container asks no filter.
    container.add(servlet((request, response) -> response.sendError(404)), "/");
  }

  static Servlet hello() {
    return servlet(PAIRS.get("hello").bare());
  }

  private static Servlet servlet(Bare bare) {
    return new HttpServlet() {
      @Override
      protected void service(HttpServletRequest request, HttpServletResponse response)
          throws IOException {
        bare.answer(request, response);
      }
    };
  }

  private Servlets() {}
}
