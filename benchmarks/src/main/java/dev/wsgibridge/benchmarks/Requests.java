package dev.wsgibridge.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Header;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** A browser's request as fronts hand it on, byte for byte. */
final class Requests {

  private static final String TARGET = "/shop/items/42?color=blue&page=2";

  /** What a browser sends with a click on a link. */
  private static final List<Header> HEADERS =
      List.of(
          new Header("Host", "www.example.com"),
          new Header(
              "User-Agent",
              "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
          new Header("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
          new Header("Accept-Language", "en-US,en;q=0.5"),
          new Header("Accept-Encoding", "gzip, deflate, br, zstd"),
          new Header("Connection", "keep-alive"),
          new Header("Referer", "https://www.example.com/shop/items"),
          new Header("Cookie", "sessionid=k2v9x0c3l5m8n1b4; theme=dark"));

  private Requests() {}

  /** Headers of a request: those of a browser, and then as many as it takes. */
  static List<Header> headers(int count) {
    List<Header> headers = new ArrayList<>(HEADERS.subList(0, Math.min(count, HEADERS.size())));
    for (int i = headers.size(); i < count; i++) {
      headers.add(new Header("X-Custom-Header-" + i, "value " + i));
    }
    return headers;
  }

  /** As HTTP/1.1 has it. */
  static byte[] http(String path, int headers) {
    StringBuilder text = new StringBuilder("GET ").append(path).append(" HTTP/1.1\r\n");
    for (Header header : headers(headers)) {
      text.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }
    return text.append("\r\n").toString().getBytes(ISO_8859_1);
  }

  /** The params of nginx's fastcgi_params, and so many headers. */
  static CgiParams nginx(String target, int headers) {
    String path = target.replaceFirst("\\?.*", "");
    CgiParams.Builder params =
        CgiParams.builder()
            .add("QUERY_STRING", target.substring(path.length()).replaceFirst("^\\?", ""))
            .add("REQUEST_METHOD", "GET")
            .add("CONTENT_TYPE", "")
            .add("CONTENT_LENGTH", "")
            .add("SCRIPT_NAME", path)
            .add("REQUEST_URI", target)
            .add("DOCUMENT_URI", path)
            .add("DOCUMENT_ROOT", "/var/www/html")
            .add("SERVER_PROTOCOL", "HTTP/1.1")
            .add("REQUEST_SCHEME", "http")
            .add("GATEWAY_INTERFACE", "CGI/1.1")
            .add("SERVER_SOFTWARE", "nginx/1.28.0")
            .add("REMOTE_ADDR", "192.0.2.7")
            .add("REMOTE_PORT", "53124")
            .add("REMOTE_USER", "")
            .add("SERVER_ADDR", "192.0.2.1")
            .add("SERVER_PORT", "80")
            .add("SERVER_NAME", "www.example.com")
            .add("REDIRECT_STATUS", "200");
    for (Header header : headers(headers)) {
      params.header(header.name(), header.value());
    }
    return params.build();
  }

  static CgiParams nginx() {
    return nginx(TARGET, HEADERS.size());
  }

  /** BEGIN_REQUEST, PARAMS, the end of PARAMS and the end of STDIN, as nginx sends them at once. */
  static byte[] fastCgi(CgiParams params) {
    ByteArrayOutputStream pairs = new ByteArrayOutputStream();
    for (int i = 0; i < params.size(); i++) {
      fastCgiLength(pairs, params.name(i).length());
      fastCgiLength(pairs, params.value(i).length());
      put(pairs, params.name(i));
      put(pairs, params.value(i));
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    record(all, 1, new byte[] {0, 1, 1, 0, 0, 0, 0, 0});
    record(all, 4, pairs.toByteArray());
    record(all, 4, new byte[0]);
    record(all, 5, new byte[0]);
    return all.toByteArray();
  }

  private static void record(ByteArrayOutputStream to, int type, byte[] content) {
    int padding = -content.length & 7;
    to.write(1);
    to.write(type);
    putShort(to, 1);
    putShort(to, content.length);
    to.write(padding);
    to.write(0);
    to.writeBytes(content);
    to.writeBytes(new byte[padding]);
  }

  private static void fastCgiLength(ByteArrayOutputStream to, int length) {
    if (length > 127) {
      putShort(to, 0x8000 | length >>> 16);
      putShort(to, length);
    } else {
      to.write(length);
    }
  }

  /** A netstring of headers, as nginx sends it. */
  static byte[] scgi(CgiParams params) {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    put(headers, "CONTENT_LENGTH\0" + "0\0");
    for (int i = 0; i < params.size(); i++) {
      put(headers, params.name(i) + "\0" + params.value(i) + "\0");
    }
    put(headers, "SCGI\0" + "1\0");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    put(all, headers.size() + ":");
    all.writeBytes(headers.toByteArray());
    put(all, ",");
    return all.toByteArray();
  }

  /** A packet of vars, as nginx sends it. */
  static byte[] uwsgi(CgiParams params) {
    ByteArrayOutputStream vars = new ByteArrayOutputStream();
    for (int i = 0; i < params.size(); i++) {
      putLowFirst(vars, params.name(i).length());
      put(vars, params.name(i));
      putLowFirst(vars, params.value(i).length());
      put(vars, params.value(i));
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(0);
    putLowFirst(all, vars.size());
    all.write(0);
    all.writeBytes(vars.toByteArray());
    return all.toByteArray();
  }

  /** A FORWARD_REQUEST, as Apache's mod_proxy_ajp sends it. */
  static byte[] ajp() {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    payload.write(2);
    payload.write(2);
    ajpString(payload, "HTTP/1.1");
    ajpString(payload, "/shop/items/42");
    ajpString(payload, "192.0.2.7");
    putShort(payload, 0xFFFF);
    ajpString(payload, "www.example.com");
    putShort(payload, 80);
    payload.write(0);
    int[] codes = {0xA00B, 0xA00E, 0xA001, 0xA004, 0xA003, 0xA006, 0xA00D, 0xA009};
    putShort(payload, codes.length);
    for (int i = 0; i < codes.length; i++) {
      putShort(payload, codes[i]);
      ajpString(payload, HEADERS.get(i).value());
    }
    payload.write(5);
    ajpString(payload, "color=blue&page=2");
    for (String[] attribute :
        new String[][] {{"AJP_LOCAL_ADDR", "192.0.2.1"}, {"AJP_REMOTE_PORT", "53124"}}) {
      payload.write(10);
      ajpString(payload, attribute[0]);
      ajpString(payload, attribute[1]);
    }
    payload.write(255);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    putShort(all, 0x1234);
    putShort(all, payload.size());
    all.writeBytes(payload.toByteArray());
    return all.toByteArray();
  }

  private static void ajpString(ByteArrayOutputStream to, String text) {
    putShort(to, text.length());
    put(to, text);
    to.write(0);
  }

  private static void put(ByteArrayOutputStream to, String text) {
    to.writeBytes(text.getBytes(ISO_8859_1));
  }

  private static void putShort(ByteArrayOutputStream to, int number) {
    to.write(number >>> 8);
    to.write(number);
  }

  private static void putLowFirst(ByteArrayOutputStream to, int number) {
    to.write(number);
    to.write(number >>> 8);
  }
}
