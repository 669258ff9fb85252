package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.TestClient;
import dev.wsgibridge.validate.Validator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples in Python, on what {@code --python auto} finds. */
@Timeout(300)
class ExamplesTest {

  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
  private static final Path EXAMPLES = PROJECT.resolve("examples");
  private static final Path PACKAGES = PROJECT.resolve("target/python-packages");

  private static TestClient load(String name) throws Exception {
    LoadOptions options =
        LoadOptions.defaults(ExamplesTest.class.getClassLoader())
            .withPythonPath(EXAMPLES.resolve("django_site"), PACKAGES);
    String found = name.endsWith(".py") ? EXAMPLES.resolve(name).toString() : name;
    Application application = Applications.load(found, options);
    return TestClient.of(new Validator().wrap(application));
  }

  @Test
  void hello() throws Exception {
    assertThat(load("hello.py").get("/").text()).isEqualTo("Hello, World!\n");
  }

  @Test
  void stream() throws Exception {
    assertThat(load("stream.py").get("/").text())
        .startsWith("line 1 of 10\n")
        .endsWith("line 10 of 10\n");
  }

  /** Java's objects are within GraalPy's reach alone: see SpringTest. */
  @Test
  void javaServiceTellsWhatItNeeds() throws Exception {
    TestClient visitor = load("java_service.py");
    assumeTrue(visitor.get("/tea").status() != 200, "GraalPy is what there is");

    assertThat(visitor.get("/tea").status()).isEqualTo(501);
    assertThat(visitor.get("/tea").text()).contains("--python graalpy");
  }

  /** A template, a form, a cookie and a file, alike in all of them. */
  @ParameterizedTest
  @ValueSource(
      strings = {"flask_app.py", "bottle_app.py", "pyramid_app.py", "mysite.wsgi:application"})
  void frameworks(String name) throws Exception {
    assumeTrue(Files.exists(PACKAGES), "./test fetches the frameworks");
    TestClient visitor = load(name);
    assertThat(visitor.get("/").text()).contains("<h1>Hello, stranger!</h1>");
    String token = visitor.cookies().getOrDefault("csrftoken", "");

    Answer remembered =
        visitor
            .request("POST", "/name")
            .form(Map.of("name", "Zo\u00eb <b>", "csrfmiddlewaretoken", token))
            .send();
    assertThat(remembered.status()).isIn(302, 303);
    assertThat(visitor.get("/").text()).contains("<h1>Hello, Zo\u00eb &lt;b&gt;!</h1>");

    Answer uploaded =
        visitor
            .request("POST", "/upload")
            .header("Content-Type", "multipart/form-data; boundary=limit")
            .body(
                """
                --limit
                Content-Disposition: form-data; name="csrfmiddlewaretoken"

                %s
                --limit
                Content-Disposition: form-data; name="file"; filename="na\u00efve.txt"
                Content-Type: text/plain

                abc
                --limit--
                """
                    .formatted(token)
                    .replace("\n", "\r\n")
                    .getBytes(UTF_8))
            .send();
    assertThat(uploaded.text())
        .contains("na\u00efve.txt: 3 bytes")
        .contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}
