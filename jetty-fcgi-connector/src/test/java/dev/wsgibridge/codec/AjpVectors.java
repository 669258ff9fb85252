package dev.wsgibridge.codec;

import dev.wsgibridge.Header;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** AJP byte for byte, in both directions: what fronts send, and what answers them. */
final class AjpVectors {

  private AjpVectors() {}

  /**
   * What a front sends, to an application that reads all.
   *
   * @param front as {@link AjpFront} writes it
   * @param sent what that is
   * @param events as {@link Heard} has them
   * @param answered packets that the codec answers by itself
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Request(
      String name, byte[] front, byte[] sent, List<String> events, List<String> answered) {

    Request answering(String... packets) {
      return new Request(name, front, sent, events, List.of(packets));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Request request(String name, byte[] front, String sent, String... events) {
    return new Request(name, front, Octets.of(sent), List.of(events), List.of());
  }

  /** What no front of these tests has a word for. */
  private static Request raw(String name, String sent, String... events) {
    return request(name, Octets.of(sent), sent, events);
  }

  /** A request up to its headers. */
  private static String start(String method, String uri, String ssl) {
    return "02 %s 0008 'HTTP/1.1' 00 %s 0009 '192.0.2.7' 00 ffff 000d 'front.example' 00 1f90 %s"
        .formatted(method, uri, ssl);
  }

  private static final String SERVER =
      "SERVER_PROTOCOL=HTTP/1.1, REMOTE_ADDR=192.0.2.7, SERVER_NAME=front.example,"
          + " SERVER_PORT=8080";

