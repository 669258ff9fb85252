package dev.wsgibridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestPathTest {

  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/plain/path, /plain/path",
    "/a%20b, '/a b'",
    "/caf%C3%A9, /caf\u00c3\u00a9",
    "/caf%c3%a9, /caf\u00c3\u00a9",
    "/%FF, /\u00ff",
    "/a%2Fb, /a/b",
    "/a%252Fb, /a%2Fb",
    "//a///b, //a///b",
    "/a;v=1/b;w, /a;v=1/b;w",
    "/a%3Bb, /a;b",
    "/a+b, /a+b",
    "/100%, /100%",
    "/%4, /%4",
    "/%zz%41, /%zzA",
    "/%, /%",
    "'', ''"
  })
  void isDecodedOnce(String path, String decoded) {
    assertThat(RequestPath.decode(path)).isEqualTo(decoded);
  }

  @ParameterizedTest
  @CsvSource({
    // path, mount, what is left
    "/a, '', /a",
    "'', '', ''",
    "/shop, /shop, ''",
    "/shop/, /shop, /",
    "/shop/cart, /shop, /cart",
    "/shop//cart, /shop, //cart",
    "//shop/cart, /shop, /cart",
    "/%73hop/cart, /shop, /cart",
    "/shop;v=1/cart, /shop, /cart",
    "/shop;v=1, /shop, ''",
    "/a/b/c, /a/b, /c",
    "/a//b/c, /a/b, /c",
    "/a;x/b;y/c;z, /a/b, /c;z",
    "/caf%C3%A9/x, /caf\u00c3\u00a9, /x",
  })
  void isSplitBelowTheMount(String path, String mount, String rest) {
    assertThat(path.substring(RequestPath.below(path, mount))).isEqualTo(rest);
  }

  @ParameterizedTest
  @CsvSource({
    // raw, whether a dot segment is in it once it is decoded, whether containers walk through it
    "/a/../b, true, true",
    "/a/./b, true, true",
    "/.., true, true",
    "/a/., true, true",
    "/a/%2e%2E/b, true, true",
    "/a%2F../b, true, false",
    "/a/..%2Fb, true, false",
    "/a/..;/b, false, true",
    "/a/%2e;p=1, false, true",
    "/a/..%3B/b, false, false",
    "/a/%252e%252e/b, false, false",
    "/a/.../..b/.c/d../e., false, false",
    "/a..//b, false, false",
    "/, false, false",
    "*, false, false"
  })
  void hasDotSegments(String path, boolean decoded, boolean walked) {
    assertThat(RequestPath.hasDotSegment(RequestPath.decode(path))).isEqualTo(decoded);
    assertThat(RequestPath.isWalkedByContainers(path)).isEqualTo(walked);
  }

  @ParameterizedTest
  @CsvSource({
    "/shopping, /shop",
    "/sho, /shop",
    "/, /shop",
    "'', /shop",
    "/Shop, /shop",
    "/shop%2Fcart, /shop",
    "/shop%3Bv/cart, /shop",
    "*, /shop"
  })
  void liesElsewhere(String path, String mount) {
    assertThat(RequestPath.below(path, mount)).isEqualTo(-1);
  }
}
