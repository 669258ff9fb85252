package dev.wsgibridge.servlet;

import dev.wsgibridge.Application;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Serves a WSGI application inside an existing one: the requests that it accepts, and only those.
 * It decides before the application is called; all other requests go down the chain untouched.
 *
 * <p>In {@code web.xml}: the init-params of {@link WsgiServlet}, and {@code prefix}, the path
 * within the context below which the application stands ({@code /shop}); empty for all.
 */
public final class WsgiFilter extends HttpFilter {

  private static final long serialVersionUID = 1L;

  private transient @Nullable LoadedApplication application;
  private transient Predicate<HttpServletRequest> accepted;
  private String prefix;

  /** For containers: application and prefix are named by init-params. */
  public WsgiFilter() {
    this.prefix = "";
    this.accepted = this::isBelowPrefix;
  }

  /**
   * Serves {@code application}, which the caller closes, below a path of the context.
   *
   * @param prefix decoded, with a slash before and none behind: {@code "/shop"}; empty for all
   */
  public WsgiFilter(Application application, String prefix) {
    this.application = LoadedApplication.given(application);
    this.prefix = checked(prefix);
    this.accepted = this::isBelowPrefix;
  }

  /**
   * Serves {@code application}, which the caller closes, where {@code accepted} says so. The
   * application stands at the context's root.
   *
   * @param accepted called by many threads at once; it should not read the request's body
   */
  public WsgiFilter(Application application, Predicate<HttpServletRequest> accepted) {
    this.application = LoadedApplication.given(application);
    this.prefix = "";
    this.accepted = accepted;
  }

  private static String checked(String prefix) {
    if (!prefix.isEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
      throw new IllegalArgumentException(
          "prefix: found \"%s\", expected a path such as /shop, without a slash at its end"
              .formatted(prefix));
    }
    return prefix;
  }

  @Override
  public void init() throws ServletException {
    if (application == null) {
      String named = getInitParameter("prefix");
      try {
        prefix = checked(named == null ? "" : named.strip());
      } catch (IllegalArgumentException e) {
        throw new ServletException("init-param " + e.getMessage(), e);
      }
      application = LoadedApplication.named(getServletContext(), this::getInitParameter);
    }
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (application == null) {
      throw new IllegalStateException("the filter was not initialised");
    }
    if (accepted.test(request)) {
      application.serve(request, response, prefix);
    } else {
      chain.doFilter(request, response);
    }
  }

  private boolean isBelowPrefix(HttpServletRequest request) {
    return ServletEnviron.isBelow(request, prefix);
  }

  @Override
  public void destroy() {
    if (application != null) {
      application.close();
    }
  }
}
