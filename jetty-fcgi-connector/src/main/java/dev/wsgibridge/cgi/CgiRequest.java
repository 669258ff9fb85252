package dev.wsgibridge.cgi;

import dev.wsgibridge.Application;
import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.CgiHead;
import dev.wsgibridge.codec.Output;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The request that a CGI process was started for (RFC 3875). */
public final class CgiRequest {

  private static final Logger LOG = LoggerFactory.getLogger(CgiRequest.class);

  private final Environ environ;
  private final OutputStream out;

  /**
   * Reads what the server tells of the request; its body is left for the application.
   *
   * @param params the variables of the process ({@link ProcessVariables})
   * @param in the body, read no further than CONTENT_LENGTH
   * @param out gets the response, and nothing else
   * @param errors {@code wsgi.errors}
   * @throws IllegalArgumentException they are no request; the message tells what was found
   */
  public CgiRequest(CgiParams params, InputStream in, OutputStream out, PrintWriter errors) {
    Environ.Builder builder = Environ.request(params);
    builder.mount("");
    if (builder.hasDotSegment()) {
      throw new IllegalArgumentException(
          "PATH_INFO: found a segment . or .., expected none: servers disagree where it leads");
    }
    environ =
        builder
            .streams(new BufferedInputStream(new CgiBody(in, length(params))), errors)
            .put(Environ.WSGI_MULTITHREAD, false)
            .put(Environ.WSGI_MULTIPROCESS, true)
            .put(Environ.WSGI_RUN_ONCE, true)
            .build();
    this.out = new BufferedOutputStream(out);
  }

  /** Without CONTENT_LENGTH there is no body (4.1.2), unless it came in chunks. */
  private static long length(CgiParams params) {
    long length = params.contentLength();
    return length < 0 && params.header("Transfer-Encoding") == null ? 0 : length;
  }

  /**
   * Answers it, once, on the calling thread. To a server the end of the output is the end of the
   * response: what was broken off it may take for the whole.
   */
  public Gateway.Outcome serve(Application application) {
    // Kept here: applications may put another into the environ.
    InputStream body = environ.input();
    Gateway.Outcome outcome = new Gateway(application).serve(environ, new CgiResponse(out));
    drain(body);
    return outcome;
  }

  /** Reads what nobody has read: mod_cgid drops the answer where it can't hand the body over. */
  private static void drain(InputStream body) {
    try {
      body.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      LOG.debug("the request's body ends early", e);
    }
  }

  /** Answers a request that can't be served: with a status, its words, and nothing else. */
  public static void refuse(int status, String reason, OutputStream out) throws IOException {
    byte[] page = (reason + "\n").getBytes(StandardCharsets.ISO_8859_1);
    Output answer = new Output();
    CgiHead.put(
        status,
        reason,
        List.of(
            new Header("Content-Type", "text/plain; charset=utf-8"),
            new Header("Content-Length", Integer.toString(page.length))),
        answer);
    answer.put(page);
    CgiResponse.send(answer, out);
  }
}
