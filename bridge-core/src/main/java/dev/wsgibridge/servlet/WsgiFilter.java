package dev.wsgibridge.servlet;

import dev.wsgibridge.Application;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Serves a WSGI application inside an existing one: the requests that it accepts, and only those.
 * It decides before the application is called; all other requests go down the chain untouched.
 *
 * <p>In {@code web.xml}: the init-params of {@link WsgiServlet}, and two more. {@code prefix} is
 * the path within the context below which the application stands ({@code /shop}); empty for all.
 * {@code static} names paths that are not the application's, separated by commas: a path that ends
 * with a slash stands for all below it ({@code /static/, /favicon.ico}). What is left to the chain
 * there is answered by the container's default servlet, from the web application's files.
 */
public final class WsgiFilter extends HttpFilter {

  private static final String PREFIX = "prefix";
  private static final String STATIC = "static";
  private static final Set<String> OWN_PARAMS = Set.of(PREFIX, STATIC);

  private static final long serialVersionUID = 1L;

  private transient @Nullable LoadedApplication application;
  private transient @Nullable Predicate<HttpServletRequest> accepted;
  private String prefix;
  private transient List<String> statics = List.of();

  /** For containers: application and prefix are named by init-params. */
  public WsgiFilter() {
    this.prefix = "";
  }

  /**
   * Serves {@code application}, which the caller closes, below a path of the context.
   *
   * @param prefix decoded, with a slash before and none behind: {@code "/shop"}; empty for all
   */
  public WsgiFilter(Application application, String prefix) {
    this.application = LoadedApplication.given(application);
    this.prefix = checked(prefix);
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

  private static List<String> paths(@Nullable String named) throws ServletException {
    List<String> paths = new ArrayList<>();
    for (String path : named == null ? new String[0] : named.split("[,\n]", -1)) {
      if (!path.isBlank()) {
        if (!path.strip().startsWith("/")) {
          throw new ServletException(
              "init-param static: found %s, expected a path such as /static/ or /favicon.ico"
                  .formatted(path.strip()));
        }
        paths.add(path.strip());
      }
    }
    return List.copyOf(paths);
  }

  @Override
  public void init() throws ServletException {
    if (application == null) {
      String named = getInitParameter(PREFIX);
      try {
        prefix = checked(named == null ? "" : named.strip());
      } catch (IllegalArgumentException e) {
        throw new ServletException("init-param " + e.getMessage(), e);
      }
      statics = paths(getInitParameter(STATIC));
      application =
          LoadedApplication.named(
              getServletContext(),
              InitParams.read(
                  Collections.list(getInitParameterNames()), this::getInitParameter, OWN_PARAMS));
    }
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (application == null) {
      throw new IllegalStateException("the filter was not initialised");
    }
    RequestTarget target = RequestTarget.of(request);
    if (accepted == null ? isBelowPrefix(target) : accepted.test(request)) {
      application.serve(request, response, target, prefix);
    } else {
      chain.doFilter(request, response);
    }
  }

  private boolean isBelowPrefix(RequestTarget target) {
    return target.isBelow(prefix) && statics.stream().noneMatch(target::isStatic);
  }

  @Override
  public void destroy() {
    if (application != null) {
      application.close();
    }
  }
}
