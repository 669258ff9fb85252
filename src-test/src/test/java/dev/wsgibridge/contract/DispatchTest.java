package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.contract.containers.Container;
import dev.wsgibridge.contract.containers.ContainerKind;
import dev.wsgibridge.contract.containers.Pages;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An existing servlet application that includes a WSGI application's pages, forwards to them, has
 * them for its errors, and has filters before them: in each container.
 */
class DispatchTest {

  @Nested
  class Tomcat10 extends InContainer {
    Tomcat10() {
      super(ContainerKind.TOMCAT_10);
    }

    @Test
    void aJspIncludesIt() throws IOException {
      assertThat(get("/page.jsp").text().strip())
          .isEqualTo("[before]" + told("/site/py", "/part", "text=PART") + "[after]");
    }
  }

  @Nested
  class Tomcat11 extends InContainer {
    Tomcat11() {
      super(ContainerKind.TOMCAT_11);
    }
  }

  @Nested
  class Jetty12 extends InContainer {
    Jetty12() {
      super(ContainerKind.JETTY_12);
    }
  }

  /** The filter's recipe in Java is what the recipes' test runs, word for word. */
  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/containers.md"})
  void theRecipeInJavaIsTheOneThatIsRun(String page) throws IOException {
    Matcher recipe =
        Pattern.compile("(?m)^ *FilterRegistration.Dynamic blog =(.*?)\"/\\*\"\\);", Pattern.DOTALL)
            .matcher(Files.readString(Servers.project().resolve(page)));
    assertThat(recipe.find()).isTrue();
    String run =
        Files.readString(
            Servers.module()
                .resolve("src/test/java/dev/wsgibridge/contract/containers/Embedding.java"));

    assertThat(run.replaceAll("\\s", ""))
        .contains(recipe.group().replace("application", "visits").replaceAll("\\s", ""));
  }

  /** What is tried in each of them. */
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class InContainer {

    private static final String WEB_XML =
        """
        <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
          <filter>
            <filter-name>before</filter-name>
            <filter-class>dev.wsgibridge.contract.containers.Pages$Before</filter-class>
            <async-supported>true</async-supported>
          </filter>
          <filter>
            <filter-name>shop</filter-name>
            <filter-class>dev.wsgibridge.servlet.WsgiFilter</filter-class>
            <async-supported>true</async-supported>
            <init-param><param-name>application</param-name><param-value>%1$s</param-value></init-param>
            <init-param><param-name>prefix</param-name><param-value>/shop</param-value></init-param>
          </filter>
          <filter-mapping><filter-name>before</filter-name><url-pattern>/*</url-pattern></filter-mapping>
          <filter-mapping>
            <filter-name>shop</filter-name><url-pattern>/*</url-pattern>
            <dispatcher>REQUEST</dispatcher><dispatcher>INCLUDE</dispatcher>
            <dispatcher>FORWARD</dispatcher><dispatcher>ASYNC</dispatcher><dispatcher>ERROR</dispatcher>
          </filter-mapping>
          <servlet>
            <servlet-name>py</servlet-name>
            <servlet-class>dev.wsgibridge.servlet.WsgiServlet</servlet-class>
            <init-param><param-name>application</param-name><param-value>%1$s</param-value></init-param>
            <async-supported>true</async-supported>
          </servlet>
          <servlet-mapping><servlet-name>py</servlet-name><url-pattern>/py/*</url-pattern></servlet-mapping>
          <servlet>
            <servlet-name>page</servlet-name>
            <servlet-class>dev.wsgibridge.contract.containers.Pages$Page</servlet-class>
            <async-supported>true</async-supported>
          </servlet>
          <servlet-mapping><servlet-name>page</servlet-name><url-pattern>/page</url-pattern></servlet-mapping>
          <error-page><error-code>404</error-code><location>/py/missing</location></error-page>
        </web-app>
        """
            .formatted(Pages.Tell.class.getName());

    private static final String JSP =
        "<%@ page contentType=\"text/html; charset=UTF-8\" %>[before]"
            + "<jsp:include page=\"/py/part?text=PART\" />[after]";

    private final ContainerKind kind;
    private Container container;

    InContainer(ContainerKind kind) {
      this.kind = kind;
    }

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
      container =
          kind.start(
              Map.of(
                  "site", war(folder.resolve("site.war"), WEB_XML),
                  "recipe", war(folder.resolve("recipe.war"), recipe())));
    }

