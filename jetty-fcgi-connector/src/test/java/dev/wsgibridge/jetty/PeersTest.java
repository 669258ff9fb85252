package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeersTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1, true",
    "10.0.0.1, 10.0.0.2, false",
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "192.168.4.0/23, 192.168.5.255, true",
    "192.168.4.0/23, 192.168.6.0, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::1, false",
    "255.255.255.255/32, 255.255.255.255, true",
    "::1, ::1, true",
    "::1, 127.0.0.1, false",
    "2001:db8::/32, 2001:db8:ffff::1, true",
    "2001:DB8::/32, 2001:db9::, false",
    "10.0.0.1, ::ffff:10.0.0.1, true",
  })
  void listsOfOne(String allowed, String peer, boolean allows) throws Exception {
    assertThat(
            new Peers(List.of(allowed))
                .allow(new InetSocketAddress(InetAddress.getByName(peer), 1)))
        .isEqualTo(allows);
  }

  @Test
  void anyOfSeveral() {
    Peers peers = new Peers(List.of("10.0.0.1", "10.0.0.2"));

    assertThat(peers.allow(new InetSocketAddress("10.0.0.2", 1))).isTrue();
    assertThat(peers.allow(new InetSocketAddress("10.0.0.3", 1))).isFalse();
  }

  @Test
  void anEmptyListAllowsAnyone() {
    assertThat(new Peers(List.of()).allow(new InetSocketAddress("10.0.0.2", 1))).isTrue();
  }

  @Test
  void unixDomainSocketsAreNotConcerned() {
    assertThat(new Peers(List.of("10.0.0.1")).allow(UnixDomainSocketAddress.of(""))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "example.com/8",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.1/33",
        "10.0.0.1/8",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/x",
        "10.0.0.1-10.0.0.9",
        "10.0.0.1:80",
        " 10.0.0.1",
        "::/129",
        ":::",
        "1:2:3:4:5:6:7:8:9",
        "2001:db8::1/32",
      })
  void whatIsNoAddressIsRefused(String allowed) {
    assertThatThrownBy(() -> new Peers(List.of(allowed)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "allow-from: found '%s', expected an address such as 10.0.0.1 or 10.0.0.0/8, where the bits behind the prefix are 0",
            allowed);
  }
}
