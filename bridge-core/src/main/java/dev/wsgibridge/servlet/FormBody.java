package dev.wsgibridge.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A form's fields as a body: {@code a=1&b=2} (application/x-www-form-urlencoded), made of the
 * parameters that the container has read them into. Those of the query come first there, and are
 * left out.
 */
final class FormBody {

  private static final String TYPE = "application/x-www-form-urlencoded";

  private FormBody() {}

  static boolean isForm(HttpServletRequest request) {
    String type = request.getContentType();
    return type != null
        && type.regionMatches(true, 0, TYPE, 0, TYPE.length())
        && (type.length() == TYPE.length() || "; \t".indexOf(type.charAt(TYPE.length())) >= 0);
  }

  static byte[] of(HttpServletRequest request) {
    Charset charset = charset(request.getCharacterEncoding());
    Map<String, Integer> inQuery = counts(request.getQueryString(), charset);
    StringBuilder body = new StringBuilder();
    request
        .getParameterMap()
        .forEach(
            (name, values) -> {
              int skipped = Math.min(inQuery.getOrDefault(name, 0), values.length);
              for (String value : Arrays.asList(values).subList(skipped, values.length)) {
                body.append(body.isEmpty() ? "" : "&")
                    .append(URLEncoder.encode(name, charset))
                    .append('=')
                    .append(URLEncoder.encode(value, charset));
              }
            });
    return body.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** As the container has read it: UTF-8 where nothing is said (Servlet 6.0, 3.12). */
  private static Charset charset(@Nullable String name) {
    try {
      return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return StandardCharsets.UTF_8;
    }
  }

  /** How many values of a name a query has. */
  private static Map<String, Integer> counts(@Nullable String query, Charset charset) {
    Map<String, Integer> counts = new HashMap<>();
    for (String field : query == null ? new String[0] : query.split("&", -1)) {
      if (!field.isEmpty()) {
        counts.merge(decoded(field.split("=", 2)[0], charset), 1, Integer::sum);
      }
    }
    return counts;
  }

  private static String decoded(String name, Charset charset) {
    try {
      return URLDecoder.decode(name, charset);
    } catch (IllegalArgumentException e) {
      return name;
    }
  }
}
