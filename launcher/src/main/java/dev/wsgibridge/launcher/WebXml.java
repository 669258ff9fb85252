package dev.wsgibridge.launcher;

import java.util.Map;

/** The descriptors of a WAR, for the servlet API and for each container. */
final class WebXml {

  private WebXml() {}

  /**
   * {@code WEB-INF/web.xml}: one filter for all paths, so that what it leaves alone is the
   * container's default servlet's, which stands at its own place. (Jetty's wants no other one.)
   *
   * @param initParams in the order in which they are to stand there
   */
  static String of(String displayName, Map<String, String> initParams) {
    StringBuilder params = new StringBuilder();
    initParams.forEach(
        (name, value) ->
            params.append(
                """
                    <init-param>
                      <param-name>%s</param-name>
                      <param-value>%s</param-value>
                    </init-param>
                """
                    .formatted(name, escaped(value))));
    return """
        <?xml version="1.0" encoding="UTF-8"?>
        <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
            xsi:schemaLocation="https://jakarta.ee/xml/ns/jakartaee https://jakarta.ee/xml/ns/jakartaee/web-app_6_0.xsd"
            version="6.0" metadata-complete="true">
          <display-name>%s</display-name>
          <absolute-ordering />

          <!-- Jetty: no lists of files, and changed files are told from old ones by more than their time. -->
          <context-param>
            <param-name>org.eclipse.jetty.servlet.Default.dirAllowed</param-name>
            <param-value>false</param-value>
          </context-param>
          <context-param>
            <param-name>org.eclipse.jetty.servlet.Default.etags</param-name>
            <param-value>true</param-value>
          </context-param>

          <filter>
            <filter-name>wsgi</filter-name>
            <filter-class>dev.wsgibridge.servlet.WsgiFilter</filter-class>
            <async-supported>true</async-supported>
        %s  </filter>
          <filter-mapping>
            <filter-name>wsgi</filter-name>
            <url-pattern>/*</url-pattern>
          </filter-mapping>
        </web-app>
        """
        .formatted(escaped(displayName), params);
  }

  /** {@code META-INF/context.xml}, Tomcat's. */
  static String tomcat() {
    return """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- The jars need not be searched for tag libraries and web fragments. -->
        <Context>
          <JarScanner>
            <JarScanFilter defaultTldScan="false" defaultPluggabilityScan="false" />
          </JarScanner>
        </Context>
        """;
  }

  /** {@code WEB-INF/jetty-ee10-web.xml}. */
  static String jetty() {
    return """
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
        <!-- Where the server lets paths such as /a%2Fb through, the application gets them. -->
        <Configure class="org.eclipse.jetty.ee10.webapp.WebAppContext">
          <Get name="servletHandler"><Set name="decodeAmbiguousURIs">true</Set></Get>
        </Configure>
        """;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
