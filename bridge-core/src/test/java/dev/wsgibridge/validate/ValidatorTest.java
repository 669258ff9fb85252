package dev.wsgibridge.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import dev.wsgibridge.Rule;
import dev.wsgibridge.RuleBrokenException;
import dev.wsgibridge.StartResponse;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.TestClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One bad input and one exact message for each rule. */
class ValidatorTest {

  private static final Header TEXT = Header.of("Content-Type", "text/plain");
  private static final byte[] FIVE = "12345".getBytes(StandardCharsets.US_ASCII);

  /** Breaks a rule, by way of a validator that logs to {@code log}. */
  @FunctionalInterface
  interface Breach {
    void run(Validator validator) throws Exception;
  }

  record Case(String message, Breach breach) {

    Rule rule() {
      return Rule.valueOf(message.substring(0, message.indexOf(':')));
    }

    @Override
    public String toString() {
      return message;
    }
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void tellsWhoBreaksARule(Case broken) {
    List<String> log = new ArrayList<>();

    assertThatThrownBy(() -> broken.breach().run(new Validator(log::add)))
        .isInstanceOf(RuleBrokenException.class)
        .hasMessage(broken.message())
        .extracting(failure -> ((RuleBrokenException) failure).rule())
        .isEqualTo(broken.rule());
    assertThat(log).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("logged")
  void logsWhatNobodyCanBeTold(Case broken) throws Exception {
    List<String> log = new ArrayList<>();

    broken.breach().run(new Validator(log::add));

    assertThat(log).containsExactly(broken.message());
  }

  @Test
  void everyRuleHasItsTest() {
    Set<Rule> untested = EnumSet.allOf(Rule.class);
    Stream.concat(thrown(), logged()).forEach(broken -> untested.remove(broken.rule()));

    // Told by the garbage collector: see tellsOfABodyThatWasNeverClosed.
    assertThat(untested).containsExactly(Rule.BODY_NOT_CLOSED);
  }

  @Test
  void leavesAFileAFileOfWhichContentLengthIsAPart(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "0123456789");
    List<String> log = new ArrayList<>();

    Answer answer =
        TestClient.of(
                new Validator(log::add)
                    .wrap(
                        (environ, startResponse) -> {
                          startResponse.start("200 OK", TEXT, Header.of("Content-Length", "4"));
                          return Body.of(file);
                        }))
            .get("/");

    assertThat(answer.text()).isEqualTo("0123");
    assertThat(answer.outcome()).isEqualTo(Gateway.Outcome.COMPLETE);
    assertThat(log).isEmpty();
  }

  @Test
  void looksAtFilesToo(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "0123456789");

    Answer tooShort = answerWith(file, "200 OK", TEXT, Header.of("Content-Length", "11"));
    assertThat(tooShort.failure())
        .hasMessageStartingWith("BODY_TOO_SHORT: found 10 bytes for a Content-Length of 11, ");

    Answer forbidden = answerWith(file, "204 No Content");
    assertThat(forbidden.status()).isEqualTo(500);
    assertThat(forbidden.failure())
        .hasMessageStartingWith("BODY_FORBIDDEN: found 10 bytes with 204, ");
  }

  private static Answer answerWith(Path file, String status, Header... headers) {
    return TestClient.of(
            new Validator()
                .wrap(
                    (environ, startResponse) -> {
                      startResponse.start(status, headers);
                      return Body.of(file);
                    }))
        .get("/");
  }

  @Test
  void tellsOfABodyThatWasNeverClosed() throws Exception {
    LinkedBlockingQueue<String> log = new LinkedBlockingQueue<>();
    // Nothing here holds the body: the next collection finds it.
    call(
        new Validator(log::add),
        request("GET", "/lost?secret=1").build(),
        answering("200 OK", Body.of("x"), TEXT));

    String line = null;
    for (int i = 0; line == null && i < 100; i++) {
      System.gc();
      line = log.poll(100, TimeUnit.MILLISECONDS);
    }

    assertThat(line)
        .isEqualTo(
            "BODY_NOT_CLOSED: found the body of GET \"/lost\", thrown away open, expected a"
                + " body to"
                + " be closed on every path; close the inner body when yours is closed, and when you"
                + " throw it away (PEP 3333, The Application/Framework Side)");
  }

