package dev.wsgibridge.contract;

import dev.wsgibridge.contract.http.Response;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the fixture {@code environ} tells of the request that it got. */
final class EchoedEnviron {

  private record Entry(String type, String value) {}

  private final String type;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  EchoedEnviron(Response response) {
    if (response.status() != 200) {
      throw new AssertionError("expected an environ, found " + response);
    }
    String[] lines = response.text().split("\n", -1);
    type = lines[0].split("\t", -1)[1];
    for (int i = 1; i < lines.length; i++) {
      String[] parts = lines[i].split("\t", -1);
      entries.put(decoded(parts[0]), new Entry(parts[1], decoded(parts[2])));
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.ISO_8859_1);
  }

  /** The mapping's own type. */
  String type() {
    return type;
  }

  Set<String> keys() {
    return entries.keySet();
  }

  /** Null where the key is absent. */
  @Nullable String type(String key) {
    Entry entry = entries.get(key);
    return entry == null ? null : entry.type();
  }

  /** Null where the key is absent; a value that is no string as Python's repr shows it. */
  @Nullable String value(String key) {
    Entry entry = entries.get(key);
    return entry == null ? null : entry.value();
  }
}