    private static Path war(Path war, String webXml) throws IOException {
      Files.copy(Wars.of(Hosted.JAVA), war);
      try (FileSystem files = FileSystems.newFileSystem(war)) {
        Files.writeString(files.getPath("WEB-INF/web.xml"), webXml);
        Files.writeString(files.getPath("page.jsp"), JSP);
        for (String name :
            new String[] {
              "Pages", "Pages$Tell", "Pages$Page", "Pages$Before", "Pages$Proxied", "Embedding"
            }) {
          String file = Pages.class.getPackageName().replace('.', '/') + "/" + name + ".class";
          Path to = files.getPath("WEB-INF/classes", file);
          Files.createDirectories(to.getParent());
          try (InputStream in = Pages.class.getClassLoader().getResourceAsStream(file)) {
            Files.copy(in, to);
          }
        }
      }
      return war;
    }

    /** The web.xml of docs/containers.md, with its recipe in Java and an asynchronous servlet. */
    private static String recipe() throws IOException {
      Matcher fence =
          Pattern.compile("```xml\n(<web-app.*?)```", Pattern.DOTALL)
              .matcher(Files.readString(Servers.project().resolve("docs/containers.md")));
      assertThat(fence.find()).isTrue();
      return fence
          .group(1)
          .replace("mysite.wsgi:application", Pages.Tell.class.getName())
          .replace(
              "</web-app>",
              """
              <servlet>
                <servlet-name>page</servlet-name>
                <servlet-class>dev.wsgibridge.contract.containers.Pages$Page</servlet-class>
                <async-supported>true</async-supported>
              </servlet>
              <servlet-mapping>
                <servlet-name>page</servlet-name><url-pattern>/page</url-pattern>
              </servlet-mapping>
              <listener>
                <listener-class>dev.wsgibridge.contract.containers.Embedding</listener-class>
              </listener>
              </web-app>
              """);
    }

    @AfterAll
    void stop() {
      if (container != null) {
        container.close();
      }
    }

    static String told(String scriptName, String pathInfo, String query) {
      return "<%s|%s|%s|http|host|-1 |north>\u00e9".formatted(scriptName, pathInfo, query);
    }

    Response get(String path) throws IOException {
      return ask(Request.get("/site" + path));
    }

    Response ask(Request request) throws IOException {
      InetSocketAddress address =
          new InetSocketAddress(container.uri().getHost(), container.uri().getPort());
      try (HttpConnection connection = HttpConnection.open(address)) {
        return connection.ask(request);
      }
    }

    @ParameterizedTest
    @CsvSource({"py, ''", "shop, ''", "py, &text", "shop, &text"})
    void aServletIncludesIt(String place, String how) throws IOException {
      Response page = get("/page?how=include&to=/" + place + "/part%3Ftext=PART" + how);

      assertThat(page.text())
          .isEqualTo("[before]" + told("/site/" + place, "/part", "text=PART") + "[after]");
    }

    @Test
    void aServletIncludesItByName() throws IOException {
      assertThat(get("/page?how=named&to=py").text())
          .isEqualTo("[before]" + told("/site/page", "", "how=named&to=py") + "[after]");
    }

    @ParameterizedTest
    @CsvSource({"forward, py", "forward, shop", "async, py", "async, shop"})
    void aServletHandsOver(String how, String place) throws IOException {
      assertThat(get("/page?how=%s&to=/%s/part%%3Ftext=PART".formatted(how, place)).text())
          .isEqualTo(told("/site/" + place, "/part", "text=PART"));
    }

