package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BindTest {

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8080, 127.0.0.1, 8080",
    "HTTP://localhost:0, localhost, 0",
    "http://127.0.0.1:65535/, 127.0.0.1, 65535",
    "http://[::1]:8080, ::1, 8080",
  })
  void readsHostAndPort(String url, String host, int port) {
    assertThat(Bind.parse(url)).isEqualTo(Bind.http(host, port));
  }

  @ParameterizedTest
  @CsvSource({
    "fcgi://127.0.0.1:9000, FCGI",
    "Scgi://127.0.0.1:9000, SCGI",
    "uwsgi://127.0.0.1:9000, UWSGI",
    "ajp://127.0.0.1:9000, AJP",
  })
  void readsTheProtocol(String url, GatewayProtocol protocol) {
    assertThat(Bind.parse(url)).isEqualTo(new Bind(protocol, new Bind.Tcp("127.0.0.1", 9000)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/run/app.sock",
        "/a b/%20/caf\u00e9?x#y+z:0.sock",
      })
  void aPathIsTakenAsItStands(String path) {
    Bind bind = Bind.parse("fcgi+unix://" + path);

    assertThat(bind).isEqualTo(new Bind(GatewayProtocol.FCGI, new Bind.Unix(Path.of(path))));
    assertThat(bind).hasToString("fcgi+unix://" + path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1:8080 | http | it has no scheme",
        "localhost:8080 | http | it has no scheme",
        "8080 | http | it has no scheme",
        "/run/app.sock | http | it has no scheme",
        "unix:/run/app.sock | http | it has no scheme",
        "http://127.0.0.1 | http | it has no port",
        "fcgi://127.0.0.1 | fcgi | it has no port",
        "http://a b:1 | http | it is no URL",
        "http://:8080 | http | it has no host",
        "fcgi:///run/app.sock | fcgi | it has no host",
        "http://127.0.0.1:8080/shop | http | it has a path (to serve below one, add --script-name /shop)",
        "http://me@127.0.0.1:8080 | http | it has more than a host and a port",
        "http://127.0.0.1:8080?a=b | http | it has more than a host and a port",
        "fcgi+unix:/run/app.sock | fcgi | it has no absolute path of a socket, such as ///run/app.sock",
        "fcgi+unix://run/app.sock | fcgi | it has no absolute path of a socket, such as ///run/app.sock",
        "fcgi+unix:///run/ | fcgi | it has no absolute path of a socket, such as ///run/app.sock",
        "fcgi+unix:/// | fcgi | it has no absolute path of a socket, such as ///run/app.sock",
        "uwsgi+fd:3 | uwsgi | only a socket on fd 0 can be taken over",
        "uwsgi+fd://0 | uwsgi | only a socket on fd 0 can be taken over",
        "scgi+tls://127.0.0.1:1 | scgi | its scheme ends with neither +unix nor +fd",
      })
  void saysWhatIsWrong(String url, String scheme, String found) {
    assertThatThrownBy(() -> Bind.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "bind: '%1$s': %2$s; expected %3$s://HOST:PORT, such as %3$s://127.0.0.1:8080 (port 0 picks a free one), %3$s+unix:///PATH, or %3$s+fd:0"
                .formatted(url, found, scheme));
  }

  @Test
  void aPathThatNoFileCanHaveIsRefused() {
    assertThatThrownBy(() -> Bind.parse("fcgi+unix:///a\0b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("its path can be no file's");
  }

  @ParameterizedTest
  @CsvSource({"https://127.0.0.1:1, https", "fastcgi://[::1]:1, fastcgi", "tcp+unix:///a, tcp"})
  void namesTheSchemesThatItKnows(String url, String scheme) {
    assertThatThrownBy(() -> Bind.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "bind: '%s': found the scheme %s, expected one of http, fcgi, scgi, uwsgi, ajp",
            url, scheme);
  }

  @Test
  void portsEndAt65535() {
    assertThatThrownBy(() -> Bind.parse("http://127.0.0.1:65536"))
        .hasMessage(
            "bind: 'http://127.0.0.1:65536': found port 65536, expected 0 (any free one) to 65535");
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:80, false",
    "fcgi://0.0.0.0:80, true",
    "http://[::]:80, true",
    "http+unix:///run/app.sock, false",
    "scgi+fd:0, false",
  })
  void writesItselfAsAUrl(String url, boolean everywhere) {
    assertThat(Bind.parse(url)).hasToString(url);
    assertThat(Bind.parse(url).everywhere()).isEqualTo(everywhere);
  }
}
