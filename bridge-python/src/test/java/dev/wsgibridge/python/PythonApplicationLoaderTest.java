package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.ApplicationLoader;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PythonApplicationLoaderTest {

  private static final LoadOptions OPTIONS =
      LoadOptions.defaults(PythonApplicationLoaderTest.class.getClassLoader());

  @Test
  void isRegistered() {
    assertThat(ServiceLoader.load(ApplicationLoader.class))
        .hasAtLeastOneElementOfType(PythonApplicationLoader.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a b",
        "a..b",
        "1st",
        "hello.py~",
        "hello.fcgi~",
        "cgi:old.py",
        "cgi:./old.cgi",
        "cgi:old"
      })
  void otherNamesAreNotItsKind(String name) throws LoadException {
    assertThat(new PythonApplicationLoader().load(name, OPTIONS)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello.py",
        "./hello.py",
        "/srv/my site/a-b.py:app",
        "hello.py:create_app('x.y')",
        "./hello",
        "/srv/hello.fcgi:app",
        "mysite",
        "mysite.wsgi:application",
        "mysite.wsgi:create_app()",
        "dev.example.Hello"
      })
  void filesAndModulesAre(String name) {
    assertThat(PythonApplicationLoader.isPython(name)).isTrue();
  }
}
