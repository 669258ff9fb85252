package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.Application;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway;
import dev.wsgibridge.Header;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A request that was served through the gateway, and its response. */
final class Served implements Gateway.Response {

  final StringWriter errors = new StringWriter();
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final Consumer<String> onBlock;
  private final Gateway.Outcome outcome;
  private int status;
  private List<Header> headers = new ArrayList<>();

  private Served(Request request, Application application) {
    this.onBlock = request.onBlock;
    Environ.Builder builder =
        Environ.request(request.method, request.target, "HTTP/1.1")
            .server("localhost", 80)
            .client("127.0.0.1", 50_000)
            .header("Host", "localhost")
            .streams(request.body, new PrintWriter(errors, true));
    builder.mount("");
    if (request.length >= 0) {
      builder.header("Content-Length", Integer.toString(request.length));
    }
    request.entries.forEach(entry -> entry.accept(builder));
    outcome = new Gateway(application).serve(builder.build(), this);
  }

  /** A request in the making. */
  static final class Request {

    private final String method;
    private final String target;
    private final List<Consumer<Environ.Builder>> entries = new ArrayList<>();
    private InputStream body = InputStream.nullInputStream();
    private int length = -1;
    private Consumer<String> onBlock = block -> {};

    private Request(String method, String target) {
      this.method = method;
      this.target = target;
    }

    Request body(byte[] bytes) {
      body = new ByteArrayInputStream(bytes);
      length = bytes.length;
      return this;
    }

    Request body(InputStream stream) {
      body = stream;
      return this;
    }

    Request with(Consumer<Environ.Builder> entry) {
      entries.add(entry);
      return this;
    }

    /** What the client does as it gets a block; an UncheckedIOException means that it leaves. */
    Request onBlock(Consumer<String> action) {
      onBlock = action;
      return this;
    }

    Served by(Application application) {
      return new Served(this, application);
    }
  }

  static Request get(String target) {
    return new Request("GET", target);
  }

  static Request post(String target) {
    return new Request("POST", target);
  }

  Gateway.Outcome outcome() {
    return outcome;
  }

  int status() {
    return status;
  }

  String header(String name) {
    return headers.stream()
        .filter(header -> header.name().equalsIgnoreCase(name))
        .map(Header::value)
        .findFirst()
        .orElse("absent");
  }

  byte[] bytes() {
    return sent.toByteArray();
  }

  String text() {
    return sent.toString(UTF_8);
  }

  List<String> lines() {
    return text().lines().toList();
  }

  String errors() {
    return errors.toString();
  }

  @Override
  public void head(int status, String reason, List<Header> headers) {
    this.status = status;
    this.headers = headers;
  }

  @Override
  public void write(byte[] block, int offset, int length) throws IOException {
    sent.write(block, offset, length);
    try {
      onBlock.accept(new String(block, offset, length, ISO_8859_1));
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void flush() {}

  @Override
  public void end() {}
}
