import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/** The {@link Servlets} on a Tomcat as it comes, at a port of 127.0.0.1. */
final class OnTomcat {

  public static void main(String[] arguments) throws Exception {
    Tomcat tomcat = new Tomcat();
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    tomcat.setBaseDir(folder.toString());
    tomcat.setHostname("127.0.0.1");
    tomcat.setPort(Integer.parseInt(arguments[0]));
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    // As many requests as may come on a connection of Jetty's: any.
    tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
    Context context = tomcat.addContext("", folder.toString());
    Servlets.addTo(
        new Servlets.Container() {
          private int count;

          @Override
          public void add(Servlet servlet, String path) {
            String name = "servlet" + count++;
            Tomcat.addServlet(context, name, servlet).setAsyncSupported(true);
            context.addServletMapping(path, name);
          }

          @Override
          public void add(Filter filter, String path) {
            FilterDef definition = new FilterDef();
            definition.setFilterName("filter" + count++);
            definition.setFilter(filter);
            definition.setAsyncSupported("true");
            context.addFilterDef(definition);
            FilterMap map = new FilterMap();
            map.setFilterName(definition.getFilterName());
            map.addURLPattern(path);
            context.addFilterMap(map);
          }
        });
    tomcat.start();
    tomcat.getServer().await();
  }

  private OnTomcat() {}
}
