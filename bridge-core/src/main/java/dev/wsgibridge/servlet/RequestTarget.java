package dev.wsgibridge.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.MappingMatch;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a request is for. Where a page includes another, the request's methods tell of the page, and
 * its attributes of what is included (Servlet 6.0, 9.3.1); included by its name, a servlet has no
 * path of its own, and gets the page's.
 *
 * @param included whether the attributes tell it
 * @param uri raw
 * @param query raw; null where there is none
 */
record RequestTarget(
    HttpServletRequest request, boolean included, String uri, @Nullable String query) {

  static RequestTarget of(HttpServletRequest request) {
    return request.getDispatcherType() == DispatcherType.INCLUDE
            && request.getAttribute(RequestDispatcher.INCLUDE_REQUEST_URI) instanceof String uri
        ? new RequestTarget(
            request, true, uri, text(request, RequestDispatcher.INCLUDE_QUERY_STRING))
        : new RequestTarget(request, false, request.getRequestURI(), request.getQueryString());
  }

  private static @Nullable String text(HttpServletRequest request, String attribute) {
    return request.getAttribute(attribute) instanceof String text ? text : null;
  }

  /**
   * The path of the context, decoded, as text: empty, or with a slash before and none behind.
   *
   * <p>A filter may tell another one than the container's (X-Forwarded-Prefix). The container tells
   * it as the client wrote it: {@code /x/../app;a=b}.
   */
  String contextPath() {
    String told =
        included ? text(request, RequestDispatcher.INCLUDE_CONTEXT_PATH) : request.getContextPath();
    if (told == null || told.isEmpty()) {
      return "";
    }
    boolean odd = told.contains("//") || told.contains("/.") || told.indexOf(';') >= 0;
    String path = odd ? request.getServletContext().getContextPath() : told;
    return path.indexOf('%') < 0
        ? path
        : URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /**
   * The path within the context as the container sees it: decoded, without {@code ;params} and dot
   * segments.
   */
  String resolvedPath() {
    String pathInfo =
        included ? text(request, RequestDispatcher.INCLUDE_PATH_INFO) : request.getPathInfo();
    return pathInfo == null ? servletPath() : servletPath() + pathInfo;
  }

  private String servletPath() {
    String path =
        included ? text(request, RequestDispatcher.INCLUDE_SERVLET_PATH) : request.getServletPath();
    return path == null ? "" : path;
  }

  /** The part of that path which the servlet's mapping names, so that the rest is its own. */
  String mount() {
    HttpServletMapping mapping =
        included
                && request.getAttribute(RequestDispatcher.INCLUDE_MAPPING)
                    instanceof HttpServletMapping its
            ? its
            : request.getHttpServletMapping();
    MappingMatch match = mapping.getMappingMatch();
    if (match == MappingMatch.PATH) {
      String pattern = mapping.getPattern();
      return pattern.substring(0, pattern.length() - "/*".length());
    }
    return match == MappingMatch.EXACT || match == MappingMatch.EXTENSION ? servletPath() : "";
  }

  /** Whether a filter's prefix holds it. */
  boolean isBelow(String prefix) {
    String path = resolvedPath();
    return path.startsWith(prefix)
        && (prefix.isEmpty()
            || path.length() == prefix.length()
            || path.charAt(prefix.length()) == '/');
  }

  /** Whether it is for that path, or below it: {@code /static/}. */
  boolean isStatic(String path) {
    return path.endsWith("/") ? resolvedPath().startsWith(path) : resolvedPath().equals(path);
  }

  /**
   * {@code ;jsessionid=…}, where the container's own session came so: its business, which is no
   * part of the application's path. Null where it came otherwise.
   */
  @Nullable String sessionParameter() {
    if (uri.indexOf(';') < 0 || !request.isRequestedSessionIdFromURL()) {
      return null;
    }
    String name = request.getServletContext().getSessionCookieConfig().getName();
    String id = request.getRequestedSessionId();
    for (String parameter : new String[] {"jsessionid", name}) {
      if (uri.contains(";" + parameter + "=" + id)) {
        return ";" + parameter + "=" + id;
      }
    }
    return null;
  }

  /** Whether the container has lost bytes of it: Jetty reads those above U+007F as UTF-8. */
  boolean isGarbled() {
    return uri.indexOf('\uFFFD') >= 0 || (query != null && query.indexOf('\uFFFD') >= 0);
  }
}
