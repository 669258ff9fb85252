package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.await.Await;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** A mount of Python that hangs inside the JVM, beside others. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HangTest {

  private static final String LISTENING = "Listening on http://127.0.0.1:";

  @TempDir private Path folder;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private HttpRequest request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(100)).build();
  }

  private static long count(List<CompletableFuture<HttpResponse<String>>> answers, int status) {
    return answers.stream()
        .filter(CompletableFuture::isDone)
        .filter(answer -> answer.join().statusCode() == status)
        .count();
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_22, disabledReason = "CPython in the JVM needs it")
  void othersAreAnsweredAndTheProcessEndsWhereThatWasAskedFor() throws Exception {
    Path hangs =
        Files.writeString(
            folder.resolve("hangs.py"),
            """
            import threading
            def application(environ, start_response):
                lock = threading.Lock()
                with lock:
                    lock.acquire()
            """);
    Path other =
        Files.writeString(
            folder.resolve("other.py"),
            """
            def application(environ, start_response):
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [b"other"]
            """);
    Path err = folder.resolve("err");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--mount=/hangs=" + hangs,
                "--mount=/other=" + other,
                "--mount=/java=" + ProcessTest.Fixture.class.getName(),
                "--workers=0",
                "--threads=2",
                "--timeout=4s",
                "--graceful-timeout=1s",
                "--exit-on-hang",
                "--bind=http://127.0.0.1:0")
            .redirectError(err.toFile())
            .start();
    try {
      BufferedReader out = process.inputReader(UTF_8);
      String line = out.readLine();
      assertThat(line).as(() -> "the log: " + err).startsWith(LISTENING);
      String url = "http://127.0.0.1:" + line.substring(LISTENING.length());

      List<CompletableFuture<HttpResponse<String>>> hanging = new ArrayList<>();
      for (int i = 0; i < 250; i++) {
        hanging.add(client.sendAsync(request(url + "/hangs/"), BodyHandlers.ofString()));
      }
      Await.until("requests beyond the bound", () -> count(hanging, 503) > 0);
      assertThat(client.send(request(url + "/java/x"), BodyHandlers.ofString()).body())
          .isEqualTo("/java|/x");
      assertThat(client.send(request(url + "/other/"), BodyHandlers.ofString()).body())
          .isEqualTo("other");
      HttpResponse<String> refused =
          hanging.stream()
              .filter(CompletableFuture::isDone)
              .map(CompletableFuture::join)
              .filter(answer -> answer.statusCode() == 503)
              .findFirst()
              .orElseThrow();
      assertThat(refused.body()).isEqualTo("Service Unavailable\n");
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");

      Await.until("the first that is given up", () -> count(hanging, 504) > 0);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(Main.HANGS);
      assertThat(Files.readString(err))
          .contains("hangs.py\", line 5, in application")
          .contains("has 1 of 2 Python threads left");
    } finally {
      process.destroyForcibly();
    }
  }
}
