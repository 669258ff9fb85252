package dev.wsgibridge.jetty;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Answers of the server's own: the status in one line of plain text, and nothing of why. */
final class PlainErrors extends ErrorHandler {

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
    Content.Sink.write(response, true, phrase(code) + "\n", callback);
  }

  static String phrase(int code) {
    // Jetty shortens this one.
    return code == HttpStatus.INTERNAL_SERVER_ERROR_500
        ? "Internal Server Error"
        : HttpStatus.getMessage(code);
  }
}
