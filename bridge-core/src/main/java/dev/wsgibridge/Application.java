package dev.wsgibridge;

/**
 * A WSGI application: called once for each request, by many threads at a time.
 *
 * <pre>{@code
 * Application hello = (environ, startResponse) -> {
 *   startResponse.start("200 OK", Header.of("Content-Type", "text/plain; charset=utf-8"));
 *   return Body.of("Hello, " + environ.pathInfo() + "\n");
 * };
 * }</pre>
 *
 * <p>PEP 3333, "The Application/Framework Side". An application that holds resources of its own
 * (threads, an interpreter) also implements {@link AutoCloseable}; whoever loaded it closes it
 * once, after the last request.
 */
@FunctionalInterface
public interface Application {

  /**
   * Answers one request.
   *
   * @param environ the request: CGI variables, {@code wsgi.*} keys and the server's extensions; the
   *     application may change it, no other request sees it
   * @param startResponse takes the status and the headers; to be called before the first non-empty
   *     block of the body is handed out, at the latest from the body's own iterator
   * @return the body: iterated once and closed once, whatever happens
   * @throws Exception any failure; the client gets 500 where nothing was sent yet, else a broken
   *     connection, and the log gets the whole story
   */
  Body call(Environ environ, StartResponse startResponse) throws Exception;
}