  /** To a codec with {@link AjpCodecTest#LIMITS}, the secret {@code null} and GREETING allowed. */
  static Stream<Request> requests() {
    return Stream.of(
        request("nothing", new byte[0], ""),
        request(
                "a GET: no word of a body, so that it is asked for",
                join(
                    AjpFront.get("/a%2Fb")
                        .header(0xA00B, "h:1")
                        .header("X-A", "")
                        .header("X-A", null)
                        .attribute(5, "q=%20")
                        .packet(),
                    AjpFront.body("")),
                "1234 005c"
                    + start("02", "0006 '/a%2Fb' 00", "00")
                    + "0003 a00b 0003 'h:1' 00 0003 'X-A' 00 0000 00 0003 'X-A' 00 ffff"
                    + "05 0005 'q=%20' 00 ff"
                    + "1234 0002 0000",
                "Request 1, -1: HTTP_HOST=h:1, HTTP_X_A=, HTTP_X_A=, REQUEST_METHOD=GET,"
                    // The server's name and port are those of Host.
                    + " REQUEST_URI=/a%2Fb?q=%20, QUERY_STRING=q=%20, SERVER_PROTOCOL=HTTP/1.1,"
                    + " REMOTE_ADDR=192.0.2.7",
                "End 1")
            .answering("GET_BODY_CHUNK 8186"),
        request(
                "a POST with its length: the first packet comes unasked",
                join(
                    AjpFront.post("/").header(0xA008, "11").header(0xA007, "text/plain").packet(),
                    AjpFront.body("hello "),
                    AjpFront.body("world")),
                "1234 004b"
                    + start("04", "0001 '/' 00", "00")
                    + "0002 a008 0002 '11' 00 a007 000a 'text/plain' 00 ff"
                    + "1234 0008 0006 'hello '"
                    + "1234 0007 0005 'world'",
                "Request 1, 11: CONTENT_LENGTH=11, CONTENT_TYPE=text/plain, REQUEST_METHOD=POST,"
                    + " REQUEST_URI=/, QUERY_STRING=, "
                    + SERVER,
                "Content 1: hello world",
                "End 1")
            .answering("GET_BODY_CHUNK 8186"),
        request(
                "chunked: all packets are asked for, and an empty one is the end",
                join(
                    AjpFront.post("/").header("Transfer-Encoding", "Chunked").packet(),
                    AjpFront.body("hello"),
                    AjpFront.body("!"),
                    AjpFront.packet()),
                "1234 0053"
                    + start("04", "0001 '/' 00", "00")
                    + "0001 0011 'Transfer-Encoding' 00 0007 'Chunked' 00 ff"
                    + "1234 0007 0005 'hello'"
                    + "1234 0003 0001 '!'"
                    + "1234 0000",
                "Request 1, -1: HTTP_TRANSFER_ENCODING=Chunked, REQUEST_METHOD=POST, REQUEST_URI=/,"
                    + " QUERY_STRING=, "
                    + SERVER,
                "Content 1: hello!",
                "End 1")
            .answering("GET_BODY_CHUNK 8186", "GET_BODY_CHUNK 8186", "GET_BODY_CHUNK 8186"),
        request(
            "no body: lighttpd sends an empty packet for it",
            join(
                AjpFront.get("/").header(0xA008, "0").packet(),
                AjpFront.packet(),
                AjpFront.packet()),
            "1234 003b"
                + start("02", "0001 '/' 00", "00")
                + "0001 a008 0001 '0' 00 ff"
                + "1234 0000 1234 0000",
            "Request 1, 0: CONTENT_LENGTH=0, REQUEST_METHOD=GET, REQUEST_URI=/, QUERY_STRING=, "
                + SERVER,
            "End 1"),
        request(
                "TLS, a user, all that else has a param, and what has none",
                AjpFront.secure("/")
                    .attribute(1, "context")
                    .attribute(2, "servlet path")
                    .attribute(3, "ada")
                    .attribute(4, "Basic")
                    .attribute(5, "")
                    .attribute(6, "route")
                    .attribute(7, "PEM")
                    .attribute(8, "AES")
                    .attribute(9, "5e")
                    .keySize(256)
                    .attribute("AJP_REMOTE_PORT", "5")
                    .attribute("AJP_LOCAL_ADDR", "::1")
                    .attribute("AJP_SSL_PROTOCOL", "TLSv1.3")
                    .attribute("JK_LB_ACTIVATION", "ACT")
                    .attribute("GREETING", "hi")
                    .attribute("OTHER", "x")
                    .packet(),
                "1234 0109"
                    + start("02", "0001 '/' 00", "01")
                    + "0000 01 0007 'context' 00 02 000c 'servlet path' 00 03 0003 'ada' 00"
                    + "04 0005 'Basic' 00 05 0000 00 06 0005 'route' 00 07 0003 'PEM' 00"
                    + "08 0003 'AES' 00 09 0002 '5e' 00 0b 0100"
                    + "0a 000f 'AJP_REMOTE_PORT' 00 0001 '5' 00"
                    + "0a 000e 'AJP_LOCAL_ADDR' 00 0003 '::1' 00"
                    + "0a 0010 'AJP_SSL_PROTOCOL' 00 0007 'TLSv1.3' 00"
                    + "0a 0010 'JK_LB_ACTIVATION' 00 0003 'ACT' 00"
                    + "0a 0008 'GREETING' 00 0002 'hi' 00"
                    + "0a 0005 'OTHER' 00 0001 'x' 00 ff",
                "Request 1, -1: REMOTE_USER=ada, AUTH_TYPE=Basic, SSL_CLIENT_CERT=PEM,"
                    + " SSL_CIPHER=AES, SSL_SESSION_ID=5e, SSL_CIPHER_USEKEYSIZE=256, REMOTE_PORT=5,"
                    + " SERVER_ADDR=::1, SSL_PROTOCOL=TLSv1.3, GREETING=hi, REQUEST_METHOD=GET,"
                    + " REQUEST_URI=/?, QUERY_STRING=, "
                    + SERVER
                    + ", HTTPS=on")
            .answering("GET_BODY_CHUNK 8186"),
        request(
                "a method without a code, and a key size as lighttpd writes it",
                AjpFront.forward(255, "/").attribute(11, "256").attribute(13, "FOO").packet(),
                "1234 0043"
                    + start("ff", "0001 '/' 00", "00")
                    + "0000 0b 0003 '256' 00 0d 0003 'FOO' 00 ff",
                "Request 1, -1: SSL_CIPHER_USEKEYSIZE=256, REQUEST_METHOD=FOO, REQUEST_URI=/,"
                    + " QUERY_STRING=, "
                    + SERVER)
            .answering("GET_BODY_CHUNK 8186"),
        request("CPING", join(AjpFront.cping(), AjpFront.cping()), "1234 0001 0a 1234 0001 0a")
            .answering("CPONG", "CPONG"),
        raw(
            "SHUTDOWN",
            "1234 0001 07",
            "ProtocolException: AJP: found SHUTDOWN, which no front is to decide"),
        raw(
            "an answer, as a request",
            "1234 0002 05 01",
            "ProtocolException: AJP: found a packet of type 5, expected FORWARD_REQUEST (2) or"
                + " CPING (10)"),
        raw(
            "another protocol",
            "'GET / HTTP/1.1' 0d0a",
            "ProtocolException: AJP: a packet begins with 0x4745, expected 0x1234"),
        raw(
            "a container's packet",
            "'AB' 0001 09",
            "ProtocolException: AJP: a packet begins with 0x4142, expected 0x1234"));
  }

