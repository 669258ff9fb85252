package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Applications;
import dev.wsgibridge.Header;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.Request;
import dev.wsgibridge.testing.TestClient;
import dev.wsgibridge.validate.Validator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The worked example of {@code docs/cgi-to-wsgi.md}: before and after answer alike. */
@Timeout(120)
class CgiToWsgiTest {

  private static final Path EXAMPLE = Path.of("../examples/cgi-to-wsgi");

  @TempDir private Path folder;

  /** The example, in a folder of its own: it writes beside itself. */
  private TestClient client(String scheme, String name) throws Exception {
    Path file = Files.createDirectory(folder.resolve(name + ".d")).resolve(name);
    Files.copy(EXAMPLE.resolve(name), file, StandardCopyOption.COPY_ATTRIBUTES);
    return TestClient.of(
        new Validator()
            .wrap(
                Applications.load(
                    scheme + file, LoadOptions.defaults(getClass().getClassLoader()))));
  }

  @Test
  void beforeAndAfter() throws Exception {
    TestClient before = client("cgi:", "poll.cgi");
    TestClient after = client("", "poll.py");

    List<Function<TestClient, Request>> requests =
        List.of(
            client -> client.request("GET", "/"),
            client -> client.request("POST", "/").form(Map.of("choice", "mat\u00e9")),
            client -> client.request("POST", "/").form(Map.of("choice", "tea")),
            client -> client.request("GET", "/?name=%3CZo%C3%AB%3E"),
            client -> client.request("POST", "/").form(Map.of("choice", "cola")),
            client -> client.request("GET", "/elsewhere"));
    for (Function<TestClient, Request> request : requests) {
      Answer was = request.apply(before).mount("/poll").send();
      Answer is = request.apply(after).mount("/poll").send();

      assertThat(is.text()).isEqualTo(was.text());
      assertThat(is.status()).isEqualTo(was.status());
      assertThat(told(is)).containsExactlyInAnyOrderElementsOf(told(was));
      assertThat(is.errors()).isEqualTo(was.errors());
    }
    assertThat(after.get("/").text()).contains("tea: 1", "coffee: 0", "mat\u00e9: 1");
  }

  /** The headers that the program made itself. */
  private static List<Header> told(Answer answer) {
    return Stream.of("Content-Type", "Location")
        .flatMap(name -> answer.headers(name).stream().map(value -> Header.of(name, value)))
        .toList();
  }
}
