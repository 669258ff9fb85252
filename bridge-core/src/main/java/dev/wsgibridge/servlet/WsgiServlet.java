package dev.wsgibridge.servlet;

import dev.wsgibridge.Application;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Serves a WSGI application at the servlet's mapping: SCRIPT_NAME is the context path and the
 * mapping's prefix, PATH_INFO what follows, percent-decoded to bytes and otherwise as it was sent.
 *
 * <p>In {@code web.xml}, with init-params; {@code application} is the one that must be there:
 *
 * <table>
 * <caption>init-params</caption>
 * <tr><td>{@code application}</td><td>a class that implements {@link Application}, a Python
 * application: {@code mysite.wsgi:application}, or a CGI program: {@code
 * cgi:/usr/lib/cgi-bin/poll.cgi}</td></tr>
 * <tr><td>{@code python}</td><td>{@code auto}, {@code graalpy}, or the path of a Python 3</td></tr>
 * <tr><td>{@code python-path}</td><td>folders of Python modules, separated by commas; {@code
 * /WEB-INF/…} is looked up in the web application</td></tr>
 * <tr><td>{@code workers}</td><td>in how many processes a Python application runs; 0 is inside the
 * JVM. By default one, where there is a Python to run</td></tr>
 * <tr><td>{@code threads}</td><td>how many calls of a Python application run at once, in each
 * worker</td></tr>
 * <tr><td>{@code backlog}</td><td>how many calls may wait for their turn; each holds a thread of the
 * container meanwhile</td></tr>
 * <tr><td>{@code post-buffering}</td><td>{@link dev.wsgibridge.LoadOptions#postBuffering}, in
 * bytes</td></tr>
 * <tr><td>{@code timeout}, {@code max-requests}, {@code max-requests-jitter}, {@code
 * reload-on-rss}, {@code preload}, {@code reload}</td><td>{@link dev.wsgibridge.Workers}: the
 * timeout in seconds, the memory in megabytes</td></tr>
 * <tr><td>{@code graceful-timeout}</td><td>how many seconds requests may take after the end of the
 * web application; by default 30</td></tr>
 * <tr><td>{@code lint}</td><td>{@code true} puts the {@link dev.wsgibridge.validate.Validator}
 * around the application</td></tr>
 * <tr><td>{@code header-map}</td><td>{@code dangerous} lets request headers through whose names have
 * an underscore, which pass for those with a dash; {@code drop} is the default</td></tr>
 * </table>
 *
 * <p>Or in Java: {@code context.addServlet(new WsgiServlet(application), "/app/*")}; whoever made
 * the application closes it.
 */
public final class WsgiServlet extends HttpServlet {

  /**
   * A request attribute: a server that can send reason phrases sets it to an empty string, and
   * finds the application's own ("404 NOT FOUND") in it when the head is sent. The servlet API has
   * no place for them.
   */
  public static final String REASON_PHRASE = "dev.wsgibridge.servlet.reason_phrase";

  /**
   * A request attribute, as {@link #REASON_PHRASE} is one: a server that sends the application's
   * Content-Type as it was written sets it to an empty string. A servlet response takes the value
   * apart ({@code ; charset=UTF-8} becomes {@code ;charset=utf-8}).
   */
  public static final String CONTENT_TYPE = "dev.wsgibridge.servlet.content_type";

  /**
   * A request attribute of any value: the admin lets request headers through whose names have an
   * underscore (see {@link dev.wsgibridge.Environ.Headers#underscores}).
   */
  public static final String UNDERSCORES = "dev.wsgibridge.servlet.underscores";

  /**
   * An attribute of the servlet context, of any value: the server has no other servlet or filter,
   * and no security constraint. What guards paths is a server in front, so none is resolved here:
   * the application gets each as the client wrote it. The answer to one with a segment {@code .} or
   * {@code ..} is 400, since the front may have read it otherwise.
   */
  public static final String STANDALONE = "dev.wsgibridge.servlet.standalone";

  /**
   * A request attribute: a {@code java.util.function.Consumer<String>} that gets each line written
   * to {@code wsgi.errors}, beside the log. A gateway protocol may carry it to the front's.
   */
  public static final String ERRORS = "dev.wsgibridge.servlet.errors";

  private static final long serialVersionUID = 1L;

  // Servlets are serialisable by an accident of history; containers don't.
  private transient @Nullable LoadedApplication application;

  /** For containers: the application is named by init-params. */
  public WsgiServlet() {}

  /** Serves {@code application}, which the caller closes. */
  public WsgiServlet(Application application) {
    this.application = LoadedApplication.given(application);
  }

  @Override
  public void init() throws ServletException {
    if (application == null) {
      application = LoadedApplication.named(getServletContext(), this::getInitParameter);
    }
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    RequestTarget target = RequestTarget.of(request);
    loaded().serve(request, response, target, target.mount());
  }

  @Override
  public void destroy() {
    loaded().close();
  }

  private LoadedApplication loaded() {
    if (application == null) {
      throw new IllegalStateException("the servlet was not initialised");
    }
    return application;
  }
}