  @Test
  void isSilentAboutGoodManners() throws Exception {
    List<String> log = new ArrayList<>();
    Application polite =
        (environ, startResponse) -> {
          byte[] body = environ.input().readAllBytes();
          environ.errors().println("all is well");
          environ.errors().flush();
          StartResponse.Writer writer =
              startResponse.start("200 OK", TEXT, Header.of("Content-Length", "10"));
          writer.write(body);
          return Body.of(List.of(new byte[0], FIVE));
        };
    StringWriter errors = new StringWriter();
    Environ environ =
        request("POST", "/x")
            .header("Content-Length", "5")
            .streams(new ByteArrayInputStream(FIVE), new PrintWriter(errors))
            .build();
    Recorder server = new Recorder();

    try (Body body = new Validator(log::add).wrap(polite).call(environ, server)) {
      assertThat(body.length()).isEqualTo(5);
      body.forEach(server.blocks::add);
    }

    assertThat(server.blocks).containsExactly(FIVE, new byte[0], FIVE);
    assertThat(errors.toString().strip()).isEqualTo("all is well");
    assertThat(log).isEmpty();
  }

  @Test
  void asksNoContentLengthOfHeadAndOf304() throws Exception {
    for (String[] answer :
        new String[][] {{"HEAD", "200 OK", "text/plain"}, {"GET", "304 Not Modified", null}}) {
      List<Header> headers = new ArrayList<>(List.of(Header.of("Content-Length", "5")));
      if (answer[2] != null) {
        headers.add(Header.of("Content-Type", answer[2]));
      }
      Body body =
          call(
              new Validator(),
              request(answer[0], "/").build(),
              answering(answer[1], Body.empty(), headers.toArray(Header[]::new)));

      assertThat(body.iterator().hasNext()).isFalse();
      body.close();
    }
  }

  @Test
  void lettsAnErrorPageReplaceTheHead() throws Exception {
    Recorder server = new Recorder();
    Exception failure = new IOException("no such luck");

    Body body =
        new Validator()
            .wrap(
                (environ, startResponse) -> {
                  startResponse.start("200 OK", TEXT);
                  startResponse.start("500 Oh", List.of(TEXT), failure);
                  return Body.empty();
                })
            .call(request("GET", "/").build(), server);
    body.close();

    assertThat(server.statuses).containsExactly("200 OK", "500 Oh");
  }

  @Test
  void closesTheInnerBody() throws Exception {
    List<String> events = new ArrayList<>();
    Body inner = Body.of("x").onClose(() -> events.add("closed"));

    call(new Validator(), request("GET", "/").build(), answering("200 OK", inner, TEXT)).close();

    assertThat(events).containsExactly("closed");
  }

