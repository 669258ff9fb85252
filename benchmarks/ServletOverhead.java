import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.WsgiServer;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Two servers of the same kind in one JVM: the same answer from a bare servlet, and through WSGI. */
public final class ServletOverhead {

  private static final byte[] HELLO = "Hello, World!\n".getBytes(StandardCharsets.UTF_8);

  public static void main(String[] arguments) throws Exception {
    System.out.println("bare " + listen(new Bare()));
    System.out.println(
        "wsgi "
            + listen(
                new WsgiServlet(
                    (environ, startResponse) -> {
                      startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
                      return Body.of(HELLO);
                    })));
    System.in.read(); // until the script has ended
    System.exit(0);
  }

  private static Bind listen(Servlet servlet) throws Exception {
    WsgiServer server = WsgiServer.open(WsgiServer.Options.at(Bind.parse("http://127.0.0.1:0")));
    server.start(servlet);
    return server.addresses().get(0);
  }

  private static final class Bare extends HttpServlet {

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setStatus(200);
      response.setHeader("Content-Type", "text/plain");
      response.setContentLength(HELLO.length);
      response.getOutputStream().write(HELLO);
    }
  }
}
