package dev.wsgibridge.codec;

import static dev.wsgibridge.codec.FastCgiCodec.AUTHORIZER;
import static dev.wsgibridge.codec.FastCgiCodec.KEEP_CONN;
import static dev.wsgibridge.codec.FastCgiCodec.PARAMS;
import static dev.wsgibridge.codec.FastCgiCodec.RESPONDER;
import static dev.wsgibridge.codec.FastCgiCodec.STDIN;

import dev.wsgibridge.Header;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** FastCGI byte for byte, in both directions: what fronts send, and what answers them. */
final class FastCgiVectors {

  private FastCgiVectors() {}

  /**
   * What a front sends.
   *
   * @param front how {@link FastCgiFront} writes it
   * @param sent what that is, as {@link Octets} has it
   * @param events as {@link Heard} has them
   * @param answered what the codec answers by itself
   */
  record Request(
      String name,
      Consumer<FastCgiFront> front,
      List<String> sent,
      List<String> events,
      List<String> answered) {

    byte[] octets() {
      return FastCgiVectors.octets(sent);
    }

    Request answering(String... octets) {
      return new Request(name, front, sent, events, List.of(octets));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Request request(
      String name, Consumer<FastCgiFront> front, List<String> sent, String... events) {
    return new Request(name, front, sent, List.of(events), List.of());
  }

  /** With limits of 1 MiB of params and two requests at once. */
  static Stream<Request> requests() {
    return Stream.of(
        request("nothing", front -> {}, List.of()),
        request(
            "a GET: its end is the end of STDIN",
            front -> front.request(1, KEEP_CONN, "", "REQUEST_METHOD", "GET", "QUERY_STRING", ""),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0021 00 00  0e 03 'REQUEST_METHODGET' 0c 00 'QUERY_STRING'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00"),
            "Request 1, -1: REQUEST_METHOD=GET, QUERY_STRING=",
            "End 1"),
        request(
            "a POST in two records, with padding",
            front ->
                front
                    .begin(258, RESPONDER, 0)
                    .record(PARAMS, 258, FastCgiFront.pairs("CONTENT_LENGTH", "11"), 6)
                    .record(PARAMS, 258, new byte[0], 255)
                    .record(STDIN, 258, Octets.of("'hello '"), 2)
                    .record(STDIN, 258, Octets.of("'world'"), 3)
                    .record(STDIN, 258, new byte[0], 8),
            List.of(
                "01 01 0102 0008 00 00  0001 00 0000000000",
                "01 04 0102 0012 06 00  0e 02 'CONTENT_LENGTH11' 00*6",
                "01 04 0102 0000 ff 00  00*255",
                "01 05 0102 0006 02 00  'hello ' 00*2",
                "01 05 0102 0005 03 00  'world' 00*3",
                "01 05 0102 0000 08 00  00*8"),
            "Request 258, 11: CONTENT_LENGTH=11",
            "Content 258: hello world",
            "End 258"),
        request(
            "a body of unknown length",
            front -> front.request(1, KEEP_CONN, "hello", "CONTENT_LENGTH", ""),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0010 00 00  0e 00 'CONTENT_LENGTH'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0005 00 00  'hello'",
                "01 05 0001 0000 00 00"),
            "Request 1, -1: CONTENT_LENGTH=",
            "Content 1: hello",
            "End 1"),
        request(
            "no params at all",
            front -> front.request(1, KEEP_CONN, ""),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00"),
            "Request 1, -1: ",
            "End 1"),
        request(
            "lengths of one byte and of four, params over records, split within a length",
            front ->
                front
                    .begin(1, RESPONDER, KEEP_CONN)
                    .record(PARAMS, 1, Octets.of("01 7f 'A' 'x'*127 01 80"))
                    .record(PARAMS, 1, Octets.of("000080 'B' 'y'*100"))
                    .record(PARAMS, 1, Octets.of("'y'*28 80000080 80000000 'N'*128 80000001"))
                    .record(PARAMS, 1, Octets.of("01 'Cc' 00 00"))
                    .endParams(1)
                    .endStdin(1),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0084 00 00  01 7f 'A' 'x'*127 01 80",
                "01 04 0001 0068 00 00  00 00 80 'B' 'y'*100",
                "01 04 0001 00a8 00 00  'y'*28  80 00 00 80 80 00 00 00 'N'*128  80 00 00 01",
                "01 04 0001 0005 00 00  01 'Cc' 00 00",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00"),
            "Request 1, -1: A=%s, B=%s, %s=, C=c, ="
                .formatted("x".repeat(127), "y".repeat(128), "N".repeat(128)),
            "End 1"),
        request(
            "a name may come twice, each byte is a character",
            front ->
                front.request(
                    1, KEEP_CONN, "", "SCRIPT_NAME", "/a", "SCRIPT_NAME", "/\u00e9\u0000\u00ff"),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0020 00 00  0b 02 'SCRIPT_NAME/a' 0b 04 'SCRIPT_NAME/' e9 00 ff",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00"),
            "Request 1, -1: SCRIPT_NAME=/a, SCRIPT_NAME=/\u00e9\u0000\u00ff",
            "End 1"),
        request(
            "two requests at once",
            front ->
                front
                    .begin(1, RESPONDER, KEEP_CONN)
                    .begin(2, RESPONDER, KEEP_CONN)
                    .params(2, "A", "b")
                    .params(1, "A", "a")
                    .endParams(2)
                    .stdin(2, "two")
                    .endParams(1)
                    .stdin(1, "one")
                    .stdin(2, "2")
                    .endStdin(1)
                    .endStdin(2),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 01 0002 0008 00 00  0001 01 0000000000",
                "01 04 0002 0004 00 00  01 01 'Ab'",
                "01 04 0001 0004 00 00  01 01 'Aa'",
                "01 04 0002 0000 00 00",
                "01 05 0002 0003 00 00  'two'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0003 00 00  'one'",
                "01 05 0002 0001 00 00  '2'",
                "01 05 0001 0000 00 00",
                "01 05 0002 0000 00 00"),
            "Request 2, -1: A=b",
            "Content 2: two",
            "Request 1, -1: A=a",
            "Content 1: one",
            "Content 2: 2",
            "End 1",
            "End 2"),
        request(
                "more requests at once than the limit",
                front ->
                    front
                        .begin(1, RESPONDER, KEEP_CONN)
                        .begin(2, RESPONDER, KEEP_CONN)
                        .begin(3, RESPONDER, KEEP_CONN)
                        .params(3, "A", "b")
                        .endParams(3)
                        .endStdin(3)
                        .endParams(1),
                List.of(
                    "01 01 0001 0008 00 00  0001 01 0000000000",
                    "01 01 0002 0008 00 00  0001 01 0000000000",
                    "01 01 0003 0008 00 00  0001 01 0000000000",
                    "01 04 0003 0004 00 00  01 01 'Ab'",
                    "01 04 0003 0000 00 00",
                    "01 05 0003 0000 00 00",
                    "01 04 0001 0000 00 00"),
                "Request 1, -1: ")
            .answering("01 03 0003 0008 00 00  00000000 02 000000"),
        request(
            "an authorizer has no body, and is told that it is one",
            front -> front.begin(1, AUTHORIZER, 0).params(1, "A", "b").endParams(1).endStdin(1),
            List.of(
                "01 01 0001 0008 00 00  0002 00 0000000000",
                "01 04 0001 0004 00 00  01 01 'Ab'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00"),
            "Request 1, 0: A=b, FCGI_ROLE=AUTHORIZER",
            "End 1"),
        request(
            "an authorizer that knows it already",
            front ->
                front.begin(1, AUTHORIZER, 0).params(1, "FCGI_ROLE", "AUTHORIZER").endParams(1),
            List.of(
                "01 01 0001 0008 00 00  0002 00 0000000000",
                "01 04 0001 0015 00 00  09 0a 'FCGI_ROLEAUTHORIZER'",
                "01 04 0001 0000 00 00"),
            "Request 1, 0: FCGI_ROLE=AUTHORIZER",
            "End 1"),
        request(
            "a filter, and what follows it",
            front -> front.begin(1, 3, 0).params(1, "A", "b").endParams(1).endStdin(1),
            List.of(
                "01 01 0001 0008 00 00  0003 00 0000000000",
                "01 04 0001 0004 00 00  01 01 'Ab'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00"),
            "Refused 1, 501: FastCGI: role 3, expected RESPONDER (1) or AUTHORIZER (2)"),
        request(
            "aborted within its body",
            front ->
                front
                    .begin(1, RESPONDER, KEEP_CONN)
                    .params(1, "CONTENT_LENGTH", "5")
                    .endParams(1)
                    .stdin(1, "he")
                    .abort(1)
                    .stdin(1, "llo")
                    .endStdin(1)
                    .abort(1),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0011 00 00  0e 01 'CONTENT_LENGTH5'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0002 00 00  'he'",
                "01 02 0001 0000 00 00",
                "01 05 0001 0003 00 00  'llo'",
                "01 05 0001 0000 00 00",
                "01 02 0001 0000 00 00"),
            "Request 1, 5: CONTENT_LENGTH=5",
            "Content 1: he",
            "Abort 1"),
        request(
            "aborted while it is answered",
            front -> front.request(1, KEEP_CONN, "").abort(1),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00",
                "01 02 0001 0000 00 00"),
            "Request 1, -1: ",
            "End 1",
            "Abort 1"),
        request(
            "aborted within its params",
            front -> front.begin(1, RESPONDER, 0).params(1, "A", "b").abort(1).endParams(1),
            List.of(
                "01 01 0001 0008 00 00  0001 00 0000000000",
                "01 04 0001 0004 00 00  01 01 'Ab'",
                "01 02 0001 0000 00 00",
                "01 04 0001 0000 00 00"),
            "Refused 1, 400: FastCGI: ABORT_REQUEST before the end of PARAMS"),
        request(
                "GET_VALUES: what is known, once, in the order of the question",
                front ->
                    front.getValues(
                        "FCGI_MPXS_CONNS",
                        "FCGI_MAX_CONNS",
                        "FCGI_MOON",
                        "FCGI_MAX_REQS",
                        "FCGI_MAX_CONNS"),
                List.of(
                    "01 09 0000 004b 00 00",
                    "0f 00 'FCGI_MPXS_CONNS' 0e 00 'FCGI_MAX_CONNS' 09 00 'FCGI_MOON'",
                    "0d 00 'FCGI_MAX_REQS' 0e 00 'FCGI_MAX_CONNS'"))
            .answering(
                "01 0a 0000 0033 00 00",
                "0f 01 'FCGI_MPXS_CONNS1' 0e 01 'FCGI_MAX_CONNS2' 0d 01 'FCGI_MAX_REQS2'"),
        request(
                "GET_VALUES of nothing, and with a value",
                front ->
                    front
                        .getValues()
                        .record(9, 0, FastCgiFront.pairs("FCGI_MAX_REQS", "7", "", ""), 1),
                List.of(
                    "01 09 0000 0000 00 00",
                    "01 09 0000 0012 01 00  0d 01 'FCGI_MAX_REQS7' 00 00 00"))
            .answering("01 0a 0000 0000 00 00", "01 0a 0000 0010 00 00  0d 01 'FCGI_MAX_REQS2'"),
        request(
                "management records of unknown types, between those of a request",
                front ->
                    front
                        .begin(1, RESPONDER, KEEP_CONN)
                        .record(12, 0, Octets.of("00*3"), 5)
                        .endParams(1)
                        .record(255, 0, new byte[0])
                        .begin(0, RESPONDER, KEEP_CONN)
                        .endStdin(1),
                List.of(
                    "01 01 0001 0008 00 00  0001 01 0000000000",
                    "01 0c 0000 0003 05 00  00*8",
                    "01 04 0001 0000 00 00",
                    "01 ff 0000 0000 00 00",
                    "01 01 0000 0008 00 00  0001 01 0000000000",
                    "01 05 0001 0000 00 00"),
                "Request 1, -1: ",
                "End 1")
            .answering(
                "01 0b 0000 0008 00 00  0c 00*7",
                "01 0b 0000 0008 00 00  ff 00*7",
                "01 0b 0000 0008 00 00  01 00*7"),
        request(
            "records of requests that aren't open, of types that mean nothing here, too late",
            front ->
                front
                    .abort(7)
                    .endStdin(7)
                    .params(7, "A", "b")
                    .request(1, KEEP_CONN, "", "A", "b")
                    .record(8, 1, Octets.of("'data'"))
                    .record(6, 1, Octets.of("'out'"))
                    .record(200, 1, Octets.of("'?'"))
                    .params(1, "A", "c")
                    .endParams(1)
                    .stdin(1, "late")
                    .endStdin(1),
            List.of(
                "01 02 0007 0000 00 00",
                "01 05 0007 0000 00 00",
                "01 04 0007 0004 00 00  01 01 'Ab'",
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0004 00 00  01 01 'Ab'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00",
                "01 08 0001 0004 00 00  'data'",
                "01 06 0001 0003 00 00  'out'",
                "01 c8 0001 0001 00 00  '?'",
                "01 04 0001 0004 00 00  01 01 'Ac'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0004 00 00  'late'",
                "01 05 0001 0000 00 00"),
            "Request 1, -1: A=b",
            "End 1"),
        request(
            "more of a body than CONTENT_LENGTH",
            front ->
                front
                    .begin(1, RESPONDER, KEEP_CONN)
                    .params(1, "CONTENT_LENGTH", "3")
                    .endParams(1)
                    .stdin(1, "hello")
                    .stdin(1, "!")
                    .endStdin(1),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0011 00 00  0e 01 'CONTENT_LENGTH3'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0005 00 00  'hello'",
                "01 05 0001 0001 00 00  '!'",
                "01 05 0001 0000 00 00"),
            "Request 1, 3: CONTENT_LENGTH=3",
            "Content 1: hel",
            "End 1"),
        request(
            "less of a body than CONTENT_LENGTH",
            front -> front.request(1, KEEP_CONN, "hel", "CONTENT_LENGTH", "4"),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0011 00 00  0e 01 'CONTENT_LENGTH4'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0003 00 00  'hel'",
                "01 05 0001 0000 00 00"),
            "Request 1, 4: CONTENT_LENGTH=4",
            "Content 1: hel",
            "Abort 1"),
        request(
            "a body of no bytes ends before STDIN does",
            front ->
                front.begin(1, RESPONDER, KEEP_CONN).params(1, "CONTENT_LENGTH", "0").endParams(1),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0011 00 00  0e 01 'CONTENT_LENGTH0'",
                "01 04 0001 0000 00 00"),
            "Request 1, 0: CONTENT_LENGTH=0",
            "End 1"),
        request(
            "CONTENT_LENGTH that is no number",
            front -> front.request(1, KEEP_CONN, "hello", "CONTENT_LENGTH", "+5"),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0012 00 00  0e 02 'CONTENT_LENGTH+5'",
                "01 04 0001 0000 00 00",
                "01 05 0001 0005 00 00  'hello'",
                "01 05 0001 0000 00 00"),
            "Refused 1, 400: FastCGI: CONTENT_LENGTH: found \"+5\", expected a number of bytes"),
        request(
            "lengths that say more than there is",
            front ->
                front
                    .begin(1, RESPONDER, KEEP_CONN)
                    .record(PARAMS, 1, Octets.of("01 01 'Ab' ffffffff ffffffff 'A'"))
                    .endParams(1)
                    .begin(2, RESPONDER, KEEP_CONN)
                    .record(PARAMS, 2, Octets.of("01 ff ff"))
                    .endParams(2),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 000d 00 00  01 01 'Ab' ff ff ff ff  ff ff ff ff 'A'",
                "01 04 0001 0000 00 00",
                "01 01 0002 0008 00 00  0001 01 0000000000",
                "01 04 0002 0003 00 00  01 ff ff",
                "01 04 0002 0000 00 00"),
            "Refused 1, 400: FastCGI: PARAMS: a name of 2147483647 and a value of 2147483647 bytes,"
                + " expected no more than the 1 left",
            "Refused 2, 400: FastCGI: PARAMS end within the length of a name or value"),
        request(
            "STDIN before the end of PARAMS",
            front ->
                front
                    .begin(1, RESPONDER, KEEP_CONN)
                    .params(1, "A", "b")
                    .stdin(1, "hello")
                    .endParams(1),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0004 00 00  01 01 'Ab'",
                "01 05 0001 0005 00 00  'hello'",
                "01 04 0001 0000 00 00"),
            "Refused 1, 400: FastCGI: STDIN before the end of PARAMS"),
        request(
            "an id that is open begins again",
            front -> front.request(1, KEEP_CONN, "").begin(1, RESPONDER, KEEP_CONN).endParams(1),
            List.of(
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0000 00 00",
                "01 05 0001 0000 00 00",
                "01 01 0001 0008 00 00  0001 01 0000000000",
                "01 04 0001 0000 00 00"),
            "Request 1, -1: ",
            "End 1",
            "ProtocolException: FastCGI: BEGIN_REQUEST for id 1, which is open, expected one that"
                + " isn't"),
        request(
            "a BEGIN_REQUEST that is too short",
            front -> front.record(1, 1, Octets.of("0001 01 00*4")),
            List.of("01 01 0001 0007 00 00  0001 01 00*4"),
            "ProtocolException: FastCGI: BEGIN_REQUEST of 7 bytes, expected 8"),
        request(
            "a BEGIN_REQUEST that is too long",
            front -> front.record(1, 1, Octets.of("0001 01 00*6")),
            List.of("01 01 0001 0009 00 00  0001 01 00*6"),
            "ProtocolException: FastCGI: BEGIN_REQUEST of 9 bytes, expected 8"),
        request(
            "GET_VALUES of a name that isn't whole",
            front -> front.record(9, 0, Octets.of("0d 00 'FCGI_MAX'")),
            List.of("01 09 0000 000a 00 00  0d 00 'FCGI_MAX'"),
            "ProtocolException: FastCGI: GET_VALUES: a name of 13 and a value of 0 bytes, expected no"
                + " more than the 8 left"));
  }

  /**
   * What answers a request.
   *
   * @param answer as a connection tells it to the codec; request 1 is open
   * @param sent what that becomes, as {@link Octets} has it
   * @param frames as {@link FastCgiFront} reads them
   */
  record Response(
      String name, BiConsumer<Codec, Output> answer, List<String> sent, List<String> frames) {

    @Override
    public String toString() {
      return name;
    }
  }

  private static Response response(
      String name, BiConsumer<Codec, Output> answer, List<String> sent, String... frames) {
    return new Response(name, answer, sent, List.of(frames));
  }

  /** Of a request that leaves the connection open. */
  static Stream<Response> responses() {
    return Stream.of(
        response(
            "head and body share a record",
            (codec, output) -> {
              codec.head(1, 200, "OK", List.of(new Header("X-A", "b")), output);
              codec.content(1, buffer("hello"), output);
              codec.end(1, Codec.Ending.COMPLETE, output);
            },
            List.of(
                "01 06 0001 001f 00 00  'Status: 200 OK' 0d0a 'X-A: b' 0d0a 0d0a 'hello'",
                "01 06 0001 0000 00 00",
                "01 03 0001 0008 00 00  00000000 00 000000"),
            "6 1: Status: 200 OK\r\nX-A: b\r\n\r\nhello",
            "6 1: ",
            "3 1: \0\0\0\0\0\0\0\0"),
        response(
            "errors between, and no body",
            (codec, output) -> {
              codec.errors(1, "a\u20ac", output);
              codec.errors(1, "\n", output);
              codec.head(1, 404, "", List.of(), output);
              codec.errors(1, "b", output);
              codec.end(1, Codec.Ending.COMPLETE, output);
            },
            List.of(
                "01 07 0001 0005 00 00  'a' e282ac 0a",
                "01 06 0001 0010 00 00  'Status: 404 ' 0d0a 0d0a",
                "01 07 0001 0001 00 00  'b'",
                "01 06 0001 0000 00 00",
                "01 07 0001 0000 00 00",
                "01 03 0001 0008 00 00  00000000 00 000000"),
            "7 1: a\u00e2\u0082\u00ac\n",
            "6 1: Status: 404 \r\n\r\n",
            "7 1: b",
            "6 1: ",
            "7 1: ",
            "3 1: \0\0\0\0\0\0\0\0"),
        response(
            "parts sent apart are records of their own",
            (codec, output) -> {
              codec.head(1, 200, "OK", List.of(), output);
              output.splice(ByteBuffer.allocate(0));
              codec.content(1, buffer("one"), output);
              codec.content(1, buffer("two"), output);
              output.splice(ByteBuffer.allocate(0));
              codec.content(1, buffer("three"), output);
              codec.end(1, Codec.Ending.COMPLETE, output);
            },
            List.of(
                "01 06 0001 0012 00 00  'Status: 200 OK' 0d0a 0d0a",
                "01 06 0001 0006 00 00  'onetwo'",
                "01 06 0001 0005 00 00  'three'",
                "01 06 0001 0000 00 00",
                "01 03 0001 0008 00 00  00000000 00 000000"),
            "6 1: Status: 200 OK\r\n\r\n",
            "6 1: onetwo",
            "6 1: three",
            "6 1: ",
            "3 1: \0\0\0\0\0\0\0\0"),
        response(
            "a head is ISO-8859-1 and can't be broken out of",
            (codec, output) -> {
              codec.head(1, 200, "OK", List.of(new Header("X", "\u00e9\r\nY: z"), STATUS), output);
              codec.end(1, Codec.Ending.COMPLETE, output);
            },
            List.of(
                "01 06 0001 001e 00 00  'Status: 200 OK' 0d0a 'X: ' e9 '  Y: z' 0d0a 0d0a",
                "01 06 0001 0000 00 00",
                "01 03 0001 0008 00 00  00000000 00 000000"),
            "6 1: Status: 200 OK\r\nX: \u00e9  Y: z\r\n\r\n",
            "6 1: ",
            "3 1: \0\0\0\0\0\0\0\0"));
  }

  private static final Header STATUS = new Header("status", "500 spoofed");

  static byte[] octets(List<String> parts) {
    return Octets.of(parts.toArray(String[]::new));
  }

  static ByteBuffer buffer(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
