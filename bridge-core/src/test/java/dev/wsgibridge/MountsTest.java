package dev.wsgibridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.testing.TestClient;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MountsTest {

  private static Application named(String name) {
    return (environ, startResponse) -> {
      startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
      return Body.of(name + " at " + environ.scriptName() + " for " + environ.pathInfo());
    };
  }

  private final TestClient client =
      TestClient.of(
          new Mounts(
              Map.of(
                  "/shop",
                  named("shop"),
                  "/shop/cart",
                  named("cart"),
                  "/caf\u00e9",
                  named("bar"))));

  @ParameterizedTest
  @CsvSource({
    "/shop, shop at /shop for ''",
    "/shop/, shop at /shop for /",
    "/shop/x, shop at /shop for /x",
    "/shop//x, shop at /shop for //x",
    "/shop/cart, cart at /shop/cart for ''",
    "/shop/carts, shop at /shop for /carts",
    "/caf%C3%A9/x, bar at /caf\u00c3\u00a9 for /x"
  })
  void takesTheLongestPrefixThatFits(String target, String answer) {
    assertThat(client.get(target).text()).isEqualTo(answer.replace("''", ""));
  }

  @Test
  void addsToTheScriptName() {
    assertThat(client.request("GET", "/shop/x").mount("/site").send().text())
        .isEqualTo("shop at /site/shop for /x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/shopping", "/Shop", "/x/shop"})
  void findsNothingElsewhere(String target) {
    assertThat(client.get(target).status()).isEqualTo(404);
  }

  @Test
  void mayHaveOneForTheRest() {
    TestClient all = TestClient.of(new Mounts(Map.of("", named("root"), "/shop", named("shop"))));

    assertThat(all.get("/").text()).isEqualTo("root at  for /");
    assertThat(all.get("/x").text()).isEqualTo("root at  for /x");
    assertThat(all.get("/shop").text()).isEqualTo("shop at /shop for ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "shop", "/shop/"})
  void refusesSuchAPrefix(String prefix) {
    assertThatThrownBy(() -> new Mounts(Map.of(prefix, named("x"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "mount: found \"%s\", expected a path such as /shop, without a slash at its end;"
                    .formatted(prefix)
                + " write / as nothing at all");
  }
}
