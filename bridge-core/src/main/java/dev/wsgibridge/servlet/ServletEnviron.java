package dev.wsgibridge.servlet;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/** Reads a servlet request into an {@link Environ}. Request attributes never become keys. */
final class ServletEnviron {

  private ServletEnviron() {}

  /**
   * The environ of a request.
   *
   * @param mount where the application stands within its context: decoded, as text; empty for all
   * @return null where the path has a segment {@code .} or {@code ..} that nobody has resolved:
   *     what a server in front guards might be behind it
   */
  static @Nullable Environ of(
      HttpServletRequest request, HttpServletResponse response, String mount) {
    Environ.Builder environ =
        request.getAttribute(CgiParams.ATTRIBUTE) instanceof CgiParams params
            ? Environ.request(params).later(rest -> putKeys(request, response, rest))
            : fromHttp(request).later(rest -> putHttp(request, putKeys(request, response, rest)));
    if (!setPath(environ, request, mount) || environ.hasDotSegment()) {
      return null;
    }
    return environ.streams(new RequestBody(request), () -> ErrorLog.writer(request)).build();
  }

  /** Sets SCRIPT_NAME and PATH_INFO, unless that would need a path to be resolved. */
  private static boolean setPath(
      Environ.Builder environ, HttpServletRequest request, String mount) {
    String context = request.getContextPath();
    String prefix = context.isEmpty() ? mount : decoded(context) + mount;
    boolean dots = environ.isToBeResolved();
    if (dots && isAsSent(request)) {
      return environ.mount(prefix);
    }
    if (dots || !environ.mount(prefix)) {
      // The container has walked "." and ".." on its way to us: its guards hold for where it came
      // out, so that is the path to tell.
      String resolved = resolvedPath(request);
      environ.resolved(
          prefix, resolved.startsWith(mount) ? resolved.substring(mount.length()) : resolved);
    }
    return true;
  }

  /** Whether the guards that count are those of a server in front: see docs/decisions/0003. */
  private static boolean isAsSent(HttpServletRequest request) {
    return request.getAttribute(CgiParams.ATTRIBUTE) != null
        || request.getServletContext().getAttribute(WsgiServlet.STANDALONE) != null;
  }

  private static Environ.Builder fromHttp(HttpServletRequest request) {
    String query = request.getQueryString();
    String path = request.getRequestURI();
    return Environ.request(
            request.getMethod(), query == null ? path : path + "?" + query, request.getProtocol())
        .headers(new Headers(request));
  }

  private static void putHttp(HttpServletRequest request, Environ.Builder environ) {
    environ
        .server(request.getServerName(), request.getServerPort())
        .client(request.getRemoteAddr(), request.getRemotePort())
        .user(request.getRemoteUser(), request.getAuthType())
        .scheme(request.isSecure() ? "https" : "http");
  }

  private static Environ.Builder putKeys(
      HttpServletRequest request, HttpServletResponse response, Environ.Builder environ) {
    return environ
        .put(Environ.SERVLET_REQUEST, request)
        .put(Environ.SERVLET_RESPONSE, response)
        .put(Environ.SERVLET_CONTEXT, request.getServletContext());
  }

  /** Those of a servlet request: a container walks through all of them to find one. */
  private record Headers(HttpServletRequest request) implements Environ.Headers {

    @Override
    public Enumeration<String> names() {
      return request.getHeaderNames();
    }

    @Override
    public Enumeration<String> values(String name) {
      return request.getHeaders(name);
    }

    @Override
    public boolean underscores() {
      return request.getAttribute(WsgiServlet.UNDERSCORES) != null;
    }
  }

  /**
   * Whether the container has lost bytes of the request target: Jetty reads those above U+007F,
   * which RFC 3986 wants percent-encoded, as UTF-8.
   */
  static boolean isGarbled(HttpServletRequest request) {
    String query = request.getQueryString();
    return (request.getRequestURI().indexOf('\uFFFD') >= 0
            || (query != null && query.indexOf('\uFFFD') >= 0))
        && request.getAttribute(CgiParams.ATTRIBUTE) == null;
  }

  /**
   * The part of the path that the servlet's mapping names, so that the rest is the application's.
   */
  static String mount(HttpServletRequest request) {
    HttpServletMapping mapping = request.getHttpServletMapping();
    MappingMatch match = mapping.getMappingMatch();
    if (match == MappingMatch.PATH) {
      String pattern = mapping.getPattern();
      return pattern.substring(0, pattern.length() - "/*".length());
    }
    if (match == MappingMatch.EXACT || match == MappingMatch.EXTENSION) {
      return request.getServletPath();
    }
    return "";
  }

  /** A context path as text; containers tell it as it stood in the request. */
  private static String decoded(String contextPath) {
    return contextPath.indexOf('%') < 0
        ? contextPath
        : URLDecoder.decode(contextPath.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Whether a filter's prefix holds the request, as the container sees its path. */
  static boolean isBelow(HttpServletRequest request, String prefix) {
    String path = resolvedPath(request);
    return path.startsWith(prefix)
        && (prefix.isEmpty()
            || path.length() == prefix.length()
            || path.charAt(prefix.length()) == '/');
  }

  /**
   * Whether the request is for that path, as the container sees it, or below it: {@code /static/}.
   */
  static boolean isStatic(HttpServletRequest request, String path) {
    String found = resolvedPath(request);
    return path.endsWith("/") ? found.startsWith(path) : found.equals(path);
  }

  private static String resolvedPath(HttpServletRequest request) {
    String pathInfo = request.getPathInfo();
    return pathInfo == null ? request.getServletPath() : request.getServletPath() + pathInfo;
  }
}
