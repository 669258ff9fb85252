package dev.wsgibridge.cgi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wsgibridge.CgiParams;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** The variables that this process was started with, as a server sets them for CGI. */
public final class ProcessVariables {

  /**
   * Linux keeps them byte for byte; Java reads them as text of a locale that servers rarely set.
   */
  private static final Path BYTES = Path.of("/proc/self/environ");

  private static final String OURS = "WSGI_BRIDGE_";

  private ProcessVariables() {}

  /**
   * All of them, but for those of this project's own whose name begins with {@code WSGI_BRIDGE_}.
   */
  public static CgiParams params() {
    if (Files.isReadable(BYTES)) {
      try {
        return ofBytes(Files.readAllBytes(BYTES));
      } catch (IOException e) {
        LoggerFactory.getLogger(ProcessVariables.class).debug("{} can't be read", BYTES, e);
      }
    }
    return ofText(
        System.getenv(), Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
  }

  /** {@code NAME=VALUE}, each with a NUL behind it. */
  static CgiParams ofBytes(byte[] bytes) {
    CgiParams.Builder params = CgiParams.builder();
    for (String variable : new String(bytes, ISO_8859_1).split("\0", -1)) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        add(variable.substring(0, equals), variable.substring(equals + 1), params);
      }
    }
    return params.build();
  }

  static CgiParams ofText(Map<String, String> variables, Charset charset) {
    CgiParams.Builder params = CgiParams.builder();
    variables.forEach(
        (name, value) -> add(name, new String(value.getBytes(charset), ISO_8859_1), params));
    return params.build();
  }

  private static void add(String name, String value, CgiParams.Builder params) {
    if (!name.startsWith(OURS)) {
      params.add(name, value);
    }
  }
}
