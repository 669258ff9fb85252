package dev.wsgibridge.contract.containers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.await.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code wsgi-bridge war} makes, in each container as its makers hand it out. */
final class MadeWarTest {

  private static final int DEPLOYMENTS = 10;

  private static final Pattern THREAD = Pattern.compile("(?m)^\"([^\"]+)\" #\\d+");

  /** Threads of the JVM and of the containers come and go. */
  private static final Pattern THEIRS =
      Pattern.compile(
          "(C[12] CompilerThread|Attach Listener|http-nio|Catalina-utility|qtp|process reaper"
              + "|HttpClient|Scheduler|ForkJoinPool|JVMCI|Common-Cleaner|Scanner).*");

  @TempDir private static Path folder;
  private static Path war = Path.of("");

  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void makeWar() throws Exception {
    Path site = Files.createDirectories(folder.resolve("site"));
    Files.writeString(
        site.resolve("page.py"),
        """
        import greeting, os, time

        def until(path):
            yield b"begun, "
            while not os.path.exists(path):
                time.sleep(0.01)
            yield b"ended"

        def application(environ, start_response):
            if environ["PATH_INFO"] == "/until":
                start_response("200 OK", [("Content-Type", "text/plain")])
                return until(environ["QUERY_STRING"])
            start_response("200 OK", [("Content-Type", "text/plain"), ("X-From", "Python")])
            text = f"{greeting.TEXT} {environ['SCRIPT_NAME']} {environ['PATH_INFO']} {environ['wsgi.multiprocess']}"
            return [text.encode()]
        """);
    Path packages = Files.createDirectories(folder.resolve("packages"));
    Files.writeString(packages.resolve("greeting.py"), "TEXT = 'hello'\n");
    Path assets = Files.createDirectories(folder.resolve("assets/css"));
    Files.writeString(assets.resolve("site.css"), "body { color: black }");
    war =
        make(
            "site.war",
            List.of(
                "--app",
                "page:application",
                "--site-packages",
                packages.toString(),
                "--static",
                "/static=" + assets.getParent(),
                "--without-graalpy",
                "--workers",
                "2"));
  }