  static Stream<Case> thrown() {
    return Stream.of(
        environ(
            "ENVIRON_KEYS: found no SERVER_NAME, expected an environ with every key that PEP"
                + " 3333 requires; keep the server's keys when you change the environ (PEP 3333,"
                + " environ Variables)",
            environ -> environ.remove("SERVER_NAME")),
        environ(
            "ENVIRON_KEYS: found no QUERY_STRING, expected an environ with every key that"
                + " PEP 3333 requires; keep the server's keys when you change the environ (PEP"
                + " 3333, environ Variables)",
            environ -> environ.remove("QUERY_STRING")),
        put(
            "ENVIRON_STRINGS: found \"SERVER_PORT\" of java.lang.Integer, expected a String"
                + " under every key without a dot; write CGI variables as text, and give keys of"
                + " your own a dotted name (PEP 3333, environ Variables)",
            "SERVER_PORT",
            80),
        put(
            "ENVIRON_LATIN1: found \"PATH_INFO\" \"/\\u0436\", expected a character of U+0000 to"
                + " U+00FF for each byte; read the request's bytes as ISO-8859-1, whatever text"
                + " they spell (PEP 3333, Unicode Issues)",
            "PATH_INFO",
            "/\u0436"),
        put(
            "ENVIRON_EMPTY: found an empty SERVER_NAME, expected a method, a server name, a"
                + " port and a protocol that are never empty; fall back to the address that the"
                + " server listens on (PEP 3333, environ Variables)",
            "SERVER_NAME",
            ""),
        put(
            "ENVIRON_ABSENT: found an empty REMOTE_USER, expected no key where there is no"
                + " value; leave the key out rather than empty (PEP 3333, environ Variables)",
            "REMOTE_USER",
            ""),
        put(
            "ENVIRON_HEADER: found \"HTTP_X-Real-IP\", expected HTTP_ and the header's name in"
                + " upper case, with underscores for dashes; take keys of headers from"
                + " Environ.Builder.header (RFC 3875, 4.1.18)",
            "HTTP_X-Real-IP",
            "::1"),
        put(
            "ENVIRON_CONTENT: found HTTP_CONTENT_TYPE, expected CONTENT_TYPE and"
                + " CONTENT_LENGTH by these names only; leave out the copy that begins with HTTP_"
                + " (RFC 3875, 4.1.18)",
            "HTTP_CONTENT_TYPE",
            "text/html"),
        put(
            "ENVIRON_CONTENT: found HTTP_CONTENT_LENGTH, expected CONTENT_TYPE and"
                + " CONTENT_LENGTH by these names only; leave out the copy that begins with HTTP_"
                + " (RFC 3875, 4.1.18)",
            "HTTP_CONTENT_LENGTH",
            "5"),
        put(
            "ENVIRON_PROXY: found HTTP_PROXY \"evil.example:80\", expected no HTTP_PROXY;"
                + " drop the client's Proxy header: libraries would send their own requests"
                + " through what it names (CVE-2016-5387)",
            "HTTP_PROXY",
            "evil.example:80"),
        put(
            "METHOD: found REQUEST_METHOD \"GET /\", expected a method of letters, digits"
                + " and !#$%&'*+-.^_`|~; take it from the request line as it is (RFC 9110, 9.1)",
            "REQUEST_METHOD", "GET /"),
        put(
            "SCRIPT_NAME: found SCRIPT_NAME \"/\", expected nothing, or a path that begins"
                + " with a slash and ends without one; the root is the empty string, and the slash"
                + " belongs to PATH_INFO (PEP 3333, environ Variables)",
            "SCRIPT_NAME",
            "/"),
        put(
            "SCRIPT_NAME: found SCRIPT_NAME \"shop\", expected nothing, or a path that"
                + " begins with a slash and ends without one; the root is the empty string, and"
                + " the slash belongs to PATH_INFO (PEP 3333, environ Variables)",
            "SCRIPT_NAME",
            "shop"),
        put(
            "SCRIPT_NAME: found SCRIPT_NAME \"/shop/\", expected nothing, or a path that"
                + " begins with a slash and ends without one; the root is the empty string, and"
                + " the slash belongs to PATH_INFO (PEP 3333, environ Variables)",
            "SCRIPT_NAME",
            "/shop/"),
        put(
            "PATH_INFO: found PATH_INFO \"cart\", expected nothing, or a path that begins"
                + " with a slash; split the path before a slash, never behind it (PEP 3333,"
                + " environ Variables)",
            "PATH_INFO",
            "cart"),
        put(
            "PATH_MISSING: found both empty, expected a SCRIPT_NAME or a PATH_INFO that"
                + " isn't empty; PATH_INFO of the root is \"/\" (PEP 3333, environ Variables)",
            "PATH_INFO",
            ""),
        put(
            "SERVER_PORT: found SERVER_PORT \"http\", expected a port of digits; write the"
                + " number as text (RFC 3875, 4.1.15)",
            "SERVER_PORT",
            "http"),
        put(
            "REQUEST_LENGTH: found CONTENT_LENGTH \"-1\", expected digits that say how many"
                + " bytes the request's body has; leave CONTENT_LENGTH out where that isn't known"
                + " (RFC 3875, 4.1.2)",
            "CONTENT_LENGTH",
            "-1"),
        put(
            "REQUEST_LENGTH: found CONTENT_LENGTH \"9999999999999999999\", expected digits"
                + " that say how many bytes the request's body has; leave CONTENT_LENGTH out where"
                + " that isn't known (RFC 3875, 4.1.2)",
            "CONTENT_LENGTH",
            "9999999999999999999"),
        put(
            "VERSION: found wsgi.version \"1.0\", expected List.of(1, 0); this is WSGI 1.0:"
                + " leave the key as the server made it (PEP 3333, environ Variables)",
            "wsgi.version",
            "1.0"),
        put(
            "URL_SCHEME: found wsgi.url_scheme \"HTTPS\", expected \"http\" or \"https\";"
                + " name the scheme that the client used, in lower case (PEP 3333, environ"
                + " Variables)",
            "wsgi.url_scheme",
            "HTTPS"),
        put(
            "URL_SCHEME: found wsgi.url_scheme of java.lang.Integer, expected \"http\" or"
                + " \"https\"; name the scheme that the client used, in lower case (PEP 3333,"
                + " environ Variables)",
            "wsgi.url_scheme",
            443),
        put(
            "HTTPS: found wsgi.url_scheme \"http\" with HTTPS \"On\", expected"
                + " wsgi.url_scheme \"https\" where HTTPS is \"on\", \"yes\" or \"1\", and only"
                + " there; set both with Environ.Builder.scheme (PEP 3333, URL Reconstruction)",
            "HTTPS",
            "On"),
        put(
            "HTTPS: found wsgi.url_scheme \"https\" with no HTTPS, expected wsgi.url_scheme"
                + " \"https\" where HTTPS is \"on\", \"yes\" or \"1\", and only there; set both"
                + " with Environ.Builder.scheme (PEP 3333, URL Reconstruction)",
            "wsgi.url_scheme",
            "https"),
        put(
            "FLAGS: found wsgi.run_once of java.lang.String, expected a Boolean; say true or"
                + " false, as the deployment is (PEP 3333, environ Variables)",
            "wsgi.run_once",
            "false"),
        put(
            "FLAGS: found wsgi.input_terminated of java.lang.Integer, expected a Boolean;"
                + " say true or false, as the deployment is (PEP 3333, environ Variables)",
            "wsgi.input_terminated",
            1),
        put(
            "INPUT: found wsgi.input of java.io.StringReader, expected a"
                + " java.io.InputStream; wrap what you have; InputStream.nullInputStream() where"
                + " there is no body (PEP 3333, Input and Error Streams)",
            "wsgi.input",
            new StringReader("")),
        put(
            "ERRORS: found wsgi.errors of java.io.StringWriter, expected a"
                + " java.io.PrintWriter; wrap what you have; it should end in the server's log"
                + " (PEP 3333, Input and Error Streams)",
            "wsgi.errors",
            new StringWriter()),
        put(
            "FILE_WRAPPER: found wsgi.file_wrapper of java.lang.String, expected an"
                + " Environ.FileWrapper, or no such key; leave the key as the server made it, or"
                + " take it out (PEP 3333, Optional Platform-Specific File Handling)",
            "wsgi.file_wrapper",
            "sendfile"),
        head(
            "STATUS: found status \"200\", expected three digits from 100 to 999, a space"
                + " and a reason, such as \"200 OK\"; write the status as HTTP does, without line"
                + " breaks or other control characters (PEP 3333, The start_response() Callable)",
            "200",
            TEXT),
        head(
            "STATUS_INTERIM: found status 101, expected a final status, 200"
                + " or above: an interim one announces another that WSGI can't send; leave interim"
                + " answers (100, 101, 103) to the server (RFC 9110, 15.2)",
            "101 Switching Protocols"),
        serve(
            "HEADERS_NULL: found null for a status, expected a status and a list of headers,"
                + " each with a name and a value; leave a header out where it has no value (PEP"
                + " 3333, The start_response() Callable)",
            answering(missing(), Body.empty(), TEXT)),
        serve(
            "HEADERS_NULL: found null for a list of headers, expected a status and a list of"
                + " headers, each with a name and a value; leave a header out where it has no"
                + " value (PEP 3333, The start_response() Callable)",
            (environ, startResponse) -> {
              startResponse.start("200 OK", ValidatorTest.<List<Header>>missing());
              return Body.empty();
            }),
        serve(
            "HEADERS_NULL: found null for a header, expected a status and a list of headers,"
                + " each with a name and a value; leave a header out where it has no value (PEP"
                + " 3333, The start_response() Callable)",
            (environ, startResponse) -> {
              startResponse.start("200 OK", Arrays.asList(TEXT, missing()));
              return Body.empty();
            }),
        head(
            "HEADERS_NULL: found header Location: null, expected a status and a list of"
                + " headers, each with a name and a value; leave a header out where it has no"
                + " value (PEP 3333, The start_response() Callable)",
            "302 Found",
            TEXT,
            Header.of("Location", missing())),
        head(
            "HEADER_NAME: found header name \"X-Evil\\nSet-Cookie\", expected a header name"
                + " of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110, 5.6.2); write the bare name,"
                + " without colon or spaces (PEP 3333, The start_response() Callable)",
            "200 OK", TEXT, Header.of("X-Evil\nSet-Cookie", "a")),
        head(
            "HEADER_NAME_PLAIN: found header name \"X-Odd-\", expected a header name that"
                + " begins with a letter, goes on with letters, digits, dashes and underscores,"
                + " and ends with a letter or a digit; choose a plainer name: proxies and CGI"
                + " change or drop others (RFC 9110, 16.3.2.1)",
            "200 OK",
            TEXT,
            Header.of("X-Odd-", "a")),
        head(
            "HEADER_NAME_PLAIN: found header name \"1st\", expected a header name that"
                + " begins with a letter, goes on with letters, digits, dashes and underscores,"
                + " and ends with a letter or a digit; choose a plainer name: proxies and CGI"
                + " change or drop others (RFC 9110, 16.3.2.1)",
            "200 OK",
            TEXT,
            Header.of("1st", "a")),
        head(
            "HEADER_STATUS: found Status: \"404 Not Found\", expected no header named"
                + " Status; give the status as first argument: CGI and FastCGI would take the"
                + " header for it (RFC 3875, 6.3.3)",
            "200 OK",
            TEXT,
            Header.of("status", "404 Not Found")),
        head(
            "HEADER_VALUE: found header X-Evil: \"a\\r\\nSet-Cookie: b\", expected a header"
                + " value without control characters, each character U+0020 to U+00FF; encode what"
                + " isn't Latin text (RFC 8187, percent-encoding) and never pass on line breaks"
                + " (PEP 3333, The start_response() Callable)",
            "200 OK",
            TEXT,
            Header.of("X-Evil", "a\r\nSet-Cookie: b")),
        head(
            "HEADER_HOP_BY_HOP: found header Connection, expected no hop-by-hop header (RFC"
                + " 2616, 13.5.1); leave it to the server, whose connection it is (PEP 3333, Other"
                + " HTTP Features)",
            "200 OK",
            TEXT,
            Header.of("Connection", "close")),
        head(
            "CONTENT_LENGTH: found Content-Length \"five\", expected one Content-Length of"
                + " digits only; leave it out if the size isn't known (PEP 3333, Handling the"
                + " Content-Length Header)",
            "200 OK",
            TEXT,
            Header.of("Content-Length", "five")),
        head(
            "CONTENT_LENGTH: found a second Content-Length \"5\", expected one"
                + " Content-Length of digits only; leave it out if the size isn't known (PEP 3333,"
                + " Handling the Content-Length Header)",
            "200 OK",
            TEXT,
            Header.of("Content-Length", "5"),
            Header.of("content-length", "5")),
        head(
            "CONTENT_LENGTH_FORBIDDEN: found one with 204, expected no Content-Length with a"
                + " status of 204; leave the header out: there is nothing to measure (RFC"
                + " 9110, 8.6)",
            "204 No Content",
            Header.of("Content-Length", "0")),
        head(
            "CONTENT_TYPE_MISSING: found none with 200, expected a Content-Type with every"
                + " status but 204 and 304; say what the body is, such as \"text/plain;"
                + " charset=utf-8\" (RFC 9110, 8.3)",
            "200 OK"),
        head(
            "CONTENT_TYPE_FORBIDDEN: found one with 304, expected no Content-Type with a"
                + " status of 204 or 304; leave the header out: there is nothing to describe"
                + " (RFC 9110, 8.3)",
            "304 Not Modified",
            TEXT),
        serve(
            "START_TWICE: found a second call without a failure, expected one call of"
                + " start_response, or a further one with the failure that led to it (exc_info);"
                + " pass the failure as third argument when an error page replaces the first"
                + " answer (PEP 3333, The start_response() Callable)",
            (environ, startResponse) -> {
              startResponse.start("200 OK", TEXT);
              startResponse.start("200 OK", TEXT);
              return Body.empty();
            }),
        serve(
            "START_MISSING: found no call of it, expected start_response before the first"
                + " block that isn't empty, at the latest before the end; call start_response in"
                + " the application or before the iterator's first block (PEP 3333, Buffering and"
                + " Streaming)",
            (environ, startResponse) -> Body.empty()),
        serve(
            "START_LATE: found a block of 0 bytes before it, expected start_response before"
                + " the first block, even an empty one; call start_response in the application or"
                + " before the iterator's first block (PEP 3333, Specification Details)",
            (environ, startResponse) -> Body.of(new byte[0])),
        serve(
            "START_LATE: found a block of 5 bytes before it, expected start_response before"
                + " the first block, even an empty one; call start_response in the application or"
                + " before the iterator's first block (PEP 3333, Specification Details)",
            (environ, startResponse) -> Body.of(FIVE)),
        new Case(
            "WRITER_NULL: found null, expected start_response to return a Writer; return"
                + " what the server's start_response returned, or a Writer around it (PEP 3333,"
                + " The start_response() Callable)",
            validator ->
                validator
                    .wrap(answering("200 OK", Body.empty(), TEXT))
                    .call(request("GET", "/x").build(), (status, headers, failure) -> missing())),
        serve(
            "WRITE_IN_BODY: found write() while the body was iterated, expected write()"
                + " before the body is iterated; let the body hand the block out (PEP 3333, The"
                + " write() Callable)",
            (environ, startResponse) -> {
              StartResponse.Writer writer = startResponse.start("200 OK", TEXT);
              return () -> {
                write(writer, FIVE);
                return Body.empty().iterator();
              };
            }),
        new Case(
            "AFTER_END: found write() after the response's end, expected start_response and"
                + " write() while the response is being made; don't keep them beyond the call that"
                + " they were made for (PEP 3333, The write() Callable)",
            validator -> {
              List<StartResponse.Writer> kept = new ArrayList<>();
              call(
                      validator,
                      request("GET", "/x").build(),
                      (environ, startResponse) -> {
                        kept.add(startResponse.start("200 OK", TEXT));
                        return Body.empty();
                      })
                  .close();
              kept.get(0).write(FIVE);
            }),
        new Case(
            "AFTER_END: found start_response after the response's end, expected"
                + " start_response and write() while the response is being made; don't keep them"
                + " beyond the call that they were made for (PEP 3333, The write() Callable)",
            validator -> {
              List<StartResponse> kept = new ArrayList<>();
              call(
                      validator,
                      request("GET", "/x").build(),
                      (environ, startResponse) -> {
                        kept.add(startResponse);
                        startResponse.start("200 OK", TEXT);
                        return Body.empty();
                      })
                  .close();
              kept.get(0).start("200 OK", TEXT);
            }),
        serve(
            "BODY_NULL: found null, expected a body, be it empty; return Body.empty() where"
                + " there is nothing to send (PEP 3333, The Application/Framework Side)",
            answering("200 OK", missing(), TEXT)),
        serve(
            "BODY_NULL: found a null iterator, expected a body, be it empty; return"
                + " Body.empty() where there is nothing to send (PEP 3333, The"
                + " Application/Framework Side)",
            answering("200 OK", () -> missing(), TEXT)),
        serve(
            "BLOCK: found null, expected blocks of bytes; hand out an empty block where"
                + " there is nothing to send yet (PEP 3333, Buffering and Streaming)",
            answering("200 OK", Body.of(Arrays.asList(FIVE, missing())), TEXT)),
        serve(
            "BLOCK: found a java.lang.String, expected blocks of bytes; hand out an empty"
                + " block where there is nothing to send yet (PEP 3333, Buffering and Streaming)",
            answering("200 OK", Body.of(looselyTyped("text")), TEXT)),
        serve(
            "BLOCK: found null given to write(), expected blocks of bytes; hand out an"
                + " empty block where there is nothing to send yet (PEP 3333, Buffering and"
                + " Streaming)",
            (environ, startResponse) -> {
              startResponse.start("200 OK", TEXT).write(missing());
              return Body.empty();
            }),
        serve(
            "BODY_TOO_SHORT: found 5 bytes for a Content-Length of 6, expected as many bytes"
                + " as the Content-Length promised; leave the header out, or count the bytes that"
                + " are sent, not the characters (PEP 3333, Handling the Content-Length Header)",
            answering("200 OK", Body.of(FIVE), TEXT, Header.of("Content-Length", "6"))),
        serve(
            "BODY_TOO_LONG: found 10 bytes for a Content-Length of 6, expected no more bytes"
                + " than the Content-Length promised; leave the header out, or count the bytes"
                + " that are sent, not the characters (PEP 3333, Handling the Content-Length"
                + " Header)",
            answering(
                "200 OK", Body.of(List.of(FIVE, FIVE)), TEXT, Header.of("Content-Length", "6"))),
        serve(
            "BODY_TOO_LONG: found 10 bytes for a Content-Length of 6, expected no more bytes"
                + " than the Content-Length promised; leave the header out, or count the bytes"
                + " that are sent, not the characters (PEP 3333, Handling the Content-Length"
                + " Header)",
            (environ, startResponse) -> {
              StartResponse.Writer writer =
                  startResponse.start("200 OK", TEXT, Header.of("Content-Length", "6"));
              writer.write(FIVE);
              writer.write(FIVE);
              return Body.empty();
            }),
        serve(
            "BODY_LENGTH: found 5 bytes for a length() of 6, expected as many bytes as"
                + " Body.length() said; return -1 where the length isn't known beforehand (PEP"
                + " 3333, Handling the Content-Length Header)",
            answering("200 OK", lengthOf(6, Body.of(FIVE)), TEXT)),
        serve(
            "BODY_LENGTH: found 5 bytes for a length() of 4, expected as many bytes as"
                + " Body.length() said; return -1 where the length isn't known beforehand (PEP"
                + " 3333, Handling the Content-Length Header)",
            answering("200 OK", lengthOf(4, Body.of(FIVE)), TEXT)),
        serve(
            "BODY_FORBIDDEN: found 5 bytes with 204, expected no bytes with a status of"
                + " 204 or 304; return Body.empty(), or choose another status (RFC 9110, 6.4.1)",
            answering("204 No Content", Body.of(FIVE))),
        server(
            "BODY_ITERATED_TWICE: found a second iterator(), expected a body to be iterated"
                + " once; keep the blocks if they are needed again (PEP 3333, The"
                + " Application/Framework Side)",
            body -> {
              try (body) {
                assertThat(body.iterator().next()).isEqualTo(FIVE);
                assertThat(body.iterator()).isExhausted();
              }
            }),
        server(
            "BODY_ITERATED_LATE: found iterator() after close(), expected a body to be left"
                + " alone once it is closed; close it after the last block was taken (PEP 3333,"
                + " The Application/Framework Side)",
            body -> {
              body.close();
              assertThat(body.iterator()).isExhausted();
            }),
        server(
            "BODY_ITERATED_LATE: found a block asked for after close(), expected a body to"
                + " be left alone once it is closed; close it after the last block was taken (PEP"
                + " 3333, The Application/Framework Side)",
            body -> {
              Iterator<byte[]> blocks = body.iterator();
              assertThat(blocks.next()).isEqualTo(FIVE);
              body.close();
              assertThat(blocks).isExhausted();
            }),
        server(
            "BODY_CLOSED_TWICE: found a second close(), expected a body to be closed once;"
                + " leave closing to the outermost: each middleware closes the body that it wraps"
                + " (PEP 3333, The Application/Framework Side)",
            body -> {
              body.close();
              body.close();
            }),
        serve(
            "INPUT_CLOSED: found close() on it, expected wsgi.input to be left open; leave"
                + " closing to the server: no try-with-resources around it (PEP 3333, Input and"
                + " Error Streams)",
            (environ, startResponse) -> {
              environ.input().close();
              return Body.empty();
            }),
        new Case(
            "INPUT_LATE: found a read after the response's end, expected wsgi.input to be"
                + " read while the response is being made; read what is needed before the body is"
                + " closed (PEP 3333, Input and Error Streams)",
            validator -> {
              Environ environ = request("GET", "/x").build();
              call(validator, environ, answering("200 OK", Body.empty(), TEXT)).close();
              environ.input().read();
            }),
        serve(
            "ERRORS_CLOSED: found close() on it, expected wsgi.errors to be left open; leave"
                + " closing to the server; flush() is enough (PEP 3333, Input and Error Streams)",
            (environ, startResponse) -> {
              environ.errors().close();
              return Body.empty();
            }));
  }

