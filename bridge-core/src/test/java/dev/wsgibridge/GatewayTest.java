package dev.wsgibridge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.TestClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PEP 3333's order of things, point by point. */
class GatewayTest {

  private static final Header TEXT = Header.of("Content-Type", "text/plain");

  /** What happened, in order: the application's doings and the server's. */
  private final List<String> events = new ArrayList<>();

  @Nested
  class Head {

    @Test
    void goesOutWithTheFirstBlockThatIsNotEmpty() {
      serve(
          (environ, startResponse) ->
              steps(
                  () -> "",
                  () -> {
                    startResponse.start("200 OK", TEXT);
                    return "";
                  },
                  () -> "a"));

      assertThat(events)
          .containsExactly(
              "step 1", "step 2", "step 3", "head 200", "write a", "flush", "end", "close");
    }

    @Test
    void goesOutWithoutAnyBlock() {
      Answer answer = get((environ, startResponse) -> started(startResponse, steps()));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.reason()).isEqualTo("OK");
      assertThat(answer.headers()).containsExactly(TEXT, Header.of("Content-Length", "0"));
      assertThat(answer.blocks()).isEmpty();
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @Test
    void keepsOrderAndRepetitionOfHeaders() {
      Header one = Header.of("Set-Cookie", "a=1");
      Header two = Header.of("set-cookie", "b=2");

      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", one, TEXT, two);
                return steps(() -> "x");
              });

