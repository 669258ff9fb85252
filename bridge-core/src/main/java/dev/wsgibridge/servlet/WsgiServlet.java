package dev.wsgibridge.servlet;

import dev.wsgibridge.Application;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serves a WSGI application at the servlet's mapping: SCRIPT_NAME is the context path and the
 * mapping's prefix, PATH_INFO what follows, percent-decoded to bytes and otherwise as it was sent.
 *
 * <p>In {@code web.xml} the init-param {@code application} names it: a class that implements {@link
 * Application}, a Python application: {@code mysite.wsgi:application}, or a CGI program: {@code
 * cgi:/usr/lib/cgi-bin/poll.cgi}. The others are options, by the name that they have on the command
 * line: those of {@link dev.wsgibridge.options.Option} that have an {@link
 * dev.wsgibridge.options.Option#initParam}; {@code docs/options.md} lists them. An unknown name or
 * a wrong value is an error of the deployment. Folders of {@code python-path} are separated by
 * commas, and {@code /WEB-INF/…} is looked up in the web application.
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
      application =
          LoadedApplication.named(
              getServletContext(),
              InitParams.read(
                  Collections.list(getInitParameterNames()), this::getInitParameter, Set.of()));
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
