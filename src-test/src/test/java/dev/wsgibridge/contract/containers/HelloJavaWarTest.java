package dev.wsgibridge.contract.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** hello-java.war, copied into each container. */
final class HelloJavaWarTest {

  private final HttpClient client = HttpClient.newHttpClient();

  @ParameterizedTest
  @EnumSource
  void answersByServletAndByFilterAndLeavesNothing(ContainerKind kind) throws Exception {
    try (Container container = kind.start(Map.of("hello-java", ExampleWars.helloJava()))) {
      assertAnswers(container);
      container.undeploy("hello-java");
      assertThat(get(container, "/hello-java/").statusCode()).isEqualTo(404);
      assertThat(container.log()).doesNotContain("SEVERE", "memory leak", "failed to stop");
    }
  }

  @ParameterizedTest
  @EnumSource
  void answersOnTheOldestJdk(ContainerKind kind) throws Exception {
    Optional<Path> jdk = Jdks.find(17);
    assumeTrue(jdk.isPresent(), "no JDK 17 beside the one that runs the tests");
    try (Container container =
        kind.start(Setup.of(Map.of("hello-java", ExampleWars.helloJava())).on(jdk.get()))) {
      assertAnswers(container);
    }
  }

  @Test
  void answersFromAWarThatIsNotUnpacked() throws Exception {
    try (Container container =
        ContainerKind.TOMCAT_11.start(
            Setup.of(Map.of("hello-java", ExampleWars.helloJava())).packed())) {
      assertAnswers(container);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsAtDeploymentWhatCannotBeLoaded(ContainerKind kind, @TempDir Path folder)
      throws Exception {
    Path war =
        ExampleWars.copy(
            ExampleWars.helloJava(),
            folder.resolve("typo.war"),
            name -> true,
            webXml -> webXml.replaceFirst("(?s)(<servlet>.*examples\\.)Hello<", "$1Helo<"));
    // A healthy web application beside it, for Jetty ends when it has deployed nothing.
    try (Container container =
        kind.start(Map.of("typo", war, "hello-java", ExampleWars.helloJava()))) {
      assertThat(container.log())
          .contains("application dev.wsgibridge.examples.Helo: no application");
      HttpResponse<String> refused = get(container, "/typo/");
      assertThat(refused.statusCode()).isEqualTo(kind == ContainerKind.JETTY_12 ? 503 : 404);
      assertThat(refused.body()).doesNotContain("Helo", "wsgibridge");
      assertAnswers(container);
    }
  }

  private void assertAnswers(Container container) throws Exception {
    for (String path : new String[] {"/hello-java/", "/hello-java/filtered/page"}) {
      HttpResponse<String> response = get(container, path);
      assertThat(response.statusCode()).as(path).isEqualTo(200);
      assertThat(response.body()).as(path).isEqualTo("Hello, World!\n");
    }
  }

  private HttpResponse<String> get(Container container, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(container.uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
