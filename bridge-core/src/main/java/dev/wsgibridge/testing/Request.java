package dev.wsgibridge.testing;

import dev.wsgibridge.Header;
import dev.wsgibridge.Rule;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A request in the making, from {@link TestClient#request}. Immutable: each method returns another
 * one, so that a test may keep one and vary it.
 */
public final class Request {

  private final TestClient client;
  private final Line line;
  private final List<Header> headers;
  private final byte @Nullable [] body;
  private final Map<String, Object> extensions;
  private final long patience;

  /** Where the request goes. */
  record Line(String method, String scheme, String mount, String target) {}

  Request(TestClient client, String method, String target) {
    this(client, new Line(method, "http", "", target), List.of(), null, Map.of(), Long.MAX_VALUE);
    if (!target.startsWith("/") && !target.equals("*")) {
      throw new IllegalArgumentException(
          "target: found %s, expected a path such as /shop?page=2".formatted(Rule.quoted(target)));
    }
  }

  private Request(
      TestClient client,
      Line line,
      List<Header> headers,
      byte @Nullable [] body,
      Map<String, Object> extensions,
      long patience) {
    this.client = client;
    this.line = line;
    this.headers = headers;
    this.body = body;
    this.extensions = extensions;
    this.patience = patience;
  }

  /** One more header; a repeated one is joined to the first as the environ does it. */
  public Request header(String name, String value) {
    List<Header> more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new Request(client, line, List.copyOf(more), body, extensions, patience);
  }

  /** With a body. Content-Length is set, Content-Type is yours to set. */
  public Request body(byte[] bytes) {
    return new Request(client, line, headers, bytes.clone(), extensions, patience);
  }

  /** With text as its body, in UTF-8; text/plain unless a Content-Type was set before. */
  public Request body(String text) {
    return typed("text/plain; charset=utf-8").body(text.getBytes(StandardCharsets.UTF_8));
  }

  /** With the fields of an HTML form as its body, in UTF-8. */
  public Request form(Map<String, String> fields) {
    String body =
        fields.entrySet().stream()
            .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    return typed("application/x-www-form-urlencoded")
        .body(body.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * To an application mounted below a prefix, which becomes SCRIPT_NAME; the target given to {@link
   * TestClient#request} is what follows it.
   *
   * @param prefix decoded text, with a slash before and none behind: {@code "/shop"}
   */
  public Request mount(String prefix) {
    if (!prefix.isEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
      throw new IllegalArgumentException(
          "mount: found %s, expected a path such as /shop, without a slash at its end"
              .formatted(Rule.quoted(prefix)));
    }
    Line mounted = new Line(line.method(), line.scheme(), prefix, line.target());
    return new Request(client, mounted, headers, body, extensions, patience);
  }

  /** Over https. */
  public Request https() {
    Line secure = new Line(line.method(), "https", line.mount(), line.target());
    return new Request(client, secure, headers, body, extensions, patience);
  }

  /** With a key in its environ as a server or a middleware might have set it, REMOTE_USER say. */
  public Request environ(String key, Object value) {
    Map<String, Object> more = new HashMap<>(extensions);
    more.put(key, value);
    return new Request(client, line, headers, body, Map.copyOf(more), patience);
  }

  /**
   * From a client that leaves as soon as it has that many bytes of the body; with 0 it leaves
   * before the head.
   */
  public Request leaveAfter(long bytes) {
    return new Request(client, line, headers, body, extensions, bytes);
  }

  /** Calls the application, on this thread, and returns when the response is over. */
  public Answer send() {
    return client.send(this);
  }

  Line line() {
    return line;
  }

  List<Header> headers() {
    return headers;
  }

  byte @Nullable [] body() {
    return body;
  }

  Map<String, Object> extensions() {
    return extensions;
  }

  long patience() {
    return patience;
  }

  boolean has(String name) {
    return headers.stream().anyMatch(header -> header.name().equalsIgnoreCase(name));
  }

  private Request typed(String type) {
    return has("Content-Type") ? this : header("Content-Type", type);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
