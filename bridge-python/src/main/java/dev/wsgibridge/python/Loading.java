package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.LoadException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is said and answered when the host loads an application: {@link HostFunction#LOAD}. */
final class Loading {

  private Loading() {}

  /**
   * What was answered.
   *
   * @param number the application's
   * @param ownServer what its script has started to be served by, null where it has not
   */
  record Loaded(int number, @Nullable OwnServer ownServer) {}

  /** The text that asks for it. A file may be a script, for which there are servers of ours. */
  static String text(String name, List<Path> pythonPath) {
    StringBuilder text = new StringBuilder();
    if (PythonFile.named(name).isPresent()) {
      text.append(Resources.text("wsgi_scripts.py"));
    }
    text.append('\0').append(name);
    for (Path folder : pythonPath) {
      text.append('\0').append(folder);
    }
    return text.toString();
  }

  /**
   * Reads the answer.
   *
   * @throws LoadException it was not loaded; the message is the host's
   */
  static Loaded loaded(String name, Answer answer) throws LoadException {
    String payload = new String(answer.payload(), UTF_8);
    if (answer.kind() != Answer.Kind.DONE) {
      throw failed(name, answer.head() != null, payload);
    }
    return loaded(payload);
  }

  /** Reads the payload of an answer that is {@link Answer.Kind#DONE}. */
  static Loaded loaded(String payload) {
    List<String> lines = List.of(payload.split("\n", -1));
    return new Loaded(
        Integer.parseInt(lines.get(0)),
        lines.size() == 1 ? null : new OwnServer(lines.get(1), lines.subList(2, lines.size())));
  }

  /** What is told to the person who named the application. */
  static LoadException failed(String name, boolean noModule, String message) {
    return noModule ? noModule(name, message) : new LoadException(message);
  }

  /** Whoever wrote {@code com.example.Hello} has most likely meant a Java class. */
  private static LoadException noModule(String name, String message) {
    int dot = name.lastIndexOf('.');
    boolean likeClass =
        !name.contains(":")
            && name.length() > dot + 1
            && Character.isUpperCase(name.charAt(dot + 1));
    return new LoadException(
        likeClass
            ? "no Java class %s on the class path: add its folder or jar with --classpath; and %s"
                .formatted(name, message)
            : message);
  }
}
