import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The {@link Servlets} on a Jetty as it comes, at a port of 127.0.0.1. */
final class OnJetty {

  public static void main(String[] arguments) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(arguments[0]));
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    Servlets.addTo(
        new Servlets.Container() {
          @Override
          public void add(Servlet servlet, String path) {
            context.addServlet(new ServletHolder(servlet), path);
          }

          @Override
          public void add(Filter filter, String path) {
            context.addFilter(new FilterHolder(filter), path, EnumSet.of(DispatcherType.REQUEST));
          }
        });
    server.setHandler(context);
    server.start();
    server.join();
  }

  private OnJetty() {}
}