  static byte[] join(byte[]... parts) {
    byte[] all = {};
    for (byte[] part : parts) {
      all = CodecFuzz.join(all, part);
    }
    return all;
  }

  /** What answers a request. */
  record Response(
      String name, BiConsumer<Codec, Output> answer, List<String> packets, List<String> sent) {

    byte[] octets() {
      return Octets.of(sent.toArray(String[]::new));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Response response(
      String name, BiConsumer<Codec, Output> answer, List<String> packets, String... sent) {
    return new Response(name, answer, packets, List.of(sent));
  }

  static Stream<Response> responses() {
    return Stream.of(
        response(
            "head, body and end",
            (codec, output) -> {
              codec.head(
                  1,
                  200,
                  "OK",
                  List.of(
                      new Header("X-A", "\u00e9"),
                      new Header("content-type", "text/plain"),
                      new Header("X-A", "")),
                  output);
              codec.content(1, ByteBuffer.wrap(Octets.of("'hello'")), output);
              codec.end(1, Codec.Ending.COMPLETE, output);
            },
            List.of(
                "SEND_HEADERS 200 OK, Content-Type=text/plain, X-A=\u00e9, X-A=",
                "SEND_BODY_CHUNK hello",
                "END_RESPONSE 1"),
            "'AB' 002c 04 00c8 0002 'OK' 00 0003",
            "a001 000a 'text/plain' 00 0003 'X-A' 00 0001 e9 00 0003 'X-A' 00 0000 00",
            "'AB' 0009 03 0005 'hello' 00",
            "'AB' 0002 05 01"),
        response(
            "all the headers that have a code, and Status, which is none",
            (codec, output) ->
                codec.head(
                    1,
                    401,
                    "",
                    List.of(
                        new Header("Content-Language", "a"),
                        new Header("Content-Length", "b"),
                        new Header("Date", "c"),
                        new Header("Last-Modified", "d"),
                        new Header("Location", "e"),
                        new Header("Set-Cookie", "f"),
                        new Header("SET-COOKIE", "g"),
                        new Header("Set-Cookie2", "h"),
                        new Header("Servlet-Engine", "i"),
                        new Header("Status", "299"),
                        new Header("WWW-Authenticate", "j")),
                    output),
            List.of(
                "SEND_HEADERS 401 , Content-Language=a, Content-Length=b, Date=c,"
                    + " Last-Modified=d, Location=e, Set-Cookie=f, Set-Cookie=g, Set-Cookie2=h,"
                    + " Servlet-Engine=i, WWW-Authenticate=j"),
            "'AB' 0044 04 0191 0000 00 000a",
            "a002 0001 'a' 00 a003 0001 'b' 00 a004 0001 'c' 00 a005 0001 'd' 00",
            "a006 0001 'e' 00 a007 0001 'f' 00 a007 0001 'g' 00 a008 0001 'h' 00",
            "a009 0001 'i' 00 a00b 0001 'j' 00"),
        response(
            "what would end a line, or a string, becomes a space",
            (codec, output) ->
                codec.head(
                    1, 200, "O\nK", List.of(new Header("X\r-A", "a\r\nb\u0000c\u20ac")), output),
            List.of("SEND_HEADERS 200 O K, X -A=a  b c?"),
            "'AB' 001c 04 00c8 0003 'O K' 00 0001 0004 'X -A' 00 0007 'a  b c?' 00"),
        response(
            "a block that goes out at once",
            (codec, output) -> {
              codec.head(1, 200, "OK", List.of(), output);
              codec.content(1, ByteBuffer.wrap(Octets.of("'tick'")), output);
              codec.flush(1, output);
            },
            List.of("SEND_HEADERS 200 OK", "SEND_BODY_CHUNK tick", "SEND_BODY_CHUNK "),
            "'AB' 000a 04 00c8 0002 'OK' 00 0000",
            "'AB' 0008 03 0004 'tick' 00",
            "'AB' 0004 03 0000 00"));
  }
}
