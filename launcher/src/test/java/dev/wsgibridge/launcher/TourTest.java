package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Mounts;
import dev.wsgibridge.testing.TestClient;
import dev.wsgibridge.validate.Validator;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TourTest {

  private final TestClient java = TestClient.of(new Validator().wrap(new TourInJava(false)));

  @Test
  void javaServesThePageAloneWhereNoPythonCanRun() throws Exception {
    // This class loader knows of no Python.
    Map<String, Application> tour =
        Tour.load(LoadOptions.defaults(ClassLoader.getPlatformClassLoader()));

    assertThat(tour).containsOnlyKeys("/java", "");
    assertThat(TestClient.of(new Mounts(tour)).get("/").text()).contains("<h1>WSGI Bridge</h1>");
  }

  @Test
  void javaAnswersWhereItIsMounted() throws Exception {
    TestClient tour =
        TestClient.of(
            new Mounts(Tour.load(LoadOptions.defaults(ClassLoader.getPlatformClassLoader()))));

    assertThat(tour.get("/java").text()).contains("Hello from Java ", "href=\"./\"");
    assertThat(tour.get("/java/").text()).contains("Hello from Java ", "href=\"../\"");
  }

  @Test
  void saysWhoAnswers() {
    assertThat(java.get("/who?a=\"b\\").text())
        .contains("\"language\": \"Java\"", "\"process\": " + ProcessHandle.current().pid())
        .contains("\"QUERY_STRING\": \"\\u0022a=\\u0022b\\u005c\\u0022\"");
  }

  @Test
  void answersAForm() {
    assertThat(java.request("POST", "/greet").form(Map.of("name", "Zo\u00eb & co")).send().text())
        .isEqualTo("Hello, Zo\u00eb & co! Java got 20 bytes of form.\n");
  }

  @Test
  void readsAFile() {
    assertThat(java.request("POST", "/upload").body("abc").send().text())
        .startsWith("Java read 3 bytes in ")
        .endsWith("SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
  }

  @Test
  void streams() {
    assertThat(java.get("/stream").text().lines())
        .hasSize(12)
        .startsWith("Java: line 1 of 12")
        .endsWith("Java: line 12 of 12");
  }

  @Test
  void hasNothingElse() {
    assertThat(java.get("/nothing").status()).isEqualTo(404);
  }
}