  static Stream<Case> logged() {
    return Stream.of(
        environ(
            "METHOD_UNKNOWN: found REQUEST_METHOD \"get\", expected a method of HTTP or"
                + " WebDAV; look at who sends it; methods are told apart by case (RFC 9110, 9.3)",
            environ -> environ.put("REQUEST_METHOD", "get")),
        new Case(
            "INPUT_TOO_LONG: found 6 bytes for a CONTENT_LENGTH of 4, expected wsgi.input to"
                + " end where the request's body ends; count the bytes that are handed out, and"
                + " say -1 after CONTENT_LENGTH of them (PEP 3333, Input and Error Streams)",
            validator ->
                call(
                        validator,
                        request("POST", "/x")
                            .header("Content-Length", "4")
                            .streams(
                                new ByteArrayInputStream(
                                    "123456".getBytes(StandardCharsets.US_ASCII)),
                                new PrintWriter(new StringWriter()))
                            .build(),
                        (environ, startResponse) -> {
                          startResponse.start("200 OK", TEXT);
                          return Body.of(environ.input().readAllBytes());
                        })
                    .close()));
  }

  private static Case environ(String message, Consumer<Environ> change) {
    return new Case(
        message,
        validator -> {
          Environ environ = request("GET", "/x").build();
          change.accept(environ);
          call(validator, environ, answering("200 OK", Body.empty(), TEXT));
        });
  }

