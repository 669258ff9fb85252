package dev.wsgibridge.codec;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.Rule;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SCGI (Neil Schemenauer, 2008): a netstring of headers, the body, and the response as CGI has it.
 *
 * <pre>
 *  "70:"
 *      "CONTENT_LENGTH" NUL "27" NUL
 *      "SCGI" NUL "1" NUL
 *      "REQUEST_METHOD" NUL "POST" NUL
 *      "REQUEST_URI" NUL "/deepthought" NUL
 *  ","
 *  27 bytes of body
 * </pre>
 *
 * <p>Who sends no netstring does not speak SCGI, and the connection is broken off. Within the
 * netstring the front can read an answer: what is wrong there is refused with 400, more than {@link
 * Limits#paramsBytes} bytes with 431. Repeated headers are let through, as fronts do send them, but
 * not two CONTENT_LENGTHs that differ.
 */
public final class ScgiCodec extends OneRequestCodec {

  private static final int NO_DIGIT_YET = -1;

  private long length = NO_DIGIT_YET;
  private @Nullable Block headers;

  /** For one connection. */
  public ScgiCodec(Limits limits) {
    this(limits, Quota.alone(limits));
  }

  /** For one connection, whose {@code quota} others may share. */
  public ScgiCodec(Limits limits, Quota quota) {
    super("SCGI", limits, quota);
  }

  @Override
  @Nullable Event params(ByteBuffer input) throws ProtocolException {
    while (headers == null) {
      if (!input.hasRemaining()) {
        return null;
      }
      int octet = input.get() & 0xFF;
      if (octet == ':' && length != NO_DIGIT_YET) {
        // And its comma.
        headers = new Block(length + 1);
      } else if (octet < '0' || octet > '9') {
        throw broken(
            "the netstring's length has 0x%02x in it, expected digits and ':'".formatted(octet));
      } else if (length == 0) {
        throw broken("the netstring's length begins with 0, expected no leading zero");
      } else {
        length = 10 * Math.max(length, 0) + octet - '0';
        if (length > limits.paramsBytes()) {
          return tooLarge(length);
        }
      }
    }
    Event full = hold(headers, input);
    if (full != null) {
      return full;
    }
    byte[] netstring = headers.take(input);
    if (netstring == null) {
      return null;
    }
    headers = null;
    int end = netstring.length - 1;
    if (netstring[end] != ',') {
      throw broken("the netstring ends with 0x%02x, expected ','".formatted(netstring[end] & 0xFF));
    }
    return headers(netstring, end);
  }

  private Event headers(byte[] bytes, int end) {
    CgiParams.Builder builder = CgiParams.builder(bytes);
    for (int at = 0; at < end; ) {
      int nameEnd = nul(bytes, at, end);
      int valueEnd = nul(bytes, nameEnd + 1, end);
      if (valueEnd >= end) {
        return refused(400, "a header has no end, expected NAME, NUL, VALUE, NUL");
      }
      if (nameEnd == at) {
        return refused(400, "a header has no name, expected NAME, NUL, VALUE, NUL");
      }
      builder.add(Names.of(bytes, at, nameEnd - at), nameEnd + 1, valueEnd - nameEnd - 1);
      at = valueEnd + 1;
    }
    CgiParams params = builder.build();
    if (params.size() == 0 || !params.name(0).equals(Environ.CONTENT_LENGTH)) {
      return refused(
          400,
          "found %s as the first header, expected CONTENT_LENGTH"
              .formatted(params.size() == 0 ? "none" : Rule.quoted(params.name(0))));
    }
    if (params.value(0).isEmpty()) {
      return refused(400, "CONTENT_LENGTH: found \"\", expected a number of bytes, 0 for none");
    }
    String version = params.last("SCGI");
    if (!"1".equals(version)) {
      return refused(
          400,
          "found %s, expected the header SCGI to be 1"
              .formatted(version == null ? "none" : Rule.quoted(version)));
    }
    return request(params);
  }

  /** Where the next NUL is, or a place behind the end. */
  private static int nul(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && bytes[at] != 0) {
      at++;
    }
    return at;
  }

  @Override
  public void head(int id, int status, String reason, List<Header> fields, Output output) {
    CgiHead.put(status, reason, fields, output);
  }
}
