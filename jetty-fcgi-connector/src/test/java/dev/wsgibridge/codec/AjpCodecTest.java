package dev.wsgibridge.codec;

import static dev.wsgibridge.codec.AjpVectors.join;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Header;
import dev.wsgibridge.codec.Codec.AfterEnd;
import dev.wsgibridge.codec.Codec.Ending;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AjpCodecTest {

  static final Limits LIMITS = new Limits(400, 1);

  private static final int CONTENT_LENGTH = 0xA008;

  private final AjpCodec codec = codec(null);
  private final Output output = new Output();

  private static AjpCodec codec(@Nullable String secret, String... attributes) {
    return new AjpCodec(LIMITS, secret, Set.of(attributes), false);
  }

  // ------------------------------------------------------------ the vectors, in both directions

  @ParameterizedTest
  @MethodSource("dev.wsgibridge.codec.AjpVectors#requests")
  void isHeardAtEverySplit(AjpVectors.Request vector) {
    Heard.assertEvents(
        () -> new Eager(codec(null, "GREETING")),
        vector.sent(),
        vector.events().toArray(String[]::new));
    Eager eager = new Eager(codec(null, "GREETING"));
    Heard.of(eager, vector.sent());
    assertThat(eager.answered).isEqualTo(vector.answered());
  }

  @ParameterizedTest
  @MethodSource("dev.wsgibridge.codec.AjpVectors#requests")
  void isWrittenByAFront(AjpVectors.Request vector) {
    assertThat(Octets.text(vector.front())).isEqualTo(Octets.text(vector.sent()));
  }

  @ParameterizedTest
  @MethodSource("dev.wsgibridge.codec.AjpVectors#responses")
  void isAnswered(AjpVectors.Response vector) throws Exception {
    hear(codec, AjpFront.get("/").packet());
    vector.answer().accept(codec, output);
    assertThat(Octets.text(Octets.of(output))).isEqualTo(Octets.text(vector.octets()));
    assertThat(AjpFront.packets(vector.octets())).isEqualTo(vector.packets());
  }

  /** A codec whose application demands more with each event. */
  private static final class Eager implements Codec {

    private final Codec codec;
    private final List<String> answered = new ArrayList<>();

    Eager(Codec codec) {
      this.codec = codec;
    }

    @Override
    public @Nullable Event decode(ByteBuffer input, Output ignored) throws ProtocolException {
      Output output = new Output();
      Event event = codec.decode(input, output);
      if (event != null) {
        codec.demand(event.id(), output);
      }
      answered.addAll(AjpFront.packets(Octets.of(output)));
      return event;
    }

    @Override
    public void inputEnded() throws ProtocolException {
      codec.inputEnded();
    }

    @Override
    public void demand(int id, Output output) {}

    @Override
    public void head(int id, int status, String reason, List<Header> headers, Output output) {}

    @Override
    public void content(int id, ByteBuffer content, Output output) {}

    @Override
    public void errors(int id, String text, Output output) {}

    @Override
    public AfterEnd end(int id, Ending ending, Output output) {
      return codec.end(id, ending, output);
    }
  }

  // ------------------------------------------------------------ one request after the other

  @Test
  void requestsFollowEachOtherOnAConnection() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(hear(codec, AjpFront.get("/" + i).packet()))
          .singleElement()
          .asString()
          .contains("REQUEST_URI=/" + i);
      assertThat(answer()).isEqualTo(AfterEnd.GO_ON);
    }
  }

  @Test
  void nothingOfARequestReachesTheNext() throws Exception {
    hear(codec, AjpFront.get("/").header("X-A", "1").attribute(5, "q").packet());
    answer();
    assertThat(hear(codec, AjpFront.get("/").packet()).get(0))
        .doesNotContain("X_A")
        .contains("QUERY_STRING=, ");
  }

  @Test
  void asksForNoMoreThanOnePacketAtATime() throws Exception {
    hear(codec, AjpFront.post("/").header("Transfer-Encoding", "chunked").packet());
    codec.demand(1, output);
    codec.demand(1, output);
    assertThat(AjpFront.packets(Octets.of(output))).containsExactly("GET_BODY_CHUNK 8186");
    byte[] part = AjpFront.body("hello");
    hear(codec, part, 0, part.length - 1);
    output.clear();
    codec.demand(1, output);
    assertThat(output.isEmpty()).as("amid a packet").isTrue();
    hear(codec, part, part.length - 1, 1);
    codec.demand(1, output);
    assertThat(AjpFront.packets(Octets.of(output))).containsExactly("GET_BODY_CHUNK 8186");
  }

  @Test
  void doesNotAskForWhatComesUnasked() throws Exception {
    hear(codec, AjpFront.post("/").header(CONTENT_LENGTH, "5").packet());
    codec.demand(1, output);
    hear(codec, AjpFront.body("hello"));
    codec.demand(1, output);
    assertThat(output.isEmpty()).isTrue();
  }

  @Test
  void aClientThatLeavesAbortsTheRequest() throws Exception {
    for (byte[] empty : List.of(AjpFront.body(""), AjpFront.packet())) {
      AjpCodec codec = codec(null);
      hear(codec, AjpFront.post("/").header(CONTENT_LENGTH, "5").packet());
      assertThat(hear(codec, empty)).containsExactly("Abort 1");
      // Who knows what it would be.
      assertThat(hear(codec, AjpFront.get("/next").packet())).isEmpty();
      assertThat(codec.end(1, Ending.COMPLETE, output)).isEqualTo(AfterEnd.CLOSE);
    }
  }

  @Test
  void aConnectionThatEndsBetweenRequestsIsNoMistake() throws Exception {
    codec.inputEnded();
    hear(codec, AjpFront.get("/").packet());
    codec.inputEnded();
    answer();
    codec.inputEnded();
  }

  @Test
  void aConnectionThatEndsAmidSomethingIs() throws Exception {
    byte[] request = AjpFront.post("/").header(CONTENT_LENGTH, "5").packet();
    for (int end = 1; end < request.length; end++) {
      AjpCodec codec = codec(null);
      hear(codec, request, 0, end);
      assertThatThrownBy(codec::inputEnded).hasMessage("AJP: the connection ended amid a packet");
    }
    hear(codec, request);
    assertThatThrownBy(codec::inputEnded)
        .hasMessage("AJP: the connection ended where a body packet was due");
  }

  @Test
  void aResponseThatFailsHasNoEnd() throws Exception {
    hear(codec, AjpFront.get("/").packet());
    codec.head(1, 200, "OK", List.of(), output);
    output.clear();
    assertThat(codec.end(1, Ending.BROKEN_OFF, output)).isEqualTo(AfterEnd.BREAK_OFF);
    assertThat(output.isEmpty()).isTrue();
  }

  // ------------------------------------------------------------ limits

  @ParameterizedTest
  @CsvSource({"399, false", "400, false", "401, true"})
  void aRequestIsAsLongAsTheLimitAtMost(int length, boolean refused) throws Exception {
    int rest = AjpFront.get("").packet().length - 4;
    byte[] packet = AjpFront.get("/".repeat(length - rest)).packet();
    assertThat(packet).hasSize(length + 4);
    assertThat(hear(codec, packet).get(0))
        .startsWith(
            refused
                ? "Refused 1, 431: AJP: a request of 401 bytes, expected no more than 400"
                : "Request 1");
  }

  @Test
  void takesPacketsOfAnySize() throws Exception {
    AjpCodec codec = new AjpCodec(Limits.DEFAULT, null, Set.of(), false);
    int rest = AjpFront.get("").packet().length - 4;
    assertThat(hear(codec, AjpFront.get("/".repeat(65_535 - rest)).packet())).hasSize(1);
    answer(codec);
    hear(codec, AjpFront.post("/").header("Transfer-Encoding", "chunked").packet());
    codec.demand(1, output);
    assertThat(hear(codec, AjpFront.body(new byte[65_533])))
        .containsExactly("Content 1: " + "\0".repeat(65_533));
  }

  @ParameterizedTest
  @CsvSource({
    "8192, 8191, true",
    "8192, 8192, true",
    "8192, 8193, false",
    "65536, 65535, true",
    "65536, 65536, true",
    "65536, 65537, false"
  })
  void aHeadFitsOnePacketOrIsNone(int packetBytes, int headBytes, boolean fits) throws Exception {
    AjpCodec codec = new AjpCodec(LIMITS, Quota.alone(LIMITS), null, Set.of(), false, packetBytes);
    hear(codec, AjpFront.get("/").packet());
    output.put('x');
    // Header, type, status, "OK", number of headers, name, and what is around the value.
    List<Header> headers = List.of(new Header("A", "v".repeat(headBytes - 21)));
    if (fits) {
      codec.head(1, 200, "OK", headers, output);
      assertThat(output.position() - 1).isEqualTo(headBytes);
    } else {
      assertThatThrownBy(() -> codec.head(1, 200, "OK", headers, output))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "AJP: a response head of %d bytes, expected no more than the %d of a packet"
                  .formatted(headBytes, packetBytes));
      assertThat(output.position()).isEqualTo(1);
      codec.head(1, 500, "Internal Server Error", List.of(), output);
    }
  }

  @Test
  void aHeaderTooLongForItsLengthIsNone() throws Exception {
    hear(codec, AjpFront.get("/").packet());
    List<Header> headers = List.of(new Header("A", "v".repeat(65_536 + 10)));
    assertThatThrownBy(() -> codec.head(1, 200, "OK", headers, output))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(output.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2048, 1", "2049, 1", "8183, 1", "8184, 1", "8185, 2", "16369, 3"})
  void contentIsCutIntoPackets(int bytes, int packets) throws Exception {
    hear(codec, AjpFront.get("/").packet());
    ByteBuffer content = ByteBuffer.wrap("x".repeat(bytes).getBytes(ISO_8859_1));
    codec.content(1, content, output);
    List<String> chunks = AjpFront.packets(Octets.of(output));
    assertThat(chunks).hasSize(packets);
    assertThat(String.join("", chunks).replace("SEND_BODY_CHUNK ", "")).hasSize(bytes);
    assertThat(content.hasRemaining()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {8191, 65_537})
  void packetsAreOfThatManyBytes(int bytes) {
    assertThatThrownBy(
            () -> new AjpCodec(LIMITS, Quota.alone(LIMITS), null, Set.of(), false, bytes))
        .hasMessage("AJP: found packets of %d bytes, expected 8192 to 65536", bytes);
  }

  @Test
  void asksForAsMuchAsAPacketHolds() throws Exception {
    AjpCodec codec = new AjpCodec(LIMITS, Quota.alone(LIMITS), null, Set.of(), false, 65_536);
    hear(codec, AjpFront.get("/").packet());
    codec.demand(1, output);
    assertThat(Octets.text(Octets.of(output)))
        .isEqualTo(Octets.text(Octets.of("'AB' 0003 06 fffa")));
  }

  // ------------------------------------------------------------ what is no request

  @Test
  void aRequestThatIsCutIsRefused() throws Exception {
    byte[] whole =
        AjpFront.get("/").header("A", "b").attribute("c", "d").attribute(5, "e").packet();
    for (int end = 5; end < whole.length; end++) {
      byte[] cut = AjpFront.packet(Arrays.copyOfRange(whole, 4, end));
      assertThat(hear(codec(null), cut).get(0)).startsWith("Refused 1, 400: AJP: ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "02 00 | found method 0, expected 1 to 27 or 255",
        "02 1c | found method 28, expected 1 to 27 or 255",
        "02 ff | found method 255 and no attribute stored_method, expected one"
      })
  void methodsHaveACode(String start, String why) throws Exception {
    byte[] request = AjpFront.get("/").packet();
    System.arraycopy(Octets.of(start), 0, request, 4, 2);
    assertRefused(request, 400, why);
  }

  @Test
  void whatIsNoFieldIsRefused() throws Exception {
    assertRefused(
        AjpFront.get("/").header(0xA000, "").packet(),
        400,
        "found header 0xa000, expected 0xa001 to 0xa00e");
    assertRefused(
        AjpFront.get("/").header(0xA00F, "").packet(),
        400,
        "found header 0xa00f, expected 0xa001 to 0xa00e");
    assertRefused(
        AjpFront.get("/").header("", "x").packet(),
        400,
        "found a header without a name, expected one");
    assertRefused(
        AjpFront.get("/").attribute(0, "x").packet(),
        400,
        "found attribute 0, expected 1 to 13 or 255");
    assertRefused(
        AjpFront.get("/").attribute(14, "x").packet(),
        400,
        "found attribute 14, expected 1 to 13 or 255");
    assertRefused(
        AjpFront.get("/").raw((byte) 255).packet(),
        400,
        "found 1 bytes behind the request, expected it to end");
    assertRefused(
        AjpFront.get("/").raw(Octets.of("05 0001 'a' 01")).packet(),
        400,
        "found 0x01 behind \"query_string\", expected NUL");
    for (String end : List.of("\r", "\n", "\0")) {
      assertRefused(
          AjpFront.get("/").header("A", "b" + end + "c").packet(),
          400,
          "found a line end in \"A\", expected none");
    }
  }

  @Test
  void moreHeadersThanTheirPacketCanHoldAreRefused() throws Exception {
    byte[] request = AjpFront.get("/").packet();
    request[request.length - 3] = (byte) 0xFF;
    request[request.length - 2] = (byte) 0xFF;
    assertRefused(request, 400, "found 65535 headers in the last 1 bytes, expected fewer");
  }

  // ------------------------------------------------------------ Ghostcat, CVE-2020-1938

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jakarta.servlet.include.request_uri",
        "jakarta.servlet.include.path_info",
        "jakarta.servlet.include.servlet_path",
        "javax.servlet.include.request_uri",
        "javax.servlet.include.path_info",
        "javax.servlet.include.servlet_path"
      })
  void whatSteersAContainerIsNeverTaken(String attribute) throws Exception {
    byte[] request = AjpFront.get("/x").attribute(attribute, "/WEB-INF/web.xml").packet();
    assertThat(hear(codec(null), request).get(0)).startsWith("Request").doesNotContain("WEB-INF");
    assertThat(hear(codec(null, attribute), request).get(0)).doesNotContain("WEB-INF");
  }

  @Test
  void anAttributeNeverOverridesTheRequest() throws Exception {
    AjpCodec codec = codec(null, "REMOTE_ADDR", "REQUEST_URI", "REQUEST_METHOD", "QUERY_STRING");
    CgiParams params =
        params(
            codec,
            AjpFront.get("/")
                .attribute("REMOTE_ADDR", "127.0.0.1")
                .attribute("REQUEST_URI", "/admin")
                .attribute("REQUEST_METHOD", "DELETE")
                .attribute("QUERY_STRING", "x")
                .packet());
    assertThat(params.last("REMOTE_ADDR")).isEqualTo("192.0.2.7");
    assertThat(params.last("REQUEST_URI")).isEqualTo("/");
    assertThat(params.last("REQUEST_METHOD")).isEqualTo("GET");
    assertThat(params.last("QUERY_STRING")).isEmpty();
  }

  @Test
  void theSecretIsRequiredWhereThereIsOne() throws Exception {
    assertThat(hear(codec("s3cret"), AjpFront.get("/").attribute(12, "s3cret").packet()).get(0))
        .startsWith("Request 1");
    String expected =
        " secret, expected the one that is set here (mod_proxy_ajp: ProxyPass … secret=…; mod_jk:"
            + " worker.NAME.secret)";
    for (String wrong : List.of("", "s3cre", "s3crets", "S3cret", "x")) {
      assertThat(hear(codec("s3cret"), AjpFront.get("/").attribute(12, wrong).packet()))
          .containsExactly("Refused 1, 403: AJP: found another" + expected);
    }
    assertThat(hear(codec("s3cret"), AjpFront.get("/").attribute(12, null).packet()).get(0))
        .startsWith("Refused 1, 403");
    assertThat(hear(codec("s3cret"), AjpFront.get("/").packet()))
        .containsExactly("Refused 1, 403: AJP: found no" + expected);
    // The right one does not make good for a wrong one.
    assertThat(
            hear(
                    codec("s3cret"),
                    AjpFront.get("/").attribute(12, "s3cret").attribute(12, "x").packet())
                .get(0))
        .startsWith("Refused 1, 403");
  }

  @Test
  void aSecretIsItsBytesInUtf8() throws Exception {
    assertThat(
            hear(codec("\u00e9"), AjpFront.get("/").attribute(12, "\u00c3\u00a9").packet()).get(0))
        .startsWith("Request 1");
  }

  @Test
  void aSecretThatNobodyAsksForIsNoParam() throws Exception {
    assertThat(hear(codec(null), AjpFront.get("/").attribute(12, "s3cret").packet()).get(0))
        .startsWith("Request 1")
        .doesNotContain("s3cret");
  }

  @Test
  void anEmptySecretIsNone() {
    assertThatThrownBy(() -> codec(""))
        .hasMessage("AJP: found an empty secret, expected one or none");
  }

  // ------------------------------------------------------------ headers that spoof

  @Test
  void namesWithUnderscoresAreDroppedUnlessTheyAreWanted() throws Exception {
    byte[] request =
        AjpFront.get("/")
            .header("X_Real_IP", "1")
            .header("Content_Length", "7")
            .header("CONTENT_TYPE", "a/b")
            .header("transfer_encoding", "chunked")
            .packet();
    CgiParams params = params(codec(null), request);
    assertThat(params.last("HTTP_X_REAL_IP")).isNull();
    params = params(new AjpCodec(LIMITS, null, Set.of(), true), request);
    assertThat(params.last("HTTP_X_REAL_IP")).isEqualTo("1");
    // Never what frames the body.
    assertThat(params.last("CONTENT_LENGTH")).isNull();
    assertThat(params.last("CONTENT_TYPE")).isNull();
    assertThat(params.last("HTTP_TRANSFER_ENCODING")).isNull();
  }

  // ------------------------------------------------------------ smuggling, CVE-2022-26377, -36760

  @Test
  void aBodyIsSaidToEndInOneWay() throws Exception {
    String chunked = "Transfer-Encoding";
    assertRefused(
        AjpFront.post("/").header(chunked, "chunked").header(CONTENT_LENGTH, "5").packet(),
        400,
        "found both Content-Length and Transfer-Encoding, expected one of them");
    assertRefused(
        AjpFront.post("/").header(CONTENT_LENGTH, "5").header(CONTENT_LENGTH, "5").packet(),
        400,
        "found Content-Length twice, expected it once");
    assertRefused(
        AjpFront.post("/").header(CONTENT_LENGTH, "5").header("content-length", "6").packet(),
        400,
        "found Content-Length twice, expected it once");
    assertRefused(
        AjpFront.post("/").header(chunked, "chunked").header(chunked, "chunked").packet(),
        400,
        "found Transfer-Encoding twice, expected it once");
    for (String odd :
        List.of("", "identity", "gzip, chunked", "chunked ", "xchunked", "\u000bchunked")) {
      assertThat(hear(codec(null), AjpFront.post("/").header(chunked, odd).packet()).get(0))
          .startsWith("Refused 1, 400: AJP: found Transfer-Encoding ");
    }
    for (String odd : List.of("", "-1", "+5", "5, 5", " 5", "0x5", "5.0", "9".repeat(19))) {
      assertThat(hear(codec(null), AjpFront.post("/").header(CONTENT_LENGTH, odd).packet()).get(0))
          .startsWith("Refused 1, 400: AJP: found Content-Length ");
    }
  }

  /** What an attacker would like to be taken for a request. */
  private static final byte[] SMUGGLED = AjpFront.get("/smuggled").packet();

  @Test
  void nothingIsReadBehindARefusal() throws Exception {
    byte[] refused =
        AjpFront.post("/").header("Transfer-Encoding", "x").header(CONTENT_LENGTH, "9").packet();
    assertThat(hear(codec, join(refused, SMUGGLED))).hasSize(1);
    assertThat(answer()).isEqualTo(AfterEnd.CLOSE);
    assertThat(AjpFront.packets(Octets.of(output))).contains("END_RESPONSE 0");
    assertThat(hear(codec, SMUGGLED)).isEmpty();
  }

  @Test
  void theUnreadFirstPacketOfABodyIsNoRequest() throws Exception {
    // Its length, 514, begins as a FORWARD_REQUEST would: 02 02.
    byte[] content = CodecFuzz.join(SMUGGLED, new byte[514 - SMUGGLED.length]);
    byte[] body = AjpFront.body(content);
    assertThat(body).startsWith(Octets.of("1234 0204 0202"));
    for (int split = 0; split <= body.length; split++) {
      AjpCodec codec = codec(null);
      hear(codec, AjpFront.post("/").header(CONTENT_LENGTH, "10000").packet());
      assertThat(hear(codec, body, 0, split).stream().filter(e -> !e.startsWith("Content")))
          .isEmpty();
      // Answered before the packet was there, or amid it.
      assertThat(answer(codec)).isEqualTo(AfterEnd.GO_ON);
      assertThat(hear(codec, body, split, body.length - split)).isEmpty();
      assertThat(hear(codec, AjpFront.get("/next").packet()))
          .singleElement()
          .asString()
          .contains("REQUEST_URI=/next");
    }
  }

  @Test
  void aPacketThatIsDueAndComesLateIsNoRequest() {
    List<AjpFront.Forward> posts =
        List.of(
            AjpFront.post("/").header("Transfer-Encoding", "chunked"),
            AjpFront.post("/").header(CONTENT_LENGTH, "1000"));
    for (AjpFront.Forward post : posts) {
      for (byte[] late : List.of(AjpFront.body(SMUGGLED), AjpFront.body(""), AjpFront.packet())) {
        hear(codec, post.packet());
        codec.demand(1, output);
        assertThat(answer()).isEqualTo(AfterEnd.GO_ON);
        assertThat(hear(codec, join(late, AjpFront.get("/next").packet())))
            .singleElement()
            .asString()
            .contains("REQUEST_URI=/next");
        answer();
      }
    }
  }

  @Test
  void theRestOfABodyThatNobodyAskedForIsNotWaitedFor() throws Exception {
    hear(codec, AjpFront.post("/").header(CONTENT_LENGTH, "10000").packet());
    hear(codec, AjpFront.body("hello"));
    assertThat(answer()).isEqualTo(AfterEnd.GO_ON);
    assertThat(hear(codec, AjpFront.get("/next").packet())).hasSize(1);
  }

  @Test
  void aPacketThatNobodyAskedForBreaksTheConnectionOff() throws Exception {
    String broken =
        "ProtocolException: AJP: a packet of %d bytes that nobody has asked for, expected none"
            + " before the response's end";
    byte[] body = AjpFront.body("hello");
    hear(codec, AjpFront.get("/").packet());
    assertThat(hear(codec, body)).containsExactly(broken.formatted(7));
    AjpCodec whole = codec(null);
    hear(whole, join(AjpFront.post("/").header(CONTENT_LENGTH, "5").packet(), body));
    assertThat(hear(whole, body)).containsExactly(broken.formatted(7));
    assertThat(hear(codec(null), join(AjpFront.get("/").packet(), SMUGGLED)))
        .endsWith(broken.formatted(SMUGGLED.length - 4));
  }

  @ParameterizedTest
  @CsvSource({"4, true", "5, true", "6, false"})
  void aBodyIsNeverLongerThanItWasSaidToBe(int bytes, boolean fits) throws Exception {
    hear(codec, AjpFront.post("/").header(CONTENT_LENGTH, "5").packet());
    byte[] body = AjpFront.body("x".repeat(bytes));
    if (fits) {
      assertThat(hear(codec, body).get(0)).isEqualTo("Content 1: " + "x".repeat(bytes));
    } else {
      assertThat(hear(codec, body))
          .containsExactly(
              "ProtocolException: AJP: a body packet of 6 bytes, expected no more than the 5 that"
                  + " Content-Length leaves");
    }
  }

  @Test
  void aBodyPacketTellsItsLengthTwice() throws Exception {
    byte[] post = AjpFront.post("/").header(CONTENT_LENGTH, "5").packet();
    for (String wrong :
        List.of("1234 0007 0004 'hello'", "1234 0007 0006 'hello'", "1234 0005 'hello'")) {
      AjpCodec codec = codec(null);
      hear(codec, post);
      assertThat(hear(codec, Octets.of(wrong)))
          .singleElement()
          .asString()
          .startsWith("ProtocolException: AJP: a body packet of ")
          .contains(" says that it has ");
    }
    AjpCodec codec = codec(null);
    hear(codec, post);
    assertThat(hear(codec, Octets.of("1234 0001 00")))
        .containsExactly(
            "ProtocolException: AJP: a body packet of 1 byte, expected its length and its bytes");
  }

  // ------------------------------------------------------------

  private static List<String> hear(Codec codec, byte[] bytes) {
    return Heard.of(codec, bytes).events();
  }

  private static List<String> hear(Codec codec, byte[] bytes, int from, int count) {
    return hear(codec, Arrays.copyOfRange(bytes, from, from + count));
  }

  private static CgiParams params(Codec codec, byte[] request) throws ProtocolException {
    Event event = codec.decode(ByteBuffer.wrap(request), new Output());
    if (event instanceof Event.Request heard) {
      return heard.params();
    }
    throw new AssertionError("no request: " + event);
  }

  private static void assertRefused(byte[] request, int status, String why) throws Exception {
    assertThat(hear(codec(null), request))
        .containsExactly("Refused 1, %d: AJP: %s".formatted(status, why));
  }

  private AfterEnd answer() {
    return answer(codec);
  }

  private AfterEnd answer(Codec codec) {
    codec.head(1, 200, "OK", List.of(), output);
    return codec.end(1, Ending.COMPLETE, output);
  }
}