  private static Case put(String message, String key, Object value) {
    return environ(message, environ -> environ.put(key, value));
  }

  private static Case head(String message, String status, Header... headers) {
    return serve(message, answering(status, Body.empty(), headers));
  }

  /** The application is called, its body iterated to the end and closed. */
  private static Case serve(String message, Application application) {
    return new Case(
        message,
        validator -> {
          try (Body body = call(validator, request("GET", "/x").build(), application)) {
            body.forEach(block -> assertThat(block).isNotNull());
          }
        });
  }

  /** A server that treats the body, of two blocks, in its own way. */
  private static Case server(String message, Server server) {
    return new Case(
        message,
        validator ->
            server.treat(
                call(
                    validator,
                    request("GET", "/x").build(),
                    answering("200 OK", Body.of(List.of(FIVE, FIVE)), TEXT))));
  }

  @FunctionalInterface
  private interface Server {
    void treat(Body body) throws Exception;
  }

  private static Body call(Validator validator, Environ environ, Application application)
      throws Exception {
    return validator.wrap(application).call(environ, new Recorder());
  }

  private static Application answering(String status, Body body, Header... headers) {
    return (environ, startResponse) -> {
      startResponse.start(status, headers);
      return body;
    };
  }

  private static Body lengthOf(long length, Body body) {
    return new Body() {
      @Override
      public Iterator<byte[]> iterator() {
        return body.iterator();
      }

      @Override
      public long length() {
        return length;
      }
    };
  }

  private static Environ.Builder request(String method, String target) {
    Environ.Builder environ = Environ.request(method, target, "HTTP/1.1");
    assertThat(environ.mount("")).isTrue();
    return environ
        .server("localhost", 80)
        .streams(InputStream.nullInputStream(), new PrintWriter(new StringWriter()));
  }

  private static void write(StartResponse.Writer writer, byte[] block) {
    try {
      writer.write(block);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Null, as it comes from code that isn't null-marked. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // that is the point of it
  private static <T> T missing() {
    return null;
  }

  /** A body such as a language with looser types may return. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // that is the point of it
  private static Iterable<byte[]> looselyTyped(Object block) {
    Iterable blocks = Set.of(block);
    return (Iterable<byte[]>) blocks;
  }

  /** A server that takes everything. */
  private static final class Recorder implements StartResponse {

    private final List<String> statuses = new ArrayList<>();
    private final List<byte[]> blocks = new ArrayList<>();

    @Override
    public Writer start(String status, List<Header> headers, @Nullable Throwable failure) {
      statuses.add(status);
      return blocks::add;
    }
  }
}
