package dev.wsgibridge.contract.containers;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Someone's servlet application, which makes use of a WSGI application in all ways there are. */
public final class Pages {

  private Pages() {}

  /** What the request looks like to an application, and a letter in two blocks. */
  public static final class Tell implements Application {

    /** For {@code Applications.load}. */
    public Tell() {}

    @Override
    public Body call(Environ environ, StartResponse startResponse) throws IOException {
      String body = new String(environ.input().readAllBytes(), StandardCharsets.ISO_8859_1);
      String told =
          "<%s|%s|%s|%s|%s|%s %s|%s>\u00e9"
              .formatted(
                  environ.scriptName(),
                  environ.pathInfo(),
                  environ.queryString(),
                  environ.urlScheme(),
                  environ.header("Host") == null ? "no host" : "host",
                  environ.contentLength(),
                  body,
                  environ.get("example.tenant"));
      byte[] bytes = told.getBytes(StandardCharsets.UTF_8);
      startResponse.start("200 OK", Header.of("Content-Type", "text/html; charset=utf-8"));
      int parted = bytes.length - 1;
      // Its length is not told, so that a filter may add something.
      Iterable<byte[]> blocks =
          () ->
              List.of(Arrays.copyOf(bytes, parted), Arrays.copyOfRange(bytes, parted, bytes.length))
                  .iterator();
      return Body.of(blocks);
    }
  }

  /** {@code ?how=include&to=/py/part}. */
  public static final class Page extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      String to = request.getParameter("to");
      response.setContentType("text/html; charset=utf-8");
      switch (request.getParameter("how")) {
        case "include" -> include(request.getRequestDispatcher(to), request, response);
        case "named" -> include(getServletContext().getNamedDispatcher(to), request, response);
        case "forward" -> request.getRequestDispatcher(to).forward(request, response);
        case "async" -> request.startAsync().dispatch(to);
        case "later" -> {
          AsyncContext later = request.startAsync();
          later.start(
              () -> {
                try {
                  later.getResponse().getWriter().print("later");
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                later.complete();
              });
        }
        case "error" -> response.sendError(HttpServletResponse.SC_NOT_FOUND);
        default -> response.getWriter().print(request.getSession().getId());
      }
    }

    private static void include(
        RequestDispatcher to, HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      if (request.getParameter("text") == null) {
        response.getOutputStream().print("[before]");
        to.include(request, response);
        response.getOutputStream().print("[after]");
      } else {
        response.getWriter().print("[before]");
        to.include(request, response);
        response.getWriter().print("[after]");
      }
    }
  }

  /** Does what a request's headers ask for. */
  public static final class Before extends HttpFilter {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doFilter(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws ServletException, IOException {
      request.setAttribute("example.tenant", "north");
      request.setAttribute("PATH_INFO", "/of an attribute");
      if (request.getHeader("X-Parameter") != null) {
        request.getParameter("a");
      }
      if (request.getHeader("X-Reader") != null) {
        request.getReader().read();
      }
      chain.doFilter(
          request.getHeader("X-Forwarded-Prefix") == null ? request : new Proxied(request),
          response);
      if (request.getHeader("X-After") != null) {
        response.getOutputStream().print("[after]");
      }
    }
  }

  /** As a filter tells it that knows the proxy in front. */
  private static final class Proxied extends HttpServletRequestWrapper {

    Proxied(HttpServletRequest request) {
      super(request);
    }

    @Override
    public String getRequestURI() {
      return "/outer" + super.getRequestURI();
    }

    @Override
    public String getContextPath() {
      return "/outer" + super.getContextPath();
    }

    @Override
    public String getScheme() {
      return "https";
    }
  }
}
