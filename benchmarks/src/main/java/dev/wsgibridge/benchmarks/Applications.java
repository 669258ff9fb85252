package dev.wsgibridge.benchmarks;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The same answers by WSGI and by a bare servlet: hello at any path but {@code /large}. */
final class Applications {

  private static final byte[] HELLO_WORLD = "Hello, World!\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] KILOBYTES_100 = new byte[100 * 1024];
  static final String LARGE = "/large";

  static final Application HELLO =
      (environ, startResponse) -> {
        startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
        return Body.of(environ.pathInfo().equals(LARGE) ? KILOBYTES_100 : HELLO_WORLD);
      };

  private Applications() {}

  /** Does the same by the servlet API. */
  static final class Bare extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      byte[] body = LARGE.equals(request.getPathInfo()) ? KILOBYTES_100 : HELLO_WORLD;
      response.setStatus(200);
      response.setHeader("Content-Type", "text/plain");
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    }
  }
}
