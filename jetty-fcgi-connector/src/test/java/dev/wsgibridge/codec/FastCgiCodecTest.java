package dev.wsgibridge.codec;

import static dev.wsgibridge.codec.FastCgiCodec.AUTHORIZER;
import static dev.wsgibridge.codec.FastCgiCodec.COPIED_BYTES;
import static dev.wsgibridge.codec.FastCgiCodec.KEEP_CONN;
import static dev.wsgibridge.codec.FastCgiCodec.RECORD_BYTES;
import static dev.wsgibridge.codec.FastCgiCodec.RESPONDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.Codec.AfterEnd;
import dev.wsgibridge.codec.Codec.Ending;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FastCgiCodecTest {

  private static final Limits LIMITS = new Limits(1 << 20, 2);

  private final FastCgiFront front = new FastCgiFront();
  private final FastCgiCodec codec = new FastCgiCodec(LIMITS);
  private final Output output = new Output();

  @Test
  void anotherProtocolIsToldAtItsFirstByte() {
    Heard.assertEvents(
        () -> new FastCgiCodec(LIMITS),
        Octets.of("'GET / HTTP/1.1' 0d0a 0d0a"),
        "ProtocolException: FastCGI: version 71, expected 1: does the front speak FastCGI to this"
            + " address?");
    assertThat(Heard.of(codec, Octets.of("02")).events())
        .singleElement()
        .asString()
        .startsWith("ProtocolException: FastCGI: version 2, expected 1");
  }

  // The vectors, in both directions.

  @ParameterizedTest
  @MethodSource("dev.wsgibridge.codec.FastCgiVectors#requests")
  void isHeardAtEverySplit(FastCgiVectors.Request vector) {
    Heard.assertEvents(
        () -> new FastCgiCodec(LIMITS), vector.octets(), vector.events().toArray(String[]::new));
    assertThat(Heard.of(codec, vector.octets()).answered())
        .isEqualTo(Octets.text(FastCgiVectors.octets(vector.answered())));
  }

  @ParameterizedTest
  @MethodSource("dev.wsgibridge.codec.FastCgiVectors#requests")
  void isWrittenByAFront(FastCgiVectors.Request vector) {
    vector.front().accept(front);
    assertThat(Octets.text(front.bytes())).isEqualTo(Octets.text(vector.octets()));
  }

  @ParameterizedTest
  @MethodSource("dev.wsgibridge.codec.FastCgiVectors#responses")
  void isAnswered(FastCgiVectors.Response vector) throws Exception {
    hear(front.request(1, KEEP_CONN, ""));
    vector.answer().accept(codec, output);
    byte[] expected = FastCgiVectors.octets(vector.sent());
    assertThat(Octets.text(Octets.of(output))).isEqualTo(Octets.text(expected));
    assertThat(frames(expected)).isEqualTo(vector.frames());
  }

  // A connection and its end.

  @Test
  void staysOpenWithKeepConn() throws Exception {
    for (int i = 0; i < 3; i++) {
      hear(front.request(1, KEEP_CONN, ""));
      assertThat(answer(1)).isEqualTo(AfterEnd.GO_ON);
    }
  }

  @Test
  void isClosedWithoutKeepConn() throws Exception {
    hear(front.request(1, 0, ""));
    assertThat(answer(1)).isEqualTo(AfterEnd.CLOSE);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 0", "0, 0"})
  void isClosedAfterTheLastOfTheOpenRequests(int first, int second) throws Exception {
    hear(front.request(1, first, "").request(2, second, ""));
    assertThat(answer(1)).isEqualTo(AfterEnd.GO_ON);
    assertThat(answer(2)).isEqualTo(AfterEnd.CLOSE);
  }

  @Test
  void isClosedAfterARequestThatWasOneTooMany() throws Exception {
    hear(front.request(1, KEEP_CONN, "").request(2, KEEP_CONN, "").request(3, 0, ""));
    assertThat(answer(2)).isEqualTo(AfterEnd.GO_ON);
    assertThat(answer(1)).isEqualTo(AfterEnd.CLOSE);
  }

  @Test
  void breaksOffWithoutAnEndRequest() throws Exception {
    hear(front.request(1, KEEP_CONN, ""));
    codec.head(1, 200, "OK", List.of(), output);
    output.clear();
    assertThat(codec.end(1, Ending.BROKEN_OFF, output)).isEqualTo(AfterEnd.BREAK_OFF);
    assertThat(Octets.of(output)).isEqualTo(Octets.of("01 0B 0000 0008 00 00 00*8"));
  }

  @Test
  void tellsOneOfSeveralThatItIsBrokenOff() throws Exception {
    hear(front.request(1, KEEP_CONN, "").request(2, KEEP_CONN, ""));
    codec.head(1, 200, "OK", List.of(), output);
    output.clear();
    assertThat(codec.end(1, Ending.BROKEN_OFF, output)).isEqualTo(AfterEnd.GO_ON);
    assertThat(Octets.of(output)).isEqualTo(Octets.of("01 03 0001 0008 00 00 00000001 00 000000"));
    assertThat(answer(2)).isEqualTo(AfterEnd.GO_ON);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, KEEP_CONN})
  void anUnknownRoleGetsNothingButItsStatus(int flags) throws Exception {
    hear(front.begin(1, 3, flags).endParams(1).endStdin(1));
    ByteBuffer content = ByteBuffer.allocate(5);
    codec.content(1, content, output);
    assertThat(content.hasRemaining()).isFalse();
    assertThat(answer(1)).isEqualTo(flags == 0 ? AfterEnd.CLOSE : AfterEnd.GO_ON);
    assertThat(Octets.of(output)).isEqualTo(Octets.of("01 03 0001 0008 00 00 00000000 03 000000"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, KEEP_CONN})
  void anAbortWithinParamsGetsNothingButAnEndRequest(int flags) throws Exception {
    hear(front.begin(1, RESPONDER, flags).params(1, "A", "b").abort(1));
    assertThat(answer(1)).isEqualTo(flags == 0 ? AfterEnd.CLOSE : AfterEnd.GO_ON);
    assertThat(Octets.of(output)).isEqualTo(Octets.of("01 03 0001 0008 00 00 00000000 00 000000"));
  }

  @Test
  void goesOnAfterAnAbort() throws Exception {
    hear(front.request(1, KEEP_CONN, "").abort(1));
    assertThat(answer(1)).isEqualTo(AfterEnd.GO_ON);
    assertThat(hear(front.request(1, KEEP_CONN, ""))).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, KEEP_CONN})
  void anAbortedRequestEndsAloneWhenItIsBrokenOff(int flags) throws Exception {
    hear(front.request(1, flags, "").abort(1));
    codec.head(1, 200, "OK", List.of(), output);
    output.clear();
    assertThat(codec.end(1, Ending.BROKEN_OFF, output))
        .isEqualTo(flags == 0 ? AfterEnd.CLOSE : AfterEnd.GO_ON);
    assertThat(Octets.of(output)).isEqualTo(Octets.of("01 03 0001 0008 00 00 00000001 00 000000"));
  }

  @Test
  void aBodyThatIsTooShortIsNoWishOfTheFront() throws Exception {
    assertThat(hear(front.request(1, KEEP_CONN, "h", "CONTENT_LENGTH", "2")))
        .endsWith(new Event.Abort(1));
    assertThat(codec.end(1, Ending.BROKEN_OFF, output)).isEqualTo(AfterEnd.BREAK_OFF);
    assertThat(Octets.of(output)).isEqualTo(Octets.of("01 0B 0000 0008 00 00 00*8"));
  }

  @Test
  void answersARefusedRequest() throws Exception {
    hear(front.request(1, KEEP_CONN, "hello", "CONTENT_LENGTH", "five"));
    codec.head(1, 400, "Bad Request", List.of(), output);
    assertThat(codec.end(1, Ending.COMPLETE, output)).isEqualTo(AfterEnd.GO_ON);
    assertThat(FastCgiFront.answer(1, sent()).stdout())
        .isEqualTo("Status: 400 Bad Request\r\n\r\n");
    assertThat(hear(front.request(1, KEEP_CONN, ""))).hasSize(2);
  }

  @Test
  void anAuthorizerIsAnsweredBeforeItsStdinEnds() throws Exception {
    hear(front.begin(1, AUTHORIZER, KEEP_CONN).params(1, "REMOTE_USER", "ada").endParams(1));
    answer(1);
    assertThat(hear(front.endStdin(1).request(1, KEEP_CONN, ""))).hasSize(2);
  }

  // A body that nobody reads.

  @Test
  void theRestOfAnUnreadBodyIsSkippedAtEverySplit() throws Exception {
    byte[] begun =
        front.begin(1, RESPONDER, KEEP_CONN).params(1, "CONTENT_LENGTH", "20").endParams(1).bytes();
    byte[] body = front.stdin(1, "0123456789").stdin(1, "0123456789").endStdin(1).abort(1).bytes();
    for (int split = 0; split <= body.length; split++) {
      FastCgiCodec codec = new FastCgiCodec(LIMITS);
      hear(codec, begun);
      hear(codec, Arrays.copyOf(body, split));
      codec.head(1, 200, "OK", List.of(), output);
      assertThat(codec.end(1, Ending.COMPLETE, output)).isEqualTo(AfterEnd.GO_ON);
      assertThat(hear(codec, Arrays.copyOfRange(body, split, body.length))).isEmpty();
      assertThat(hear(codec, front.request(1, KEEP_CONN, "", "A", "b").bytes()))
          .as("split at %d", split)
          .hasSize(2);
    }
  }

  @Test
  void aLateEmptyStdinIsHarmless() throws Exception {
    hear(front.begin(1, RESPONDER, KEEP_CONN).endParams(1));
    answer(1);
    assertThat(hear(front.endStdin(1).request(1, KEEP_CONN, "", "A", "b"))).hasSize(2);
  }

  @Test
  void anAnswerBeforeTheEndIsToldSilencesIt() throws Exception {
    front.begin(1, RESPONDER, KEEP_CONN).params(1, "CONTENT_LENGTH", "2").endParams(1);
    ByteBuffer input = ByteBuffer.wrap(front.stdin(1, "hi").bytes());
    assertThat(codec.decode(input, output)).isInstanceOf(Event.Request.class);
    assertThat(codec.decode(input, output)).isInstanceOf(Event.Content.class);
    answer(1);
    assertThat(codec.decode(input, output)).isNull();
  }

  // Limits.

  @ParameterizedTest
  @ValueSource(ints = {99, 100, 101})
  void paramsHaveALimit(int bytes) throws Exception {
    Codec limited = new FastCgiCodec(new Limits(100, 1));
    byte[] stream = FastCgiFront.pairs("A", "x".repeat(bytes - 3));
    assertThat(stream).hasSize(bytes);
    for (int recordBytes : new int[] {1, 7, 100, 1000}) {
      front.begin(1, RESPONDER, KEEP_CONN).stream(FastCgiCodec.PARAMS, 1, stream, recordBytes);
      List<Event> events = hear(limited, front.endParams(1).bytes());
      if (bytes <= 100) {
        assertThat(events).singleElement().isInstanceOf(Event.Request.class);
      } else {
        assertThat(events)
            .containsExactly(
                new Event.Refused(1, 431, "FastCGI: PARAMS of 101 bytes, expected at most 100"));
      }
      limited.end(1, Ending.COMPLETE, output);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void openRequestsHaveALimit(int requests) throws Exception {
    Codec limited = new FastCgiCodec(new Limits(100, 3));
    for (int id = 1; id <= requests; id++) {
      front.request(id, KEEP_CONN, "");
    }
    assertThat(hear(limited, front.bytes())).hasSize(2 * Math.min(requests, 3));
    assertThat(Octets.of(output))
        .isEqualTo(
            requests <= 3 ? new byte[0] : Octets.of("01 03 0004 0008 00 00 00000000 02 000000"));
    limited.end(2, Ending.COMPLETE, output);
    assertThat(hear(limited, front.request(2, KEEP_CONN, "").bytes())).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {127, 128, 65_535, 65_536, 1_000_000})
  void aValueMayHaveAnyLength(int length) throws Exception {
    String value = "v".repeat(length);
    assertThat(hear(front.request(1, KEEP_CONN, "", "A", value, "B", "b")).get(0))
        .isInstanceOfSatisfying(
            Event.Request.class,
            request -> {
              assertThat(request.params().last("A")).isEqualTo(value);
              assertThat(request.params().last("B")).isEqualTo("b");
            });
  }

  @Test
  void neitherDeclaredNorSuperfluousBytesTakeMemory() throws Exception {
    front.begin(1, RESPONDER, KEEP_CONN);
    front.record(FastCgiCodec.PARAMS, 1, Octets.of("ffffffff ffffffff"));
    hear(front);
    byte[] record = front.record(FastCgiCodec.PARAMS, 1, new byte[60_000]).bytes();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 1000; i++) {
      assertThat(codec.decode(ByteBuffer.wrap(record), output)).isNull();
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).isLessThan(8L * LIMITS.paramsBytes());
    assertThat(hear(front.endParams(1)))
        .containsExactly(
            new Event.Refused(
                1, 431, "FastCGI: PARAMS of 60000008 bytes, expected at most 1048576"));
  }

  @ParameterizedTest
  @CsvSource({
    "'', -1",
    "0, 0",
    "007, 7",
    "4294967296, 4294967296",
    "999999999999999999, 999999999999999999",
  })
  void contentLengthIsANumber(String text, long length) throws Exception {
    hear(front.begin(1, RESPONDER, KEEP_CONN));
    assertThat(hear(front.params(1, "CONTENT_LENGTH", text).endParams(1)).get(0))
        .isInstanceOfSatisfying(
            Event.Request.class, request -> assertThat(request.contentLength()).isEqualTo(length));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-2", "+1", "1 ", " 1", "1,1", "0x1", "1\n", "\u00b9", "1000000000000000000"})
  void contentLengthThatIsNoneIsRefused(String text) throws Exception {
    assertThat(hear(front.request(1, KEEP_CONN, "h", "CONTENT_LENGTH", text)))
        .singleElement()
        .isInstanceOfSatisfying(
            Event.Refused.class, refused -> assertThat(refused.status()).isEqualTo(400));
  }

  @Test
  void contentLengthOfMinusOneIsUnknown() throws Exception {
    assertThat(hear(front.request(1, KEEP_CONN, "body", "CONTENT_LENGTH", "-1")))
        .hasSize(3)
        .satisfies(
            events -> {
              assertThat(events.get(0))
                  .isInstanceOfSatisfying(
                      Event.Request.class,
                      request -> assertThat(request.contentLength()).isEqualTo(-1));
              assertThat(events.get(1)).isInstanceOf(Event.Content.class);
              assertThat(events.get(2)).isInstanceOf(Event.End.class);
            });
  }

  @ParameterizedTest
  @CsvSource({"'', 2, true", "2, '', true", "2, 2, true", "2, 3, false", "2, 02, false"})
  void contentLengthsThatDifferAreRefused(String one, String other, boolean accepted)
      throws Exception {
    front.begin(1, RESPONDER, KEEP_CONN).params(1, "CONTENT_LENGTH", one, "CONTENT_LENGTH", other);
    assertThat(hear(front.endParams(1)))
        .singleElement()
        .isInstanceOf(accepted ? Event.Request.class : Event.Refused.class);
  }

  @Test
  void aLongGetValuesGetsAShortAnswer() throws Exception {
    byte[] name = FastCgiFront.pairs("FCGI_MAX_REQS", "");
    byte[] many = new byte[name.length * (0xFFFF / name.length)];
    for (int i = 0; i < many.length; i++) {
      many[i] = name[i % name.length];
    }
    assertThat(hear(front.record(FastCgiCodec.GET_VALUES, 0, many))).isEmpty();
    assertThat(frames(Octets.of(output))).containsExactly("10 0: \r\1FCGI_MAX_REQS2");
  }

  @Test
  void oneRequestAtOnceIsNoMultiplexing() throws Exception {
    Codec single = new FastCgiCodec(new Limits(100, 1));
    hear(single, front.getValues("FCGI_MPXS_CONNS").bytes());
    assertThat(frames(Octets.of(output))).containsExactly("10 0: \17\1FCGI_MPXS_CONNS0");
  }

  // The end of the front's side.

  @Test
  void mayEndBetweenRequestsOnly() throws Exception {
    byte[] bytes =
        front
            .begin(1, RESPONDER, KEEP_CONN)
            .params(1, "A", "b")
            .record(FastCgiCodec.PARAMS, 1, new byte[0], 3)
            .stdin(1, "hello")
            .record(FastCgiCodec.STDIN, 1, new byte[0], 1)
            .bytes();
    for (int length = 0; length <= bytes.length; length++) {
      FastCgiCodec codec = new FastCgiCodec(LIMITS);
      hear(codec, Arrays.copyOf(bytes, length));
      if (length == 0 || length == bytes.length) {
        codec.inputEnded();
      } else {
        assertThatThrownBy(codec::inputEnded)
            .as("after %d bytes", length)
            .isInstanceOf(ProtocolException.class)
            .hasMessageStartingWith("FastCGI: the connection ended ");
      }
    }
  }

  @Test
  void tellsWhatHadNotEnded() throws Exception {
    hear(front.begin(7, RESPONDER, KEEP_CONN));
    assertThatThrownBy(codec::inputEnded)
        .hasMessage("FastCGI: the connection ended before the PARAMS of request 7 did");
    hear(front.endParams(7));
    assertThatThrownBy(codec::inputEnded)
        .hasMessage("FastCGI: the connection ended before the STDIN of request 7 did");
    hear(front.stdin(7, "h").abort(7));
    codec.inputEnded();
  }

  // Responses.

  @ParameterizedTest
  @ValueSource(
      ints = {
        1,
        COPIED_BYTES,
        COPIED_BYTES + 1,
        RECORD_BYTES - 1,
        RECORD_BYTES,
        RECORD_BYTES + 1,
        2 * RECORD_BYTES,
        1_000_000
      })
  void contentOfAnySizeArrives(int size) throws Exception {
    byte[] content = new byte[size];
    for (int i = 0; i < size; i++) {
      content[i] = (byte) (i * 31 + i / 251);
    }
    ByteBuffer direct = ByteBuffer.allocateDirect(size).put(content).flip();
    for (ByteBuffer buffer : List.of(ByteBuffer.wrap(content).asReadOnlyBuffer(), direct)) {
      output.clear();
      hear(front.request(1, KEEP_CONN, ""));
      codec.content(1, buffer, output);
      assertThat(buffer.hasRemaining()).isFalse();
      codec.end(1, Ending.COMPLETE, output);
      assertThat(latin1(FastCgiFront.answer(1, sent()).stdout())).isEqualTo(content);
    }
  }

  @Test
  void smallContentIsSentInOneBuffer() throws Exception {
    hear(front.request(1, KEEP_CONN, ""));
    codec.head(1, 200, "OK", List.of(), output);
    codec.content(1, ByteBuffer.allocate(COPIED_BYTES), output);
    codec.end(1, Ending.COMPLETE, output);
    assertThat(output.buffers()).hasSize(1);
  }

  @Test
  void largeContentIsSentFromWhereItIs() throws Exception {
    hear(front.request(1, KEEP_CONN, ""));
    ByteBuffer content = ByteBuffer.allocate(COPIED_BYTES + 1);
    codec.head(1, 200, "OK", List.of(), output);
    codec.content(1, content, output);
    codec.end(1, Ending.COMPLETE, output);
    ByteBuffer[] buffers = output.buffers();
    assertThat(buffers).hasSize(3);
    assertThat(buffers[1].array()).isSameAs(content.array());
    // Head and content are one record, the ends of STDOUT and of the request two more.
    assertThat(frames(Octets.of(output))).hasSize(3);
  }

  @Test
  void emptyContentIsNotTheEndOfStdout() throws Exception {
    hear(front.request(1, KEEP_CONN, ""));
    codec.content(1, ByteBuffer.allocate(0), output);
    codec.errors(1, "", output);
    assertThat(output.isEmpty()).isTrue();
  }

  /** A head's record holds it, its first line and its last. */
  @ParameterizedTest
  @ValueSource(ints = {RECORD_BYTES - 1, RECORD_BYTES, RECORD_BYTES + 1, 300_000})
  void headsOfAnySizeArrive(int size) throws Exception {
    String start = "Status: 200 OK\r\nX: ";
    String value = "v".repeat(size - start.length() - 4);
    hear(front.request(1, KEEP_CONN, ""));
    codec.head(1, 200, "OK", List.of(new Header("X", value)), output);
    codec.content(1, FastCgiVectors.buffer("hello"), output);
    codec.end(1, Ending.COMPLETE, output);
    byte[] bytes = Octets.of(output);
    FastCgiFront.Answer answer = FastCgiFront.answer(1, new ByteArrayInputStream(bytes));
    assertThat(answer.stdout()).isEqualTo(start + value + "\r\n\r\nhello");
    assertThat(answer.closed()).isTrue();
    assertThat(frames(bytes))
        .allSatisfy(
            frame -> assertThat(frame).hasSizeLessThanOrEqualTo("6 1: ".length() + RECORD_BYTES));
  }

  @Test
  void recordsOfTwoRequestsAreKeptApart() throws Exception {
    hear(front.request(1, KEEP_CONN, "").request(2, KEEP_CONN, ""));
    codec.content(1, FastCgiVectors.buffer("a"), output);
    codec.content(2, FastCgiVectors.buffer("b"), output);
    codec.content(2, FastCgiVectors.buffer("c"), output);
    codec.errors(2, "d", output);
    codec.content(1, FastCgiVectors.buffer("e"), output);
    assertThat(frames(Octets.of(output))).containsExactly("6 1: a", "6 2: bc", "7 2: d", "6 1: e");
  }

  @Test
  void aRecordDoesNotGrowBehindAnother() throws Exception {
    hear(front.request(1, KEEP_CONN, "").request(2, KEEP_CONN, ""));
    codec.content(1, FastCgiVectors.buffer("a"), output);
    codec.end(2, Ending.COMPLETE, output);
    codec.content(1, FastCgiVectors.buffer("b"), output);
    assertThat(frames(Octets.of(output)))
        .containsExactly("6 1: a", "6 2: ", "3 2: " + "\0".repeat(8), "6 1: b");
  }

  @Test
  void contentThatLooksLikeARecordIsNone() throws Exception {
    hear(front.request(1, KEEP_CONN, ""));
    codec.content(1, FastCgiVectors.buffer("x"), output);
    output.clear();
    // What another has put now stands where the record was.
    output.put(Octets.of("01 06 0001 0001 00 00 'y'"));
    codec.content(1, FastCgiVectors.buffer("z"), output);
    assertThat(frames(Octets.of(output))).containsExactly("6 1: y", "6 1: z");
  }

  @Test
  void errorsLeaveTheirMark() throws Exception {
    hear(front.request(1, KEEP_CONN, ""));
    codec.errors(1, "caf\u00e9 \ud83d\ude00".repeat(20_000), output);
    codec.end(1, Ending.COMPLETE, output);
    FastCgiFront.Answer answer = FastCgiFront.answer(1, sent());
    assertThat(new String(latin1(answer.stderr()), StandardCharsets.UTF_8))
        .isEqualTo("caf\u00e9 \ud83d\ude00".repeat(20_000));
    assertThat(answer.stdout()).isEmpty();
  }

  @Test
  void aRequestThatIsNotOpenIsTheCallersMistake() throws Exception {
    hear(front.request(1, KEEP_CONN, ""));
    answer(1);
    assertThatThrownBy(() -> codec.end(1, Ending.COMPLETE, output))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("request 1 is not open");
  }

  // What it costs.

  @Test
  void contentIsASliceOfTheInput() throws Exception {
    hear(front.begin(1, RESPONDER, KEEP_CONN).endParams(1));
    byte[] input = front.stdin(1, "hello").bytes();
    assertThat(codec.decode(ByteBuffer.wrap(input), output))
        .isInstanceOfSatisfying(
            Event.Content.class, content -> assertThat(content.bytes().array()).isSameAs(input));
  }

  @Test
  void namesAreMadeOnce() {
    byte[] bytes = Octets.of("'REQUEST_METHODREQUEST_METHOD'");
    String name = Names.of(bytes, 0, 14);
    assertThat(name).isEqualTo("REQUEST_METHOD");
    assertThat(Names.of(bytes, 14, 14)).isSameAs(name);
    assertThat(Names.of(bytes, 14, 13)).isEqualTo("REQUEST_METHO");
    assertThat(Names.of(Octets.of("e9 ff 00"), 0, 3)).isEqualTo("\u00e9\u00ff\u0000");
    // "Aa" and "BB" have one hash.
    for (String text : List.of("Aa", "BB", "Aa", "", "n".repeat(64), "n".repeat(65))) {
      byte[] octets = latin1(text);
      assertThat(Names.of(octets, 0, octets.length)).isEqualTo(text);
    }
  }

  @Test
  void nothingIsAskedFor() throws Exception {
    hear(front.begin(1, RESPONDER, KEEP_CONN).endParams(1));
    codec.demand(1, output);
    assertThat(output.isEmpty()).isTrue();
  }

  private List<Event> hear(FastCgiFront front) throws ProtocolException {
    return hear(codec, front.bytes());
  }

  private List<Event> hear(Codec codec, byte[] bytes) throws ProtocolException {
    ByteBuffer input = ByteBuffer.wrap(bytes);
    List<Event> events = new ArrayList<>();
    for (Event event = codec.decode(input, output);
        event != null;
        event = codec.decode(input, output)) {
      events.add(event);
    }
    return events;
  }

  /** What is sent for one answer alone stays in the output. */
  private AfterEnd answer(int id) {
    output.clear();
    codec.head(id, 200, "OK", List.of(), output);
    codec.content(id, FastCgiVectors.buffer("hello"), output);
    return codec.end(id, Ending.COMPLETE, output);
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private InputStream sent() {
    return new ByteArrayInputStream(Octets.of(output));
  }

  /** Each record as {@code type id: content}. */
  private static List<String> frames(byte[] bytes) throws IOException {
    InputStream input = new ByteArrayInputStream(bytes);
    List<String> frames = new ArrayList<>();
    for (FastCgiFront.Frame frame = FastCgiFront.read(input);
        frame != null;
        frame = FastCgiFront.read(input)) {
      frames.add("%d %d: %s".formatted(frame.type(), frame.id(), frame.content()));
    }
    return frames;
  }
}
