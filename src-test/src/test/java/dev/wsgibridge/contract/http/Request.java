package dev.wsgibridge.contract.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A request as it goes over the wire. Host is added unless it is given; nothing else is.
 *
 * @param target written as it is, one byte a character
 * @param body one byte a character
 */
public record Request(
    String method, String target, String version, List<String> headers, String body) {

  /** A GET without a body. */
  public static Request get(String target) {
    return of("GET", target);
  }

  /** A request without a body. */
  public static Request of(String method, String target) {
    return new Request(method, target, "HTTP/1.1", List.of(), "");
  }

  /** A POST with its Content-Length. */
  public static Request post(String target, String body) {
    return of("POST", target).with("Content-Length: " + body.length()).body(body);
  }

  /** A POST in chunks. */
  public static Request chunked(String target, String... chunks) {
    StringBuilder body = new StringBuilder();
    for (String chunk : chunks) {
      body.append(Integer.toHexString(chunk.length())).append("\r\n").append(chunk).append("\r\n");
    }
    return of("POST", target)
        .with("Transfer-Encoding: chunked")
        .body(body.append("0\r\n\r\n").toString());
  }

  /** The same with further header lines, one byte a character. */
  public Request with(String... lines) {
    List<String> all = new ArrayList<>(headers);
    all.addAll(Arrays.asList(lines));
    return new Request(method, target, version, List.copyOf(all), body);
  }

  /** The same in another version of HTTP; Host is not added to HTTP/1.0. */
  public Request version(String other) {
    return new Request(method, target, other, headers, body);
  }

  /** The same with these bytes behind the head. */
  public Request body(String bytes) {
    return new Request(method, target, version, headers, bytes);
  }

  /** The head alone, with the empty line behind it. */
  public String head() {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(target).append(' ').append(version).append("\r\n");
    if (version.equals("HTTP/1.1") && headers.stream().noneMatch(h -> h.startsWith("Host:"))) {
      head.append("Host: localhost\r\n");
    }
    headers.forEach(header -> head.append(header).append("\r\n"));
    return head.append("\r\n").toString();
  }

  /** All of it. */
  public byte[] bytes() {
    return (head() + body).getBytes(StandardCharsets.ISO_8859_1);
  }
}
