package dev.wsgibridge.codec;

import static dev.wsgibridge.codec.RequestVector.raw;
import static dev.wsgibridge.codec.RequestVector.request;

import java.util.stream.Stream;

/** uwsgi byte for byte: what fronts send, and what is understood of it. */
final class UwsgiVectors {

  /** The vars of some of the vectors are as long. */
  static final Limits LIMITS = new Limits(58, 1);

  private UwsgiVectors() {}

  private static RequestVector modifier(int modifier1, String named) {
    return request(
        "modifier1 " + modifier1,
        UwsgiFront.packet(modifier1, new byte[0], 0),
        "%02x 0000 00".formatted(modifier1),
        "Refused 1, 501: uwsgi: found modifier1 %s, expected 0, a request".formatted(named));
  }

  /** With {@link #LIMITS}. */
  static Stream<RequestVector> requests() {
    return Stream.of(
        raw("nothing", ""),
        request(
            "a request with a body",
            UwsgiFront.request(
                "hello", "REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", "5"),
            "00 3900 00 0E00 'REQUEST_METHOD' 0400 'POST' 0B00 'REQUEST_URI' 0100 '/'"
                + " 0E00 'CONTENT_LENGTH' 0100 '5' 'hello'",
            "Request 1, 5: REQUEST_METHOD=POST, REQUEST_URI=/, CONTENT_LENGTH=5",
            "Content 1: hello",
            "End 1"),
        request(
            "no CONTENT_LENGTH, no body",
            UwsgiFront.request("", "REQUEST_METHOD", "GET"),
            "00 1500 00 0E00 'REQUEST_METHOD' 0300 'GET'",
            "Request 1, 0: REQUEST_METHOD=GET",
            "End 1"),
        request(
            "an empty CONTENT_LENGTH, as nginx has it: no body",
            UwsgiFront.request("", "CONTENT_LENGTH", ""),
            "00 1200 00 0E00 'CONTENT_LENGTH' 0000",
            "Request 1, 0: CONTENT_LENGTH=",
            "End 1"),
        request(
            "no vars: what is missing is told by those who need it",
            UwsgiFront.request(""),
            "00 0000 00",
            "Request 1, 0: ",
            "End 1"),
        request(
            "any bytes, a key and a value of none, keys that are repeated, another modifier2",
            UwsgiFront.packet(0, UwsgiFront.vars("A", "\u00ff\0\n", "A", "b", "", ""), 7),
            "00 1200 07 0100 'A' 0300 FF 00 0A 0100 'A' 0100 'b' 0000 0000",
            "Request 1, 0: A=\u00ff\0\n, A=b, =",
            "End 1"),
        request(
            "uWSGI's own variables are vars like others",
            UwsgiFront.request("", "UWSGI_FILE", "/tmp/evil.py"),
            "00 1A00 00 0A00 'UWSGI_FILE' 0C00 '/tmp/evil.py'",
            "Request 1, 0: UWSGI_FILE=/tmp/evil.py",
            "End 1"),
        raw(
            "what follows the body is no other request",
            "00 1300 00 0E00 'CONTENT_LENGTH' 0100 '1' 'b' 00 1500 00 0E00 'REQUEST_METHOD' 0300 'GET'",
            "Request 1, 1: CONTENT_LENGTH=1",
            "Content 1: b",
            "End 1"),
        raw("vars that go on", "00 1300 00 0E00 'CONTENT_LENGTH'"),
        raw(
            "a body that goes on",
            "00 1300 00 0E00 'CONTENT_LENGTH' 0100 '9' '1234'",
            "Request 1, 9: CONTENT_LENGTH=9",
            "Content 1: 1234"),
        raw(
            "a key longer than the vars",
            "00 0500 00 0200 'A' 0000",
            "Refused 1, 400: uwsgi: a var ends at byte 6, expected 5 at most, the datasize"),
        raw(
            "a value longer than the vars",
            "00 0600 00 0100 'A' FFFF 'b'",
            "Refused 1, 400: uwsgi: a var ends at byte 65540, expected 6 at most, the datasize"),
        raw(
            "half of a key's size",
            "00 0100 00 01",
            "Refused 1, 400: uwsgi: a var ends at byte 5, expected 1 at most, the datasize"),
        raw(
            "half of a value's size",
            "00 0400 00 0100 'A' 00",
            "Refused 1, 400: uwsgi: a var ends at byte 5, expected 4 at most, the datasize"),
        request(
            "a CONTENT_LENGTH that is none",
            UwsgiFront.request("", "CONTENT_LENGTH", "+1"),
            "00 1400 00 0E00 'CONTENT_LENGTH' 0200 '+1'",
            "Refused 1, 400: uwsgi: CONTENT_LENGTH: found \"+1\", expected a number of bytes"),
        request(
            "two CONTENT_LENGTHs",
            UwsgiFront.request("", "CONTENT_LENGTH", "0", "CONTENT_LENGTH", "1"),
            "00 2600 00 0E00 'CONTENT_LENGTH' 0100 '0' 0E00 'CONTENT_LENGTH' 0100 '1'",
            "Refused 1, 400: uwsgi: CONTENT_LENGTH: found \"0\" and \"1\", expected one number"),
        raw(
            "longer than the limit: nothing more is read",
            "00 3B00 00 0000",
            "Refused 1, 431: uwsgi: params of 59 bytes or more, expected no more than 58"),
        raw(
            "the longest there is",
            "00 FFFF 00",
            "Refused 1, 431: uwsgi: params of 65535 bytes or more, expected no more than 58"),
        modifier(1, "1"),
        modifier(5, "5 (Perl, PSGI)"),
        modifier(30, "30 (WSGI with SCRIPT_NAME cut off PATH_INFO; --split script does that)"),
        modifier(255, "255"),
        raw(
            "HTTP",
            "'GET / HTTP/1.1' 0D0A0D0A",
            "Refused 1, 501: uwsgi: found modifier1 71, expected 0, a request"));
  }
}