    @Test
    void itMakesThePageOfAnError() throws IOException {
      Response page = get("/page?how=error");

      assertThat(page.status()).isEqualTo(404);
      assertThat(page.text()).startsWith("</site/py|/missing|");
    }

    @Test
    void aServletAnswersLaterBehindTheFilter() throws IOException {
      assertThat(get("/page?how=later").text()).isEqualTo("later");
    }

    @Test
    void theRecipesOfTheDocumentationServe() throws IOException {
      assertThat(ask(Request.get("/recipe/page?how=later")).text()).isEqualTo("later");
      assertThat(ask(Request.get("/recipe/blog/x")).text()).isEqualTo("/recipe/blog null\n");
      assertThat(ask(Request.get("/recipe/shop/x")).text()).isEqualTo("/recipe/shop null\n");
      assertThat(ask(Request.get("/recipe/x")).text()).startsWith("</recipe|/x|");
    }

    @ParameterizedTest
    @ValueSource(strings = {"py", "shop"})
    void aFilterSaysMore(String place) throws IOException {
      assertThat(ask(Request.get("/site/" + place + "/x").with("X-After: 1")).text())
          .isEqualTo(told("/site/" + place, "/x", "") + "[after]");
    }

    @Test
    void aFormThatAFilterHasReadIsMadeAgain() throws IOException {
      Response answer =
          ask(
              Request.post("/site/py/x?a=0&d", "a=1&b=caf%C3%A9+%26&a=2&c=")
                  .with("Content-Type: application/x-www-form-urlencoded")
                  .with("X-Parameter: 1"));

      assertThat(answer.text()).contains("|26 a=1&a=2&b=caf%C3%A9+%26&c=|");
    }

    @Test
    void aFormThatNobodyHasReadIsItself() throws IOException {
      Response answer =
          ask(
              Request.post("/site/py/x?a=0", "b=%41&a=1")
                  .with("Content-Type: application/x-www-form-urlencoded"));

      assertThat(answer.text()).contains("|9 b=%41&a=1|");
    }

    @Test
    void anotherBodyThatAFilterHasReadIsAnErrorOfTheServer() throws IOException {
      Response answer =
          ask(Request.post("/site/py/x", "{}").with("Content-Type: a/b").with("X-Reader: 1"));

      assertThat(answer.status()).isEqualTo(500);
      container.awaitLog(
          Pattern.compile("the request's body was read before the application was called"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/x/../site/py/y", "/site;a=b/py/y", "/x/..;/site/py/y", "/site/py/y"})
    void theContextPathIsTheContexts(String target) throws IOException {
      Response answer = ask(Request.get(target));

      if (kind == ContainerKind.JETTY_12 && answer.status() != 200) {
        // Jetty knows no such context.
        assertThat(answer.status()).isIn(400, 404);
      } else {
        assertThat(answer.text()).isEqualTo(told("/site/py", "/y", ""));
      }
    }

    @Test
    void theContainersSessionIsNoPartOfThePath() throws IOException {
      String session = ";jsessionid=" + get("/page?how=session").text();

      assertThat(get("/py/y" + session + ";p=1/z" + session).text())
          .isEqualTo(told("/site/py", "/y;p=1/z", ""));
      assertThat(get("/py/y;p=2;jsession=3").text())
          .isEqualTo(told("/site/py", "/y;p=2;jsession=3", ""));
    }

    @Test
    void aFilterTellsWhatTheProxyIsAskedFor() throws IOException {
      assertThat(ask(Request.get("/site/py/x").with("X-Forwarded-Prefix: /outer")).text())
          .startsWith("</outer/site/py|/x||https|");
    }

    @Test
    void http2TellsTheHostByItsAuthority() throws Exception {
      HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
      HttpRequest request = HttpRequest.newBuilder(container.uri("/site/py/x")).build();
      HttpResponse.BodyHandler<String> text =
          HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8);
      // The first one may be HTTP/1.1 still, which asks for an upgrade.
      client.send(request, text);
      HttpResponse<String> answer = client.send(request, text);

      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(answer.body()).isEqualTo(told("/site/py", "/x", ""));
    }
  }
}
