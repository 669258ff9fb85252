package dev.wsgibridge.servlet;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/** Reads a servlet request into an {@link Environ}. */
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
      HttpServletRequest request,
      HttpServletResponse response,
      RequestTarget target,
      String mount) {
    CgiParams params = params(request);
    boolean guarded = params == null && !isStandalone(request);
    RequestBody body = new RequestBody(request, !guarded);
    Environ.Builder environ =
        params != null
            ? Environ.request(params).later(rest -> putKeys(request, response, rest))
            : fromHttp(request, target, body)
                .later(rest -> putHttp(request, putKeys(request, response, rest)));
    if (!setPath(environ, target, mount, guarded) || environ.hasDotSegment()) {
      return null;
    }
    return environ
        .streams(body, () -> ErrorLog.writer(request))
        .presence(() -> clientLeft(request))
        .build();
  }

  /**
   * Sets SCRIPT_NAME and PATH_INFO, unless that would need a path to be resolved.
   *
   * @param guarded whether this server's own constraints guard paths: see docs/decisions/0003
   */
  private static boolean setPath(
      Environ.Builder environ, RequestTarget target, String mount, boolean guarded) {
    String prefix = target.contextPath() + mount;
    boolean dots = environ.isToBeResolved();
    if (dots && !guarded) {
      return environ.mount(prefix);
    }
    String session = target.sessionParameter();
    if (session != null) {
      environ.without(session);
    }
    if (dots || !environ.mount(prefix)) {
      // The container has walked "." and ".." on its way to us: its guards hold for where it came
      // out, so that is the path to tell.
      String resolved = target.resolvedPath();
      environ.resolved(
          prefix, resolved.startsWith(mount) ? resolved.substring(mount.length()) : resolved);
    }
    return true;
  }

  private static @Nullable CgiParams params(HttpServletRequest request) {
    return request.getAttribute(CgiParams.ATTRIBUTE) instanceof CgiParams params ? params : null;
  }

  /** Whether nobody else is there: see {@link WsgiServlet#STANDALONE}. */
  static boolean isStandalone(HttpServletRequest request) {
    return request.getServletContext().getAttribute(WsgiServlet.STANDALONE) != null;
  }

  private static boolean clientLeft(HttpServletRequest request) {
    return request.getServletContext().getAttribute(ClientPresence.ATTRIBUTE)
            instanceof ClientPresence presence
        && presence.left(request);
  }

  private static Environ.Builder fromHttp(
      HttpServletRequest request, RequestTarget target, RequestBody body) {
    String query = target.query();
    return Environ.request(
            request.getMethod(),
            query == null ? target.uri() : target.uri() + "?" + query,
            request.getProtocol())
        .headers(new RequestHeaders(request, body));
  }

  private static void putHttp(HttpServletRequest request, Environ.Builder environ) {
    environ
        .server(request.getServerName(), request.getServerPort())
        .client(request.getRemoteAddr(), request.getRemotePort())
        .user(request.getRemoteUser(), request.getAuthType())
        .scheme(request.getScheme());
  }

  private static Environ.Builder putKeys(
      HttpServletRequest request, HttpServletResponse response, Environ.Builder environ) {
    if (!isStandalone(request)) {
      for (Enumeration<String> names = request.getAttributeNames(); names.hasMoreElements(); ) {
        String name = names.nextElement();
        if (request.getAttribute(name) instanceof String text) {
          environ.attribute(name, text);
        }
      }
    }
    return environ
        .put(Environ.SERVLET_REQUEST, request)
        .put(Environ.SERVLET_RESPONSE, response)
        .put(Environ.SERVLET_CONTEXT, request.getServletContext());
  }

  /** Whether the container has lost bytes of the request target, which RFC 3986 wants encoded. */
  static boolean isGarbled(HttpServletRequest request, RequestTarget target) {
    return target.isGarbled() && params(request) == null;
  }
}
