package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BindTest {

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8080, 127.0.0.1, 8080",
    "HTTP://localhost:0, localhost, 0",
    "http://127.0.0.1:65535/, 127.0.0.1, 65535",
    "http://[::1]:8080, ::1, 8080",
  })
  void readsHostAndPort(String url, String host, int port) {
    assertThat(Bind.parse(url)).isEqualTo(new Bind(host, port));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1:8080 | it is no URL",
        "localhost:8080 | it has no scheme",
        "http://127.0.0.1 | it has no port",
        "http://:8080 | it has no host",
        "http://127.0.0.1:8080/shop | it has a path (to serve below one, add --script-name /shop)",
        "http://me@127.0.0.1:8080 | it has more than a host and a port",
        "http://127.0.0.1:8080?a=b | it has more than a host and a port",
      })
  void saysWhatIsWrong(String url, String found) {
    assertThatThrownBy(() -> Bind.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "bind: '%s': %s; expected http://HOST:PORT, such as http://127.0.0.1:8080 (port 0 picks a free one)"
                .formatted(url, found));
  }

  @Test
  void knowsNoOtherScheme() {
    assertThatThrownBy(() -> Bind.parse("fcgi://127.0.0.1:9000"))
        .hasMessage(
            "bind: 'fcgi://127.0.0.1:9000': expected http://, the one scheme of this version");
  }

  @Test
  void portsEndAt65535() {
    assertThatThrownBy(() -> Bind.parse("http://127.0.0.1:65536"))
        .hasMessage(
            "bind: 'http://127.0.0.1:65536': found port 65536, expected 0 (any free one) to 65535");
  }

  @ParameterizedTest
  @CsvSource({"http://127.0.0.1:80, false", "http://0.0.0.0:80, true", "http://[::]:80, true"})
  void writesItselfAsAUrl(String url, boolean everywhere) {
    assertThat(Bind.parse(url)).hasToString(url);
    assertThat(Bind.parse(url).everywhere()).isEqualTo(everywhere);
  }
}
