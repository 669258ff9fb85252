package dev.wsgibridge.cgi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.CgiParams;
import dev.wsgibridge.CgiParams.Split;
import dev.wsgibridge.CgiParams.Trust;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.Header;
import dev.wsgibridge.RequestBodyException;
import dev.wsgibridge.StartResponse;
import dev.wsgibridge.validate.Validator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgiRequestTest {

  private static final Header TEXT = Header.of("Content-Type", "text/plain");

  private final List<Environ> environs = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final StringWriter errors = new StringWriter();
  private ByteArrayInputStream in = new ByteArrayInputStream(new byte[0]);
  private Split split = Split.SCRIPT;

  private Outcome serve(Application application, String... namesAndValues) {
    return serve(application, in, out, namesAndValues);
  }

  private Outcome serve(
      Application application, InputStream in, OutputStream out, String... namesAndValues) {
    CgiParams.Builder params = CgiParams.builder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      params.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new CgiRequest(
            params.build().trusting(new Trust(split, false)),
            in,
            out,
            new PrintWriter(errors, true))
        .serve(new Validator().wrap(application));
  }

  private Body hello(Environ environ, StartResponse startResponse) {
    environs.add(environ);
    startResponse.start("200 OK", TEXT);
    return Body.of("hello");
  }

  private static Body echo(Environ environ, StartResponse startResponse) throws IOException {
    byte[] body = environ.input().readAllBytes();
    startResponse.start("200 OK", TEXT);
    return Body.of(new String(body, ISO_8859_1));
  }

  private String answer() {
    return out.toString(ISO_8859_1);
  }

  @Test
  void readsWhatNobodyHasRead() {
    in = new ByteArrayInputStream("body and more".getBytes(ISO_8859_1));

    serve(this::hello, "REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", "4");

    assertThat(in.readAllBytes()).asString(ISO_8859_1).isEqualTo(" and more");
    assertThat(answer()).endsWith("\r\n\r\nhello");
  }

  @Test
  void interimStatusIsNoAnswer() {
    serve(
        (environ, startResponse) -> {
          startResponse.start("103 Early Hints", List.of());
          return Body.of("");
        },
        "REQUEST_METHOD",
        "GET",
        "REQUEST_URI",
        "/");

    assertThat(answer())
        .startsWith("Status: 500 Internal Server Error\r\n")
        .endsWith("\r\n\r\nInternal Server Error\n");
  }

  @Test
  void answersAsCgi() {
    assertThat(serve(this::hello, "REQUEST_METHOD", "GET", "REQUEST_URI", "/"))
        .isEqualTo(Outcome.COMPLETE);
    assertThat(answer())
        .isEqualTo("Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  }

  @Test
  void runsOnceInAProcessOfItsOwn() {
    serve(this::hello, "REQUEST_METHOD", "GET", "REQUEST_URI", "/");

    assertThat(environs.get(0))
        .containsEntry(Environ.WSGI_RUN_ONCE, true)
        .containsEntry(Environ.WSGI_MULTITHREAD, false)
        .containsEntry(Environ.WSGI_MULTIPROCESS, true);
  }

  @ParameterizedTest
  @CsvSource({
    "SCRIPT, /cgi-bin/a.cgi, /b%20/c",
    "MOUNT, '', /cgi-bin/a.cgi/b%20/c",
    "FRONT, /cgi-bin/a.cgi, /b%20/c"
  })
  void thePathIsSplitAsAsked(Split how, String scriptName, String path) {
    split = how;
    serve(
        this::hello,
        "REQUEST_METHOD",
        "GET",
        "SCRIPT_NAME",
        "/cgi-bin/a.cgi",
        "PATH_INFO",
        "/b /c",
        "REQUEST_URI",
        "/cgi-bin/a.cgi/b%20/c?q");

    assertThat(environs.get(0).scriptName()).isEqualTo(scriptName);
    assertThat(environs.get(0).pathInfo()).isEqualTo(path.replace("%20", " "));
    assertThat(environs.get(0).queryString()).isEqualTo("q");
  }

  /** Whoever reads on takes what is another's, or waits for what never comes. */
  @Test
  void readsNoFurtherThanTheBody() throws Exception {
    in = new ByteArrayInputStream("bodyMORE".getBytes(UTF_8));
    serve(
        CgiRequestTest::echo, "REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", "4");

    assertThat(answer()).endsWith("\r\n\r\nbody");
    assertThat(new String(in.readAllBytes(), UTF_8)).isEqualTo("MORE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0"})
  void withoutALengthThereIsNoBody(String length) {
    in = new ByteArrayInputStream("MORE".getBytes(UTF_8));
    serve(
        CgiRequestTest::echo,
        "REQUEST_METHOD",
        "POST",
        "REQUEST_URI",
        "/",
        "CONTENT_LENGTH",
        length);

    assertThat(answer()).endsWith("\r\n\r\n");
    assertThat(in.available()).isEqualTo(4);
  }

  /** As mod_cgid hands it on. */
  @Test
  void aBodyThatCameInChunksEndsWithTheInput() {
    in = new ByteArrayInputStream("body".getBytes(UTF_8));
    serve(
        CgiRequestTest::echo,
        "REQUEST_METHOD",
        "POST",
        "REQUEST_URI",
        "/",
        "HTTP_TRANSFER_ENCODING",
        "chunked");

    assertThat(answer()).endsWith("\r\n\r\nbody");
  }

  @Test
  void aBodyThatStopsShortIsTold() {
    in = new ByteArrayInputStream("bod".getBytes(UTF_8));
    List<Throwable> failures = new ArrayList<>();
    serve(
        (environ, startResponse) -> {
          try {
            return echo(environ, startResponse);
          } catch (IOException e) {
            failures.add(e);
            throw e;
          }
        },
        "REQUEST_METHOD",
        "POST",
        "REQUEST_URI",
        "/",
        "CONTENT_LENGTH",
        "4");

    assertThat(failures)
        .singleElement()
        .isInstanceOf(RequestBodyException.class)
        .extracting(Throwable::getMessage)
        .isEqualTo(
            "the request's body can't be read to its end: CGI: found 3 bytes, expected a CONTENT_LENGTH of 4");
    assertThat(answer()).startsWith("Status: 400 Bad Request\r\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "REQUEST_URI=/ | REQUEST_METHOD: found none, expected a method such as GET",
        "REQUEST_METHOD=GET REQUEST_URI=x | REQUEST_URI: found \"x\", expected a path such as /index",
        "REQUEST_METHOD=GET REQUEST_URI=/ CONTENT_LENGTH=1x | CONTENT_LENGTH: found \"1x\", expected a number of bytes",
      })
  void whatIsNoRequestIsTold(String variables, String message) {
    assertThatThrownBy(() -> serve(this::hello, variables.split("[ =]")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void aResponseMayBeBrokenOff() {
    assertThat(
            serve(
                (environ, startResponse) -> {
                  startResponse.start("200 OK", TEXT).write(new byte[] {'a'});
                  throw new IOException("on purpose");
                },
                "REQUEST_METHOD",
                "GET",
                "REQUEST_URI",
                "/"))
        .isEqualTo(Outcome.BROKEN_OFF);
    assertThat(answer()).endsWith("\r\n\r\na");
  }

  @Test
  void aServerThatIsGoneIsTold() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int octet) throws IOException {
            throw new IOException("broken pipe");
          }
        };

    assertThat(serve(this::hello, in, gone, "REQUEST_METHOD", "GET", "REQUEST_URI", "/"))
        .isEqualTo(Outcome.CLIENT_GONE);
  }

  @Test
  void eachBlockIsSentBeforeTheNext() {
    List<String> sent = new ArrayList<>();
    serve(
        (environ, startResponse) -> {
          startResponse.start("200 OK", TEXT).write(new byte[] {'a'});
          sent.add(answer());
          return Body.empty();
        },
        "REQUEST_METHOD",
        "GET",
        "REQUEST_URI",
        "/");

    assertThat(sent).singleElement().asString().endsWith("\r\n\r\na");
  }

  @Test
  void complaintsGoToTheErrors() {
    serve(
        (environ, startResponse) -> {
          environ.errors().print("half a line");
          return hello(environ, startResponse);
        },
        "REQUEST_METHOD",
        "GET",
        "REQUEST_URI",
        "/");

    assertThat(errors.toString()).isEqualTo("half a line");
  }

  @Test
  void whatCantBeServedIsRefused() throws Exception {
    CgiRequest.refuse(500, "Internal Server Error", out);

    assertThat(answer())
        .isEqualTo(
            "Status: 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 22\r\n\r\nInternal Server Error\n");
  }
}
