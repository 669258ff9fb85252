package dev.wsgibridge.servlet;

import dev.wsgibridge.Environ;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/** Those of a servlet request: a container walks through all of them to find one. */
record RequestHeaders(HttpServletRequest request, RequestBody body) implements Environ.Headers {

  private static final String HOST = "Host";

  @Override
  public Enumeration<String> names() {
    if (!lacksHost()) {
      return request.getHeaderNames();
    }
    List<String> names = new ArrayList<>(Collections.list(request.getHeaderNames()));
    names.add(HOST);
    return Collections.enumeration(names);
  }

  @Override
  public Enumeration<String> values(String name) {
    if (name.equalsIgnoreCase(HOST) && lacksHost()) {
      return Collections.enumeration(List.of(authority()));
    }
    if (name.equalsIgnoreCase("Content-Length")) {
      long length = body.length();
      if (length >= 0) {
        return Collections.enumeration(List.of(Long.toString(length)));
      }
    }
    return request.getHeaders(name);
  }

  @Override
  public boolean underscores() {
    return request.getAttribute(WsgiServlet.UNDERSCORES) != null;
  }

  /** HTTP/2 and HTTP/3 say it by a pseudo-header, {@code :authority} (RFC 9113, 8.3.1). */
  private boolean lacksHost() {
    return !request.getProtocol().startsWith("HTTP/1.")
        && !request.getProtocol().startsWith("HTTP/0.")
        && !request.getHeaders(HOST).hasMoreElements();
  }

  private String authority() {
    String name = request.getServerName();
    String host = name.indexOf(':') >= 0 && !name.startsWith("[") ? "[" + name + "]" : name;
    int port = request.getServerPort();
    int usual = request.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    return port <= 0 || port == usual ? host : host + ":" + port;
  }
}
