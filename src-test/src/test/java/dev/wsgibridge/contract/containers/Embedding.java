package dev.wsgibridge.contract.containers;

import static java.util.Objects.requireNonNull;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.servlet.WsgiFilter;
import dev.wsgibridge.servlet.WsgiServlet;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.http.HttpServletRequest;

/** What docs/containers.md shows: an existing application takes WSGI applications in, in Java. */
public final class Embedding implements ServletContextListener {

  @Override
  public void contextInitialized(ServletContextEvent event) {
    Application visits =
        (environ, startResponse) -> {
          var request = (HttpServletRequest) requireNonNull(environ.get(Environ.SERVLET_REQUEST));
          startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
          return Body.of(
              environ.scriptName() + " " + request.getSession().getAttribute("visits") + "\n");
        };

    ServletContext context = event.getServletContext();
    context.addServlet("shop", new WsgiServlet(visits)).addMapping("/shop/*");
    FilterRegistration.Dynamic blog = context.addFilter("blog", new WsgiFilter(visits, "/blog"));
    blog.setAsyncSupported(true);
    blog.addMappingForUrlPatterns(null, true, "/*");
  }
}
