package dev.wsgibridge.codec;

import static dev.wsgibridge.codec.RequestVector.raw;
import static dev.wsgibridge.codec.RequestVector.request;

import java.util.stream.Stream;

/** SCGI byte for byte: what fronts send, and what is understood of it. */
final class ScgiVectors {

  /** The headers of some of the vectors are as long. */
  static final Limits LIMITS = new Limits(70, 1);

  private ScgiVectors() {}

  private static RequestVector refused(String name, byte[] front, String octets, String why) {
    return request(name, front, octets, "Refused 1, 400: SCGI: " + why);
  }

  private static RequestVector broken(String name, String octets, String why) {
    return raw(name, octets, "ProtocolException: SCGI: " + why);
  }

  private static byte[] headers(String... namesAndValues) {
    return ScgiFront.netstring(ScgiFront.headers(namesAndValues));
  }

  /** With {@link #LIMITS}. */
  static Stream<RequestVector> requests() {
    return Stream.of(
        raw("nothing", ""),
        request(
            "the specification's example",
            ScgiFront.request(
                "What is the answer to life?",
                "REQUEST_METHOD",
                "POST",
                "REQUEST_URI",
                "/deepthought"),
            "'70:' 'CONTENT_LENGTH' 00 '27' 00 'SCGI' 00 '1' 00 'REQUEST_METHOD' 00 'POST' 00"
                + " 'REQUEST_URI' 00 '/deepthought' 00 ',' 'What is the answer to life?'",
            "Request 1, 27: CONTENT_LENGTH=27, SCGI=1, REQUEST_METHOD=POST, REQUEST_URI=/deepthought",
            "Content 1: What is the answer to life?",
            "End 1"),
        request(
            "no body",
            ScgiFront.request(""),
            "'24:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 '1' 00 ','",
            "Request 1, 0: CONTENT_LENGTH=0, SCGI=1",
            "End 1"),
        request(
            "values of any bytes but NUL, and of none",
            ScgiFront.request("", "A", "\u00ff\r\n,:", "B", ""),
            "'35:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 '1' 00 'A' 00 FF 0D 0A ',:' 00 'B' 00 00 ','",
            "Request 1, 0: CONTENT_LENGTH=0, SCGI=1, A=\u00ff\r\n,:, B=",
            "End 1"),
        request(
            "headers that are repeated",
            ScgiFront.request("", "HTTP_COOKIE", "a", "HTTP_COOKIE", "b"),
            "'52:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 '1' 00 'HTTP_COOKIE' 00 'a' 00"
                + " 'HTTP_COOKIE' 00 'b' 00 ','",
            "Request 1, 0: CONTENT_LENGTH=0, SCGI=1, HTTP_COOKIE=a, HTTP_COOKIE=b",
            "End 1"),
        request(
            "a CONTENT_LENGTH that is repeated, or empty: nginx with fastcgi_params",
            ScgiFront.request("b", "CONTENT_LENGTH", "1", "CONTENT_LENGTH", ""),
            "'57:' 'CONTENT_LENGTH' 00 '1' 00 'SCGI' 00 '1' 00 'CONTENT_LENGTH' 00 '1' 00"
                + " 'CONTENT_LENGTH' 00 00 ',b'",
            "Request 1, 1: CONTENT_LENGTH=1, SCGI=1, CONTENT_LENGTH=1, CONTENT_LENGTH=",
            "Content 1: b",
            "End 1"),
        raw(
            "what follows the body is no other request",
            "'24:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 '1' 00 ','"
                + "'24:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 '1' 00 ','",
            "Request 1, 0: CONTENT_LENGTH=0, SCGI=1",
            "End 1"),
        raw("headers that go on", "'24:' 'CONTENT_LENGTH' 00 '0'"),
        raw(
            "a body that goes on",
            "'24:' 'CONTENT_LENGTH' 00 '9' 00 'SCGI' 00 '1' 00 ',1234'",
            "Request 1, 9: CONTENT_LENGTH=9, SCGI=1",
            "Content 1: 1234"),
        refused(
            "no headers",
            headers(),
            "'0:,'",
            "found none as the first header, expected CONTENT_LENGTH"),
        refused(
            "another header first",
            headers("SCGI", "1", "CONTENT_LENGTH", "0"),
            "'24:' 'SCGI' 00 '1' 00 'CONTENT_LENGTH' 00 '0' 00 ','",
            "found \"SCGI\" as the first header, expected CONTENT_LENGTH"),
        refused(
            "an empty CONTENT_LENGTH",
            headers("CONTENT_LENGTH", "", "SCGI", "1"),
            "'23:' 'CONTENT_LENGTH' 00 00 'SCGI' 00 '1' 00 ','",
            "CONTENT_LENGTH: found \"\", expected a number of bytes, 0 for none"),
        refused(
            "a CONTENT_LENGTH below 0",
            headers("CONTENT_LENGTH", "-2", "SCGI", "1"),
            "'25:' 'CONTENT_LENGTH' 00 '-2' 00 'SCGI' 00 '1' 00 ','",
            "CONTENT_LENGTH: found \"-2\", expected a number of bytes"),
        raw(
            "a body of unknown length, of which nothing tells the end",
            "'25:' 'CONTENT_LENGTH' 00 '-1' 00 'SCGI' 00 '1' 00 ','",
            "Refused 1, 411: SCGI: CONTENT_LENGTH: found \"-1\", expected a number of bytes: nothing"
                + " else tells where the body ends; have the front buffer it"),
        raw(
            "two CONTENT_LENGTHs that say the same",
            "'41:' 'CONTENT_LENGTH' 00 '1' 00 'SCGI' 00 '1' 00 'CONTENT_LENGTH' 00 '1' 00 ',x'",
            "Request 1, 1: CONTENT_LENGTH=1, SCGI=1, CONTENT_LENGTH=1",
            "Content 1: x",
            "End 1"),
        refused(
            "a CONTENT_LENGTH beyond any body",
            headers("CONTENT_LENGTH", "9223372036854775808", "SCGI", "1"),
            "'42:' 'CONTENT_LENGTH' 00 '9223372036854775808' 00 'SCGI' 00 '1' 00 ','",
            "CONTENT_LENGTH: found \"9223372036854775808\", expected a number of bytes"),
        refused(
            "two CONTENT_LENGTHs, and a body that must not be a request",
            headers("CONTENT_LENGTH", "0", "SCGI", "1", "CONTENT_LENGTH", "1"),
            "'41:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 '1' 00 'CONTENT_LENGTH' 00 '1' 00 ','",
            "CONTENT_LENGTH: found \"0\" and \"1\", expected one number"),
        refused(
            "no SCGI",
            headers("CONTENT_LENGTH", "0"),
            "'17:' 'CONTENT_LENGTH' 00 '0' 00 ','",
            "found none, expected the header SCGI to be 1"),
        refused(
            "another SCGI",
            headers("CONTENT_LENGTH", "0", "SCGI", "2"),
            "'24:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 '2' 00 ','",
            "found \"2\", expected the header SCGI to be 1"),
        refused(
            "a header without its value",
            headers("CONTENT_LENGTH", "0", "SCGI"),
            "'22:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 ','",
            "a header has no end, expected NAME, NUL, VALUE, NUL"),
        refused(
            "a value without its NUL",
            ScgiFront.netstring(Octets.of("'SCGI' 00 '1'")),
            "'6:' 'SCGI' 00 '1' ','",
            "a header has no end, expected NAME, NUL, VALUE, NUL"),
        refused(
            "a header without its name",
            headers("", "0"),
            "'3:' 00 '0' 00 ','",
            "a header has no name, expected NAME, NUL, VALUE, NUL"),
        raw(
            "longer than the limit: nothing more is read",
            "'71:' 'CONTENT_LENGTH' 00",
            "Refused 1, 431: SCGI: params of 71 bytes or more, expected no more than 70"),
        raw(
            "a length without end",
            "'9'*40",
            "Refused 1, 431: SCGI: params of 99 bytes or more, expected no more than 70"),
        broken(
            "HTTP",
            "'GET / HTTP/1.1' 0D0A0D0A",
            "the netstring's length has 0x47 in it, expected digits and ':'"),
        broken(
            "FastCGI",
            "01 01 0001 0008 00 00",
            "the netstring's length has 0x01 in it, expected digits and ':'"),
        broken(
            "a netstring without length",
            "':,'",
            "the netstring's length has 0x3a in it, expected digits and ':'"),
        broken(
            "a negative length",
            "'-1:,'",
            "the netstring's length has 0x2d in it, expected digits and ':'"),
        broken(
            "a leading zero",
            "'024:' 'CONTENT_LENGTH' 00",
            "the netstring's length begins with 0, expected no leading zero"),
        broken(
            "another end",
            "'24:' 'CONTENT_LENGTH' 00 '0' 00 'SCGI' 00 '1' 00 ';'",
            "the netstring ends with 0x3b, expected ','"));
  }
}
