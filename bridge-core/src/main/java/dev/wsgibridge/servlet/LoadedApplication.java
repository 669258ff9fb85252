package dev.wsgibridge.servlet;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Rule;
import dev.wsgibridge.Workers;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Settings;
import dev.wsgibridge.validate.Validator;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.UnavailableException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the servlet and the filter share: an application behind its gateway, for a context's life.
 */
final class LoadedApplication {

  private static final Logger LOG = LoggerFactory.getLogger(LoadedApplication.class);

  private static final long MEGABYTE = 1 << 20;

  private static final int RETRY_AFTER_SECONDS = 60;

  private final Gateway gateway;
  private final AutoCloseable loaded;
  private final boolean underscores;

  /** How long requests may take once this is closed. */
  private final Duration patience;

  /** Each request has one while it is answered. Who closes this takes them all, and keeps them. */
  private final Semaphore permits = new Semaphore(Integer.MAX_VALUE);

  private LoadedApplication(
      Application application, AutoCloseable loaded, boolean underscores, Duration patience) {
    this.gateway = new Gateway(application);
    this.loaded = loaded;
    this.underscores = underscores;
    this.patience = patience;
  }

  private static void closeNothing() {}

  /** An application that someone else has made, and will close: after the last request. */
  static LoadedApplication given(Application application) {
    return new LoadedApplication(
        application, LoadedApplication::closeNothing, false, Duration.ZERO);
  }

  /**
   * The application that init-params name.
   *
   * @param settings of the init-params
   * @throws ServletException it can't be loaded: message and log say why; clients get 503 (Tomcat:
   *     404) without details, and a request after a while makes the container try again
   */
  static LoadedApplication named(ServletContext context, Settings settings)
      throws ServletException {
    String name = settings.text(Option.APP);
    if (name == null) {
      throw new ServletException(
          "init-param application: found none, expected a class that implements dev.wsgibridge.Application, or a Python application such as mysite.wsgi:application");
    }
    try {
      LoadOptions options = options(context, settings);
      Application loaded = Applications.load(name, options);
      return new LoadedApplication(
          settings.flag(Option.LINT) ? new Validator().wrap(loaded) : loaded,
          loaded instanceof AutoCloseable closeable ? closeable : LoadedApplication::closeNothing,
          "dangerous".equals(settings.text(Option.HEADER_MAP)),
          options.gracefulTimeout());
    } catch (LoadException | IOException e) {
      String message = "application " + name + ": " + e.getMessage();
      // Told here, for containers tell only the innermost cause, or none.
      LOG.error(message, e.getCause());
      throw new UnavailableException(message, RETRY_AFTER_SECONDS);
    }
  }

  private static LoadOptions options(ServletContext context, Settings settings) throws IOException {
    List<Path> pythonPath = new ArrayList<>();
    for (String folder : settings.texts(Option.PYTHON_PATH)) {
      pythonPath.add(folder(context, folder));
    }
    return new LoadOptions(
        settings.text(Option.PYTHON, LoadOptions.AUTO),
        pythonPath,
        new Workers(
            settings.number(Option.WORKERS, Workers.AUTO),
            settings.time(Option.TIMEOUT),
            settings.number(Option.MAX_REQUESTS),
            settings.number(Option.MAX_REQUESTS_JITTER),
            settings.number(Option.RELOAD_ON_RSS) * MEGABYTE,
            settings.flag(Option.PRELOAD),
            settings.flag(Option.RELOAD)),
        settings.number(Option.THREADS),
        settings.number(Option.BACKLOG),
        settings.number(Option.POST_BUFFERING),
        settings.time(Option.GRACEFUL_TIMEOUT),
        context.getClassLoader());
  }

  /**
   * A folder on disk: as named, or within the web application where the name begins with /WEB-INF/.
   */
  private static Path folder(ServletContext context, String name) throws IOException {
    if (!name.startsWith("/WEB-INF/")) {
      return Path.of(name);
    }
    String realPath = context.getRealPath(name);
    if (realPath != null) {
      return Path.of(realPath);
    }
    // A WAR that was not unpacked.
    Path temporary = ((File) context.getAttribute(ServletContext.TEMPDIR)).toPath().resolve("wsgi");
    copy(context, name.endsWith("/") ? name : name + "/", temporary);
    return temporary.resolve(name.substring(1));
  }

  private static void copy(ServletContext context, String folder, Path target) throws IOException {
    Set<String> resources = context.getResourcePaths(folder);
    if (resources == null) {
      throw new IOException("python-path: the web application has no folder " + folder);
    }
    Files.createDirectories(target.resolve(folder.substring(1)));
    for (String resource : resources) {
      if (resource.endsWith("/")) {
        copy(context, resource, target);
      } else {
        try (InputStream in = context.getResourceAsStream(resource)) {
          Files.copy(
              in, target.resolve(resource.substring(1)), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  /**
   * Serves one request; once this is closed, with 503.
   *
   * @throws ServletException the response was broken off: the container closes the connection
   */
  void serve(
      HttpServletRequest request, HttpServletResponse response, RequestTarget target, String mount)
      throws ServletException, IOException {
    if (!permits.tryAcquire()) {
      response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      return;
    }
    try {
      answer(request, response, target, mount);
    } finally {
      permits.release();
    }
  }

  private void answer(
      HttpServletRequest request, HttpServletResponse response, RequestTarget target, String mount)
      throws ServletException, IOException {
    if (ServletEnviron.isGarbled(request, target)) {
      response.sendError(HttpServletResponse.SC_BAD_REQUEST);
      return;
    }
    if (underscores) {
      request.setAttribute(WsgiServlet.UNDERSCORES, true);
    }
    Environ environ = ServletEnviron.of(request, response, target, mount);
    if (environ == null) {
      LOG.info(
          "400 Bad Request: found the path {}, expected one without segments . and ..",
          Rule.quoted(target.uri()));
      response.sendError(HttpServletResponse.SC_BAD_REQUEST);
      return;
    }
    boolean included = request.getDispatcherType() == DispatcherType.INCLUDE;
    Gateway.Outcome outcome =
        gateway.serve(
            environ,
            included ? new IncludedAnswer(response) : new ServletAnswer(request, response));
    if (outcome == Gateway.Outcome.BROKEN_OFF && included) {
      throw new BrokenOffException();
    }
    if (outcome == Gateway.Outcome.BROKEN_OFF) {
      // A container breaks off only what it has begun to send; else it would add an error page.
      response.flushBuffer();
      throw new BrokenOffException();
    }
  }

  /**
   * Waits for the requests that are being answered, and closes the application where it was loaded
   * here. Containers wait for them hardly (Tomcat: 2 seconds), or not at all (Jetty).
   */
  void close() {
    try {
      if (!permits.tryAcquire(Integer.MAX_VALUE, patience.toNanos(), TimeUnit.NANOSECONDS)
          && !patience.isZero()) {
        LOG.warn(
            "broken off: {} requests that took longer than {} s after the end of the web application (init-param graceful-timeout)",
            Integer.MAX_VALUE - permits.availablePermits(),
            patience.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      loaded.close();
    } catch (Exception e) {
      LOG.error("the application failed when it was closed", e);
    }
  }

  /** Tells the container to break the connection off; the reason was logged by the gateway. */
  private static final class BrokenOffException extends ServletException {

    private static final long serialVersionUID = 1L;

    BrokenOffException() {
      super("the response is broken off, for the reason logged before");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }
}
