import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.WsgiServer;

/**
 * The bare servlet that says hello, by HTTP on a Unix domain socket, which the bridge's Jetty has.
 */
final class OnUnixSocket {

  public static void main(String[] arguments) throws Exception {
    WsgiServer.open(WsgiServer.Options.at(Bind.parse("http+unix://" + arguments[0])))
        .start(Servlets.hello());
  }

  private OnUnixSocket() {}
}
