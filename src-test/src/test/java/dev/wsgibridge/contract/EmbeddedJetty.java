package dev.wsgibridge.contract;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.servlet.WsgiFilter;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Someone's own servlet application on an embedded Jetty, with a WSGI application inside: as the
 * servlet of a path, or as a filter in front of what is there. A process of its own, since a
 * process has one CPython.
 *
 * <p>Arguments: {@code servlet} or {@code filter}, the context's path, the path within it, the
 * application, what runs Python, and folders of Python modules.
 */
final class EmbeddedJetty {

  private EmbeddedJetty() {}

  /** See {@link Servers#application}. */
  private static final Workers PATIENT =
      new Workers(Workers.AUTO, Duration.ofMinutes(2), 0, 0, 0, false, false);

  /** Serves until the process is ended. */
  public static void main(String[] args) throws Exception {
    String contextPath = args[1];
    String path = args[2];
    Application application =
        Applications.load(
            args[3],
            LoadOptions.defaults(EmbeddedJetty.class.getClassLoader())
                .withPython(args[4])
                .withWorkers(PATIENT)
                .withPythonPath(
                    List.of(args).subList(5, args.length).stream()
                        .map(Path::of)
                        .toArray(Path[]::new)));

    ServletContextHandler context = new ServletContextHandler(ServletContextHandler.SESSIONS);
    context.setContextPath(contextPath.isEmpty() ? "/" : contextPath);
    context.getServletHandler().setDecodeAmbiguousURIs(true);
    all(context, attributesThatLookLikeCgi());
    if (args[0].equals("filter")) {
      all(context, new WsgiFilter(application, path));
      context.addServlet(new ServletHolder(new Neighbour()), "/*");
    } else {
      context.addServlet(new ServletHolder(new WsgiServlet(application)), path + "/*");
      context.addServlet(new ServletHolder(new Neighbour()), "/neighbour/*");
    }

    Server server = new Server();
    HttpConfiguration http = new HttpConfiguration();
    http.setUriCompliance(UriCompliance.UNSAFE);
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(context);
    server.setStopAtShutdown(true);
    server.start();
    System.out.println("Listening on http://127.0.0.1:" + connector.getLocalPort());
    server.join();
    if (application instanceof AutoCloseable closeable) {
      closeable.close();
    }
  }

  private static void all(ServletContextHandler context, Filter filter) {
    context.addFilter(new FilterHolder(filter), "/*", EnumSet.of(DispatcherType.REQUEST));
  }

  /** What is in a request's attributes must not pass for what the server says. */
  private static Filter attributesThatLookLikeCgi() {
    return (request, response, chain) -> {
      for (String key :
          List.of("PATH_INFO", "SCRIPT_NAME", "REMOTE_USER", "HTTP_X_LEFT", "wsgi.url_scheme")) {
        request.setAttribute(key, "an attribute of the servlet's");
      }
      request.setAttribute("example.tenant", "n\u00f6rdlich");
      chain.doFilter(request, response);
    };
  }

  /** The application that was there before: it tells what reached it, and counts in its session. */
  private static final class Neighbour extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      Object count = request.getSession().getAttribute("count");
      byte[] body = request.getInputStream().readAllBytes();
      response.setContentType("text/plain");
      response
          .getWriter()
          .printf(
              "neighbour: %s %s, %d bytes, count %s",
              request.getMethod(), request.getRequestURI(), body.length, count);
    }
  }
}
