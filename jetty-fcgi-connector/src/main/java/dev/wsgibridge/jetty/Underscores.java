package dev.wsgibridge.jetty;

import dev.wsgibridge.servlet.WsgiServlet;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Lets request headers through whose names have an underscore. */
final class Underscores extends Handler.Wrapper {

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    request.setAttribute(WsgiServlet.UNDERSCORES, true);
    return super.handle(request, response, callback);
  }
}
