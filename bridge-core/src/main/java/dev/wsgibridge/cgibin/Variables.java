package dev.wsgibridge.cgibin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wsgibridge.CgiParams;
import dev.wsgibridge.Environ;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The environment of a program: the request's variables, and hardly any of this process's own. */
final class Variables {

  private static final Logger LOG = LoggerFactory.getLogger(Variables.class);

  /** What a program needs to find others, and to read and write text. Nothing here is a secret. */
  private static final List<String> INHERITED = List.of("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ");

  /** How Java writes a child's environment and the names of files. */
  private static final Charset CHARSET =
      Runtime.version().feature() < 18
          ? Charset.defaultCharset()
          : Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private Variables() {}

  /**
   * Fills the environment of a program.
   *
   * @param length the size of the request's body in bytes, 0 or below where there is none
   * @throws CgiException the request holds what no variable can
   */
  static void fill(Map<String, String> variables, Program program, Environ environ, long length)
      throws CgiException {
    variables.keySet().retainAll(INHERITED);
    CgiParams params = environ.params();
    for (int i = 0; i < params.size(); i++) {
      put(params.name(i), params.value(i), variables);
    }
    put(Environ.SCRIPT_NAME, program.scriptName(), variables);
    put(Environ.PATH_INFO, program.pathInfo(), variables);
    if (program.pathInfo().isEmpty()) {
      variables.remove(Environ.PATH_INFO);
    }
    // RFC 3875, 4.1.2: exactly where there is a body.
    variables.remove(Environ.CONTENT_LENGTH);
    if (length > 0 || "0".equals(environ.get(Environ.CONTENT_LENGTH))) {
      variables.put(Environ.CONTENT_LENGTH, Long.toString(length));
    }
    variables.put("SCRIPT_FILENAME", program.file().toString());
  }

  private static void put(String name, String value, Map<String, String> variables)
      throws CgiException {
    String text = text(value);
    if (text != null) {
      variables.put(name, text);
    } else if (Environ.headerName(name) != null) {
      LOG.debug("{} is left out: no text in {}, the encoding of this JVM", name, CHARSET);
    } else {
      throw new CgiException(
          "400 Bad Request",
          "%s: found bytes that are no text in %s, this JVM's encoding%s"
              .formatted(
                  name,
                  CHARSET,
                  CHARSET.name().equals("UTF-8")
                      ? ""
                      : "; for UTF-8 start it with LC_ALL=C.UTF-8 in its environment"));
    }
  }

  /**
   * Bytes, each a character, as the text that Java makes the same bytes of; null if there is none.
   */
  static @Nullable String text(String latin1) {
    byte[] bytes = latin1.getBytes(ISO_8859_1);
    String text = new String(bytes, CHARSET);
    return text.indexOf('\0') < 0 && Arrays.equals(text.getBytes(CHARSET), bytes) ? text : null;
  }
}
