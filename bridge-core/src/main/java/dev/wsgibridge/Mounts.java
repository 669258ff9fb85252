package dev.wsgibridge;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Several applications under one: each below a prefix of the path, the longest that fits wins.
 *
 * <p>SCRIPT_NAME grows by the prefix, PATH_INFO shrinks by it. Where none fits the answer is 404.
 */
public final class Mounts implements Application {

  private record Mount(String prefix, Application application) {}

  private final List<Mount> longestFirst;

  /**
   * Mounts applications.
   *
   * @param applications by prefix: decoded text, with a slash before and none behind ({@code
   *     "/shop"}); the empty prefix takes what no other takes
   * @throws IllegalArgumentException a prefix isn't written so
   */
  public Mounts(Map<String, Application> applications) {
    longestFirst =
        applications.entrySet().stream()
            .map(entry -> new Mount(Environ.latin1(prefix(entry.getKey())), entry.getValue()))
            .sorted(Comparator.comparingInt((Mount mount) -> mount.prefix().length()).reversed())
            .toList();
  }

  private static String prefix(String prefix) {
    if (!prefix.isEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
      throw new IllegalArgumentException(
          "mount: found %s, expected a path such as /shop, without a slash at its end; write / as nothing at all"
              .formatted(Rule.quoted(prefix)));
    }
    return prefix;
  }

  @Override
  public Body call(Environ environ, StartResponse startResponse) throws Exception {
    String path = environ.pathInfo();
    for (Mount mount : longestFirst) {
      String prefix = mount.prefix();
      if (path.startsWith(prefix)
          && (path.length() == prefix.length()
              || prefix.isEmpty()
              || path.charAt(prefix.length()) == '/')) {
        environ.put(Environ.SCRIPT_NAME, environ.scriptName() + prefix);
        environ.put(Environ.PATH_INFO, path.substring(prefix.length()));
        return mount.application().call(environ, startResponse);
      }
    }
    startResponse.start("404 Not Found", Header.of("Content-Type", "text/plain; charset=utf-8"));
    return Body.of("Not Found\n");
  }
}