      assertThat(answer.headers()).containsExactly(one, TEXT, two);
    }

    @Test
    void isACopyOfWhatWasGiven() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                List<Header> headers = new ArrayList<>(List.of(TEXT));
                startResponse.start("200 OK", headers);
                headers.add(Header.of("Evil", "a\r\nb"));
                return steps(() -> "x");
              });

      assertThat(answer.headers()).containsExactly(TEXT);
    }

    @Test
    void mayHaveNoReason() {
      Answer answer = get((environ, startResponse) -> started(startResponse, "200 ", "x"));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.reason()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "200",
          "20 OK",
          "2000 OK",
          "099 Low",
          "200OK",
          " 200 OK",
          "abc OK",
          "-20 OK",
          "\u0662\u0660\u0660 OK",
          "200\tOK",
          "200 O\r\nK",
          "200 O\nK",
          "200 O\u0000K",
          "200 \u007f",
          "200 \u20ac"
        })
    void isRefusedWithSuchAStatus(String status) {
      Answer answer = get((environ, startResponse) -> started(startResponse, status, "x"));

      assertBroken(answer, Rule.STATUS);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"", " ", "a b", "a:", "a\r\n", "\u00e4", "a(b)", "a\"", "a/b", "a\u0000"})
    void isRefusedWithSuchAHeaderName(String name) {
      assertBroken(get(withHeader(name, "x")), Rule.HEADER_NAME);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"a\r\nb", "a\nb", "a\rb", "a\u0000b", "a\tb", "a\u001f", "\u007f", "\u0100"})
    void isRefusedWithSuchAHeaderValue(String value) {
      assertBroken(get(withHeader("X-Test", value)), Rule.HEADER_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "Gr\u00fc\u00dfe", "\u00ff", "a, b; c=\"d\""})
    void takesSuchAHeaderValueAsItIs(String value) {
      assertThat(get(withHeader("X-Test", value)).header("X-Test")).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Connection",
          "keep-alive",
          "Proxy-Authenticate",
          "Proxy-Authorization",
          "TE",
          "Trailers",
          "TRANSFER-ENCODING",
          "Upgrade"
        })
    void isRefusedWithHopByHopHeaders(String name) {
      assertBroken(get(withHeader(name, "x")), Rule.HEADER_HOP_BY_HOP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "1.0", "0x1", " 1", "1, 1", "1234567890123456789"})
    void isRefusedWithSuchAContentLength(String value) {
      assertBroken(get(withHeader("Content-Length", value)), Rule.CONTENT_LENGTH);
    }

    @Test
    void isRefusedWithTwoContentLengths() {
      Header length = Header.of("Content-Length", "1");

      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", length, length);
                return Body.of("x");
              });

      assertBroken(answer, Rule.CONTENT_LENGTH);
    }

    @Test
    void hasToBeGiven() {
      assertBroken(get((environ, startResponse) -> Body.of("x")), Rule.START_MISSING);
      assertBroken(get((environ, startResponse) -> Body.empty()), Rule.START_MISSING);
    }
  }

  @Nested
  class SecondHead {

    private final Exception failure = new Exception("the failure");

    @Test
    void isAnErrorWithoutTheFailureThatLedToIt() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT);
                startResponse.start("404 Not Found", TEXT);
                return Body.of("x");
              });

      assertBroken(answer, Rule.START_TWICE);
    }

    @Test
    void isAnErrorAfterTheFirstWasSent() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT).write(bytes("x"));
                startResponse.start("404 Not Found", TEXT);
                return Body.of("y");
              });

      assertThat(answer.outcome()).isEqualTo(Outcome.BROKEN_OFF);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.text()).isEqualTo("x");
      assertThat(rule(answer)).isEqualTo(Rule.START_TWICE);
    }

    @Test
    void replacesTheFirstThatWasNotSent() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT, Header.of("Content-Length", "99"));
                startResponse.start("503 Later", List.of(TEXT), failure);
                return Body.of("sorry");
              });

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.reason()).isEqualTo("Later");
      assertThat(answer.headers()).containsExactly(TEXT, Header.of("Content-Length", "5"));
      assertThat(answer.text()).isEqualTo("sorry");
    }

    @Test
    void mayBeTheFirstOne() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("503 Later", List.of(TEXT), failure);
                return Body.of("sorry");
              });

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.text()).isEqualTo("sorry");
    }

    @Test
    void throwsTheFailureAgainOnceTheFirstWasSent() {
      List<Throwable> caught = new ArrayList<>();

      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT).write(bytes("x"));
                caught.add(
                    catchThrowable(() -> startResponse.start("503 Later", List.of(TEXT), failure)));
                throw failure;
              });

      assertThat(caught).containsExactly(failure);
      assertThat(answer.outcome()).isEqualTo(Outcome.BROKEN_OFF);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.failure()).isSameAs(failure);
    }
  }

  @Nested
  class Write {

    @Test
    void precedesTheBodyAndIsSentAtOnce() {
      serve(
          (environ, startResponse) -> {
            StartResponse.Writer writer = startResponse.start("200 OK", TEXT);
            writer.write(bytes("a"));
            events.add("working");
            writer.write(bytes("b"));
            return steps(() -> "c");
          });

      assertThat(events)
          .containsExactly(
              "head 200",
              "write a",
              "flush",
              "working",
              "write b",
              "flush",
              "step 1",
              "write c",
              "flush",
              "end",
              "close");
    }

    @Test
    void leavesTheLengthUnknown() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT).write(bytes("a"));
                return Body.of("b");
              });

      assertThat(answer.headers()).containsExactly(TEXT);
      assertThat(answer.text()).isEqualTo("ab");
    }

    @Test
    void sendsTheHeadEvenWithAnEmptyBlock() {
      serve(
          (environ, startResponse) -> {
            startResponse.start("200 OK", TEXT).write(new byte[0]);
            events.add("working");
            return steps(() -> "a");
          });

      assertThat(events).startsWith("head 200", "flush", "working");
    }

    @Test
    void isOverWithTheResponse() {
      List<StartResponse> kept = new ArrayList<>();
      List<StartResponse.Writer> writers = new ArrayList<>();
      get(
          (environ, startResponse) -> {
            kept.add(startResponse);
            writers.add(startResponse.start("200 OK", TEXT));
            return Body.empty();
          });

      assertThatThrownBy(() -> writers.get(0).write(bytes("late")))
          .isInstanceOf(RuleBrokenException.class)
          .hasMessageStartingWith("AFTER_END: found write() after the response's end");
      assertThatThrownBy(() -> kept.get(0).start("200 OK", TEXT))
          .isInstanceOf(RuleBrokenException.class)
          .hasMessageStartingWith("AFTER_END: found start_response after the response's end");
    }
  }

  @Nested
  class Blocks {

    @Test
    void areSentBeforeTheNextIsAskedFor() {
      serve(
          (environ, startResponse) ->
              started(startResponse, steps(() -> "a", () -> "", () -> "b")));

      assertThat(events)
          .containsExactly(
              "step 1",
              "head 200",
              "write a",
              "flush",
              "step 2",
              "step 3",
              "write b",
              "flush",
              "end",
              "close");
    }

    @Test
    void getAContentLengthWhereTheirSizeIsKnown() {
      Answer answer =
          get(
              (environ, startResponse) ->
                  started(startResponse, Body.of(List.of(bytes("ab"), bytes("c")))));

      assertThat(answer.header("Content-Length")).isEqualTo("3");
      assertThat(answer.text()).isEqualTo("abc");
    }

    @Test
    void getNoContentLengthWhereTheirSizeIsNotKnown() {
      Answer answer =
          get((environ, startResponse) -> started(startResponse, steps(() -> "a", () -> "b")));

      assertThat(answer.headers()).containsExactly(TEXT);
      assertThat(answer.blocks()).containsExactly(bytes("a"), bytes("b"));
    }

    @Test
    void keepTheContentLengthThatTheApplicationGave() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", Header.of("content-length", "1"));
                return Body.of("x");
              });

      assertThat(answer.headers()).containsExactly(Header.of("content-length", "1"));
    }

    @Test
    void areCutAtTheContentLength() {
      AtomicInteger asked = new AtomicInteger();
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT, Header.of("Content-Length", "3"));
                return steps(
                    () -> "ab",
                    () -> "cd",
                    () -> {
                      asked.incrementAndGet();
                      return "ef";
                    });
              });

      assertThat(answer.text()).isEqualTo("abc");
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
      assertThat(asked).hasValue(0);
    }

    @Test
    void ofWriteAreCutAtTheContentLength() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                StartResponse.Writer writer =
                    startResponse.start("200 OK", Header.of("Content-Length", "3"));
                writer.write(bytes("ab"));
                writer.write(bytes("cd"));
                return Body.of("ef");
              });

      assertThat(answer.text()).isEqualTo("abc");
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @Test
    void breakOffWhenTheyFallShortOfTheContentLength() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT, Header.of("Content-Length", "3"));
                return Body.of("ab");
              });

      assertThat(answer.text()).isEqualTo("ab");
      assertThat(answer.outcome()).isEqualTo(Outcome.BROKEN_OFF);
      assertThat(rule(answer)).isEqualTo(Rule.BODY_TOO_SHORT);
    }

    @Test
    void areMissingFromAPromisedBody() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT, Header.of("Content-Length", "3"));
                return Body.empty();
              });

      assertThat(answer.outcome()).isEqualTo(Outcome.BROKEN_OFF);
      assertThat(rule(answer)).isEqualTo(Rule.BODY_TOO_SHORT);
    }

    @Test
    void areNeverNull() {
      assertBroken(
          get((environ, startResponse) -> started(startResponse, missing())), Rule.BODY_NULL);
      assertBroken(
          get(
              (environ, startResponse) ->
                  started(startResponse, Body.of(Arrays.asList(bytes("a"), missing())))),
          Rule.BLOCK);
      assertBroken(
          get((environ, startResponse) -> started(startResponse, steps(() -> missing()))),
          Rule.BLOCK);
      assertBroken(
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT).write(missing());
                return Body.empty();
              }),
          Rule.BLOCK);
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"}) // as a language with looser types would
    void areBytes() {
      Iterable text = List.of("text");

      assertBroken(
          get((environ, startResponse) -> started(startResponse, Body.of((Iterable<byte[]>) text))),
          Rule.BLOCK);
    }
  }

  @Nested
  class NoBody {

    @Test
    void isSentToHead() {
      TestClient client =
          TestClient.of((environ, startResponse) -> started(startResponse, "200 OK", "abc"));

      Answer answer = client.request("HEAD", "/").send();

      assertThat(answer.headers()).containsExactly(TEXT, Header.of("Content-Length", "3"));
      assertThat(answer.blocks()).isEmpty();
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @Test
    void saysNothingAboutTheLengthThatGetWouldSee() {
      Answer answer =
          TestClient.of((environ, startResponse) -> started(startResponse, Body.empty()))
              .request("HEAD", "/")
              .send();

      assertThat(answer.headers()).containsExactly(TEXT);
    }

    @Test
    void keepsTheLengthThatTheApplicationGaveToHead() {
      Answer answer =
          TestClient.of(
                  (environ, startResponse) -> {
                    startResponse.start("200 OK", TEXT, Header.of("Content-Length", "1000"));
                    return Body.empty();
                  })
              .request("HEAD", "/")
              .send();

      assertThat(answer.header("Content-Length")).isEqualTo("1000");
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @Test
    void asksForNoMoreThanTheHeadTakes() {
      Gateway.Outcome outcome =
          serve(
              "HEAD",
              (environ, startResponse) -> started(startResponse, steps(() -> "a", () -> "b")));

      assertThat(outcome).isEqualTo(Outcome.COMPLETE);
      assertThat(events).containsExactly("step 1", "head 200", "end", "close");
    }

    @Test
    void takesWriteFromHead() {
      Answer answer =
          TestClient.of(
                  (environ, startResponse) -> {
                    startResponse.start("200 OK", TEXT).write(bytes("a"));
                    return Body.of("b");
                  })
              .request("HEAD", "/")
              .send();

      assertThat(answer.blocks()).isEmpty();
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @ParameterizedTest
    @CsvSource({"204 No Content, false", "304 Not Modified, true"})
    void goesWithSuchAStatus(String status, boolean keepsLength) {
      Header length = Header.of("Content-Length", "3");

      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start(status, length);
                return Body.of("abc");
              });

      assertThat(answer.blocks()).isEmpty();
      assertThat(answer.headers()).isEqualTo(keepsLength ? List.of(length) : List.of());
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"100 Continue", "101 Switching Protocols", "103 Early Hints"})
    void anInterimStatusIsAFailure(String status) {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start(status, Header.of("Content-Length", "3"));
                return Body.of("abc");
              });

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
      assertThat(answer.failure()).hasMessageContaining("found status " + status.substring(0, 3));
    }

    @Test
    void getsNoLengthOfItsOwnWith304() {
      Answer answer =
          get((environ, startResponse) -> started(startResponse, "304 Not Modified", "abc"));

      assertThat(answer.headers()).containsExactly(TEXT);
    }
  }

  @Nested
  class Close {

    @Test
    void happensOnceAtTheEnd() {
      assertThat(serve((environ, startResponse) -> started(startResponse, steps(() -> "a"))))
          .isEqualTo(Outcome.COMPLETE);
      assertThat(events).containsOnlyOnce("close").endsWith("end", "close");
    }

    @Test
    void happensOnceAfterAFailureHalfWay() {
      assertThat(
              serve(
                  (environ, startResponse) ->
                      started(
                          startResponse,
                          steps(
                              () -> "a",
                              () -> {
                                throw new IllegalStateException("half-way");
                              }))))
          .isEqualTo(Outcome.BROKEN_OFF);
      assertThat(events)
          .containsExactly("step 1", "head 200", "write a", "flush", "step 2", "close");
    }

    @Test
    void happensOnceWithoutAHead() {
      assertThat(serve((environ, startResponse) -> steps(() -> "a"))).isEqualTo(Outcome.COMPLETE);
      assertThat(events).containsOnlyOnce("close").contains("head 500");
    }

    @Test
    void happensOnceWhenTheClientLeft() {
      Answer answer =
          TestClient.of(
                  (environ, startResponse) ->
                      started(startResponse, steps(() -> "a", () -> "b", () -> "c")))
              .request("GET", "/")
              .leaveAfter(1)
              .send();

      assertThat(events).containsExactly("step 1", "close");
      assertThat(answer.outcome()).isEqualTo(Outcome.CLIENT_GONE);
      assertThat(answer.failure()).isNull();
    }

    @Test
    void happensOnceForHead() {
      serve("HEAD", (environ, startResponse) -> started(startResponse, steps(() -> "a")));

      assertThat(events).containsOnlyOnce("close").endsWith("close");
    }

    @Test
    void mayFailWithoutHarm() {
      Answer answer =
          get(
              (environ, startResponse) ->
                  started(
                      startResponse,
                      Body.of("a")
                          .onClose(
                              () -> {
                                throw new IOException("no close");
                              })));

      assertThat(answer.text()).isEqualTo("a");
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @Test
    void comesAfterTheEndOfEveryFile(@TempDir Path folder) throws IOException {
      Path file = Files.writeString(folder.resolve("f"), "abc");

      serve(
          (environ, startResponse) ->
              started(startResponse, Body.of(file).onClose(() -> events.add("close"))));

      assertThat(events).containsExactly("head 200", "file 0 3", "end", "close");
    }
  }

  @Nested
  class Failure {

    @Test
    void beforeTheHeadIsAnAnswerWithoutDetails() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", Header.of("Set-Cookie", "a=b"));
                throw new IllegalStateException("the password is 1234");
              });

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.reason()).isEqualTo("Internal Server Error");
      assertThat(answer.headers())
          .containsExactly(
              Header.of("Content-Type", "text/plain; charset=utf-8"),
              Header.of("Content-Length", "22"));
      assertThat(answer.text()).isEqualTo("Internal Server Error\n");
      assertThat(answer.failure()).hasMessage("the password is 1234");
    }

    @Test
    void whileTheFirstBlockIsMadeIsAnAnswerToo() {
      Answer answer =
          get(
              (environ, startResponse) ->
                  started(
                      startResponse,
                      steps(
                          () -> {
                            throw new IllegalStateException("too early");
                          })));

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @Test
    void afterTheHeadBreaksOff() {
      Answer answer =
          get(
              (environ, startResponse) ->
                  started(
                      startResponse,
                      steps(
                          () -> "a",
                          () -> {
                            throw new IllegalStateException("too late");
                          })));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.text()).isEqualTo("a");
      assertThat(answer.outcome()).isEqualTo(Outcome.BROKEN_OFF);
    }

    @Test
    void mayBeAnError() {
      for (Error error : List.of(new StackOverflowError(), new NoClassDefFoundError("x"))) {
        Answer answer =
            get(
                (environ, startResponse) -> {
                  throw error;
                });

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.failure()).isSameAs(error);
      }
    }

    @Test
    void mayBeAnInterruptOfItsOwn() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                throw new InterruptedException();
              });

      assertThat(Thread.interrupted()).as("the server's thread is interrupted").isFalse();
      assertThat(answer.status()).isEqualTo(500);
    }

    @Test
    void ofTheRequestsBodyIsTheClients() {
      InputStream broken =
          new InputStream() {
            @Override
            public int read() throws IOException {
              throw new RequestBodyException(new IOException("bad chunk"));
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
              return read();
            }
          };

      Answer answer =
          TestClient.of((environ, startResponse) -> Body.of(environ.input().readAllBytes()))
              .request("POST", "/")
              .environ("wsgi.input", broken)
              .send();

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.failure()).isNull();
    }

    @Test
    void isAnsweredToHeadWithoutBody() {
      Answer answer =
          TestClient.of((environ, startResponse) -> Body.of("x")).request("HEAD", "/").send();

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.blocks()).isEmpty();
    }

    @Test
    void isAnsweredWhateverTheApplicationDidToItsEnviron() {
      Answer answer =
          get(
              (environ, startResponse) -> {
                environ.clear();
                throw new IllegalStateException("all gone");
              });

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.failure()).hasMessage("all gone");
    }
  }

  @Nested
  class ClientGone {

    @Test
    void isToldByWrite() {
      List<Throwable> told = new ArrayList<>();

      Answer answer =
          TestClient.of(
                  (environ, startResponse) -> {
                    StartResponse.Writer writer = startResponse.start("200 OK", TEXT);
                    writer.write(new byte[0]);
                    told.add(catchThrowable(() -> writer.write(bytes("a"))));
                    told.add(catchThrowable(() -> writer.write(bytes("b"))));
                    return Body.of("c");
                  })
              .request("GET", "/")
              .leaveAfter(1)
              .send();

      assertThat(told).hasOnlyElementsOfType(ClientGoneException.class).hasSize(2);
      assertThat(answer.outcome()).isEqualTo(Outcome.CLIENT_GONE);
      assertThat(answer.failure()).isNull();
    }

    @Test
    void isQuietWhateverTheApplicationMakesOfIt() {
      Answer answer =
          TestClient.of(
                  (environ, startResponse) -> {
                    try {
                      startResponse.start("200 OK", TEXT).write(bytes("a"));
                    } catch (IOException e) {
                      throw new IllegalStateException("wrapped", e);
                    }
                    return Body.empty();
                  })
              .request("GET", "/")
              .leaveAfter(1)
              .send();

      assertThat(answer.outcome()).isEqualTo(Outcome.CLIENT_GONE);
      assertThat(answer.failure()).isNull();
    }

    @Test
    void mayHappenBeforeTheHead() {
      Answer answer =
          TestClient.of((environ, startResponse) -> started(startResponse, "200 OK", "x"))
              .request("GET", "/")
              .leaveAfter(0)
              .send();

      assertThat(answer.outcome()).isEqualTo(Outcome.CLIENT_GONE);
      assertThat(answer.status()).isZero();
    }
  }

  @Nested
  class SentFiles {

    @TempDir Path folder;

    @Test
    void areHandedToTheServer() throws IOException {
      Path file = Files.writeString(folder.resolve("f"), "abcdef");

      serve((environ, startResponse) -> started(startResponse, Body.of(file)));

      assertThat(events).containsExactly("head 200", "file 0 6", "end");
    }

    @Test
    void honourTheContentLength() throws IOException {
      Path file = Files.writeString(folder.resolve("f"), "abcdef");

      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", Header.of("Content-Length", "4"));
                return Body.of(file);
              });

      assertThat(answer.text()).isEqualTo("abcd");
      assertThat(answer.outcome()).isEqualTo(Outcome.COMPLETE);
    }

    @Test
    void mayFollowWhatWasWritten() throws IOException {
      Path file = Files.writeString(folder.resolve("f"), "abc");

      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", TEXT).write(bytes("<"));
                return Body.of(file);
              });

      assertThat(answer.text()).isEqualTo("<abc");
      assertThat(answer.header("Content-Length")).isNull();
    }

    @Test
    void areNotReadForHead() throws IOException {
      Path file = Files.writeString(folder.resolve("f"), "abc");

      serve("HEAD", (environ, startResponse) -> started(startResponse, Body.of(file)));

      assertThat(events).containsExactly("head 200", "end");
    }

    @Test
    void thatShrinkBreakOff() throws IOException {
      Path file = Files.writeString(folder.resolve("f"), "abcdef");

      Answer answer =
          get(
              (environ, startResponse) -> {
                startResponse.start("200 OK", Header.of("Content-Length", "9"));
                return Body.of(file);
              });

      assertThat(answer.text()).isEqualTo("abcdef");
      assertThat(answer.outcome()).isEqualTo(Outcome.BROKEN_OFF);
    }
  }

  /** Serves GET, and keeps the events. */
  private Outcome serve(Application application) {
    return serve("GET", application);
  }

  private Outcome serve(String method, Application application) {
    Environ.Builder environ = Environ.request(method, "/", "HTTP/1.1").server("localhost", 80);
    assertThat(environ.mount("")).isTrue();
    environ.streams(InputStream.nullInputStream(), new PrintWriter(new StringWriter()));
    return new Gateway(application).serve(environ.build(), new EventfulResponse());
  }

  /** Makes one block. */
  @FunctionalInterface
  private interface Step {
    String make();
  }

  /** A body of unknown length that tells when a block is made, and when it is closed. */
  private Body steps(Step... steps) {
    Iterator<Step> rest = List.of(steps).iterator();
    AtomicInteger count = new AtomicInteger();
    Body body =
        () ->
            new Iterator<>() {
              @Override
              public boolean hasNext() {
                return rest.hasNext();
              }

              @Override
              @SuppressWarnings("NullAway") // a step may well give null
              public byte[] next() {
                Step step = rest.next();
                events.add("step " + count.incrementAndGet());
                String text = step.make();
                return text == null ? null : bytes(text);
              }
            };
    return body.onClose(() -> events.add("close"));
  }

  private final class EventfulResponse implements Gateway.Response {

    @Override
    public void head(int status, String reason, List<Header> headers) {
      events.add("head " + status);
    }

    @Override
    public void write(byte[] block, int offset, int length) {
      events.add("write " + new String(block, offset, length, US_ASCII));
    }

    @Override
    public void flush() {
      events.add("flush");
    }

    @Override
    public long sendFile(FileChannel file, long position, long count, @Nullable Path path) {
      events.add("file " + position + " " + count);
      return count;
    }

    @Override
    public void end() {
      events.add("end");
    }
  }

  private static Answer get(Application application) {
    return TestClient.of(application).get("/");
  }

  private static Application withHeader(String name, String value) {
    return (environ, startResponse) -> {
      startResponse.start("200 OK", Header.of(name, value));
      return Body.of("x");
    };
  }

  private static Body started(StartResponse startResponse, String status, String text) {
    startResponse.start(status, TEXT);
    return Body.of(text);
  }

  private static Body started(StartResponse startResponse, Body body) {
    startResponse.start("200 OK", TEXT);
    return body;
  }

  /** 500, and the rule that was broken told to the log. */
  private static void assertBroken(Answer answer, Rule rule) {
    assertThat(answer.status()).isIn(200, 500);
    assertThat(rule(answer)).isEqualTo(rule);
  }

  private static @Nullable Rule rule(Answer answer) {
    return answer.failure() instanceof RuleBrokenException broken ? broken.rule() : null;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  /** Null, as it comes from code that isn't null-marked. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // that is the point of it
  private static <T> T missing() {
    return null;
  }
}
