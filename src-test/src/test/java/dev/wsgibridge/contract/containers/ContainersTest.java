package dev.wsgibridge.contract.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each container starts, deploys, undeploys and ends. */
final class ContainersTest {

  private final HttpClient client = HttpClient.newHttpClient();

  @ParameterizedTest
  @EnumSource
  void deploysAWarThatIsCopiedInAndForgetsItWhenItIsDeleted(
      ContainerKind kind, @TempDir Path folder) throws Exception {
    Path war = folder.resolve("page.war");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(war))) {
      out.putNextEntry(new ZipEntry("index.html"));
      out.write("a page".getBytes(StandardCharsets.US_ASCII));
    }
    long pid;
    Path logFile;
    try (Container container = kind.start(Map.of("page", war))) {
      pid = container.pid();
      logFile = container.logFile();
      assertThat(get(container, "/page/index.html").body()).isEqualTo("a page");
      container.undeploy("page");
      assertThat(get(container, "/page/index.html").statusCode()).isEqualTo(404);
    }
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(logFile).content().contains("page.war");
  }

  private HttpResponse<String> get(Container container, String path)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(container.uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
