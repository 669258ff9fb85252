package dev.wsgibridge.contract.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** hello-python.war, with GraalPy in it, copied into each container. */
final class HelloPythonWarTest {

  private static final String JIT = "GraalPy 25, JIT";
  private static final String INTERPRETED = "GraalPy 25, interpreted";

  private final HttpClient client = HttpClient.newHttpClient();

  @ParameterizedTest
  @EnumSource
  void answersAndLeavesNothing(ContainerKind kind) throws Exception {
    try (Container container = kind.start(Map.of("hello-python", ExampleWars.helloPython()))) {
      assertAnswers(container, "hello-python");
      container.undeploy("hello-python");
      assertThat(get(container, "/hello-python/").statusCode()).isEqualTo(404);
      assertThat(container.log()).contains(INTERPRETED).doesNotContain("SEVERE");
      assertThat(container.log().lines())
          .filteredOn(line -> line.contains("memory leak"))
          // GraalPy's own pool, told to end a moment before: not waited for by GraalPy.
          .allMatch(line -> line.contains("[python-actions-pool-"));
    }
  }

  @Test
  void withAJitTheFirstWebApplicationHasItAndTheNextOneAnswersWithout() throws Exception {
    Map<String, Path> wars =
        Map.of("first", ExampleWars.helloPython(), "second", ExampleWars.helloPython());
    try (Container tomcat =
        ContainerKind.TOMCAT_11.start(Setup.of(wars).withJvmOptions(jitOptions()))) {
      assertAnswers(tomcat, "first");
      assertAnswers(tomcat, "second");
      assertThat(tomcat.log()).containsOnlyOnce(JIT).containsOnlyOnce(INTERPRETED);
    }
  }

  /** The WARs stay packed, too: Python finds its files all the same. */
  @Test
  void withGraalPyInTheSharedLoaderEachWebApplicationHasTheJit(@TempDir Path folder)
      throws Exception {
    List<String> jvmOptions = jitOptions();
    List<Path> shared = jarsOf(ExampleWars.helloPython(), folder);
    Path thin =
        ExampleWars.copy(
            ExampleWars.helloPython(),
            folder.resolve("thin.war"),
            HelloPythonWarTest::isThin,
            UnaryOperator.identity());
    try (Container tomcat =
        ContainerKind.TOMCAT_11.start(
            Setup.of(Map.of("first", thin, "second", thin))
                .packed()
                .withShared(shared)
                .withJvmOptions(jvmOptions))) {
      assertAnswers(tomcat, "first");
      assertAnswers(tomcat, "second");
      assertThat(tomcat.log().split(JIT, -1)).hasSize(3);
      assertThat(tomcat.log()).doesNotContain(INTERPRETED);
    }
  }

  @Test
  void holdsNoCopyOfTheJitsInterface() throws Exception {
    try (ZipFile war = new ZipFile(ExampleWars.helloPython().toFile())) {
      assertThat(war.stream().map(ZipEntry::getName))
          .contains("WEB-INF/python/hello.py")
          .anyMatch(name -> name.startsWith("WEB-INF/lib/truffle-runtime-"))
          .noneMatch(name -> name.startsWith("WEB-INF/lib/truffle-compiler-"));
    }
  }

  /** What switches GraalPy's JIT on, as docs/containers.md has it. */
  private static List<String> jitOptions() {
    assumeTrue(
        Runtime.version().feature() == 25
            && ModuleFinder.ofSystem().find("jdk.internal.vm.ci").isPresent(),
        "the JIT is for a JDK 25 with JVMCI");
    return List.of(
        "-XX:+UnlockExperimentalVMOptions",
        "-XX:+EnableJVMCI",
        "--upgrade-module-path=" + System.getProperty("wsgibridge.graal-jit"),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow");
  }

  /** What docs/containers.md tells to leave in a WAR whose container has GraalPy. */
  private static boolean isThin(String name) {
    return !name.endsWith(".jar") || name.matches(".*/(bridge-|slf4j-|jspecify-).*");
  }

  private static List<Path> jarsOf(Path war, Path folder) throws IOException {
    List<Path> jars = new ArrayList<>();
    try (ZipFile zip = new ZipFile(war.toFile())) {
      for (ZipEntry entry : zip.stream().filter(e -> !isThin(e.getName())).toList()) {
        Path jar = folder.resolve(Path.of(entry.getName()).getFileName());
        try (var in = zip.getInputStream(entry)) {
          Files.copy(in, jar);
        }
        jars.add(jar);
      }
    }
    return jars;
  }

  private void assertAnswers(Container container, String name) throws Exception {
    HttpResponse<String> response = get(container, "/" + name + "/");
    assertThat(response.statusCode()).as(container.log()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("Hello, World!\n");
  }

  private HttpResponse<String> get(Container container, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(container.uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
