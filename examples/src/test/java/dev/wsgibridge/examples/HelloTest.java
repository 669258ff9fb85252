package dev.wsgibridge.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.TestClient;
import dev.wsgibridge.validate.Validator;
import org.junit.jupiter.api.Test;

class HelloTest {

  @Test
  void saysHello() {
    Answer answer = TestClient.of(new Validator().wrap(new Hello())).get("/");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo("Hello, World!\n");
  }
}
