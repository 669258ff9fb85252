package dev.wsgibridge.jetty;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers the requests that are for the server itself and for no path of an application. */
final class ForTheServer extends Handler.Wrapper {

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (HttpMethod.CONNECT.is(request.getMethod())) {
      // RFC 9110, 9.3.6: this is no proxy. What follows is the tunnel's, not a request.
      response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
      Response.writeError(request, response, callback, HttpStatus.NOT_IMPLEMENTED_501);
      return true;
    }
    if (HttpMethod.OPTIONS.is(request.getMethod())
        && "*".equals(request.getHttpURI().getPathQuery())) {
      // RFC 9110, 9.3.7: no more than a sign of life.
      response.setStatus(HttpStatus.OK_200);
      response.write(true, null, callback);
      return true;
    }
    return super.handle(request, response, callback);
  }
}