  private static Path make(String name, List<String> options) throws Exception {
    Path made = folder.resolve(name);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("dev.wsgibridge.launcher.Main", "war"));
    command.addAll(List.of(folder.resolve("site").toString(), "-o", made.toString()));
    command.addAll(options);
    assertThat(run(command)).contains(name);
    return made;
  }

  private static String run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private HttpResponse<String> get(Container container, String path)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(container.uri(path)).build(), BodyHandlers.ofString());
  }

  @ParameterizedTest
  @EnumSource
  void pagesAreTheApplicationsAndStaticFilesTheContainers(ContainerKind kind) throws Exception {
    try (Container container = kind.start(Map.of("site", war))) {
      HttpResponse<String> page = get(container, "/site/a%20page.jsp");
      assertThat(page.statusCode()).as(container.log()).isEqualTo(200);
      assertThat(page.body()).isEqualTo("hello /site /a page.jsp True");

      HttpResponse<String> file = get(container, "/site/static/css/site.css");
      assertThat(file.statusCode()).isEqualTo(200);
      assertThat(file.body()).isEqualTo("body { color: black }");
      assertThat(file.headers().firstValue("Content-Type")).get().asString().startsWith("text/css");
      assertThat(file.headers().firstValue("X-From")).isEmpty();
      String tag = file.headers().firstValue("ETag").orElseThrow();
      HttpRequest again =
          HttpRequest.newBuilder(container.uri("/site/static/css/site.css"))
              .header("If-None-Match", tag)
              .build();
      assertThat(client.send(again, BodyHandlers.discarding()).statusCode()).isEqualTo(304);

      assertThat(get(container, "/site/static/missing.css").statusCode()).isEqualTo(404);
      assertThat(get(container, "/site/static/css/").body()).doesNotContain("site.css");
      assertThat(get(container, "/site/static/../WEB-INF/web.xml").body())
          .doesNotContain("<web-app");
      assertThat(container.log()).doesNotContain("SEVERE", "Incorrect mapping");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TOMCAT_11", "JETTY_12"})
  void redeploymentLeavesNothing(ContainerKind kind) throws Exception {
    // What only a soft reference holds, such as one of java.lang.invoke's, is not held for long.
    List<String> jvmOptions = List.of("-XX:SoftRefLRUPolicyMSPerMB=0");
    // One that stays beside it, for Jetty ends when it has nothing to serve.
    try (Container container =
        kind.start(
            Setup.of(Map.of("hello-java", ExampleWars.helloJava())).withJvmOptions(jvmOptions))) {
      get(container, "/hello-java/");
      Set<String> threads = threads(container);
      int loaders = classLoaders(container);
      for (int i = 0; i < DEPLOYMENTS; i++) {
        container.deploy("site", war);
        HttpResponse<String> page = getDeployed(container, "/site/");
        assertThat(page.statusCode()).as(container.log()).isEqualTo(200);
        if (i == 0) {
          undeployBesideARequest(container);
        } else {
          container.undeploy("site");
        }
      }
      // What is on its way out may take a moment more.
      Await.until(
          "what the web application has left in the container",
          () -> classLoaders(container) == loaders && left(container, threads).isEmpty());
      assertThat(classLoaders(container)).isEqualTo(loaders);
      assertThat(left(container, threads)).isEmpty();
      assertThat(ProcessHandle.of(container.pid()).orElseThrow().descendants()).isEmpty();
      assertThat(container.log()).doesNotContain("memory leak", "failed to stop");
    }
  }

  /** One that is being answered when the web application ends is answered to its end. */
  private void undeployBesideARequest(Container container) throws Exception {
    Path end = folder.resolve(container.kind() + ".end");
    HttpResponse<InputStream> answer =
        client.send(
            HttpRequest.newBuilder(container.uri("/site/until?" + end)).build(),
            BodyHandlers.ofInputStream());
    byte[] begun = answer.body().readNBytes("begun, ".length());
    CompletableFuture<Void> undeployed =
        CompletableFuture.runAsync(() -> container.undeploy("site"));
    Await.until(
        "the end of the web application",
        () -> undeployed.isDone() || get(container, "/site/").statusCode() != 200);

    Files.createFile(end);

    assertThat(new String(begun, UTF_8) + new String(answer.body().readAllBytes(), UTF_8))
        .isEqualTo("begun, ended");
    undeployed.get();
  }

  /** Jetty says that it is there a moment before it is. */
  private HttpResponse<String> getDeployed(Container container, String path) throws Exception {
    Await.until("the page " + path, () -> get(container, path).statusCode() != 404);
    return get(container, path);
  }

  private static Set<String> left(Container container, Set<String> before) throws Exception {
    Set<String> names = threads(container);
    names.removeAll(before);
    names.removeIf(name -> THEIRS.matcher(name).matches());
    return names;
  }

  private static Set<String> threads(Container container) throws Exception {
    Set<String> names = new TreeSet<>();
    Matcher found = THREAD.matcher(jcmd(container, "Thread.print"));
    while (found.find()) {
      names.add(found.group(1));
    }
    return names;
  }

  /** Of web applications, after a collection; what only weak references know is gone. */
  private static int classLoaders(Container container) throws Exception {
    Pattern loader =
        Pattern.compile(
            "\\s+(\\d+)\\s+\\d+\\s+(org\\.apache\\.catalina\\.loader\\.ParallelWebappClassLoader"
                + "|org\\.eclipse\\.jetty\\.[\\w.]*WebAppClassLoader)\\b.*");
    jcmd(container, "GC.run");
    int count = 0;
    for (String line : jcmd(container, "GC.class_histogram").split("\n", -1)) {
      Matcher found = loader.matcher(line.replaceFirst("^\\s*\\d+:", ""));
      count += found.matches() ? Integer.parseInt(found.group(1)) : 0;
    }
    assertThat(count).isPositive();
    return count;
  }

  private static String jcmd(Container container, String command) throws Exception {
    return run(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
            Long.toString(container.pid()),
            command));
  }

  @Test
  void aWebApplicationThatCannotBeLoadedStartsNothing() throws Exception {
    Files.writeString(folder.resolve("site/broken.py"), "import no_such_package\n");
    Path broken =
        make("broken.war", List.of("--app", "broken", "--without-graalpy", "--without-trial"));
    try (Container tomcat = ContainerKind.TOMCAT_11.start(Map.of("broken", broken, "site", war))) {
      HttpResponse<String> answer = get(tomcat, "/broken/");
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body()).doesNotContain("no_such_package");
      assertThat(tomcat.log()).contains("No module named 'no_such_package'");
      assertThat(get(tomcat, "/site/").statusCode()).isEqualTo(200);
    }
  }
}
