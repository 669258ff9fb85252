package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.LoadException;
import java.nio.file.Path;
import java.util.List;

/** What is said and answered when the host loads an application: {@link HostFunction#LOAD}. */
final class Loading {

  private Loading() {}

  /** The text that asks for it. */
  static String text(String name, List<Path> pythonPath) {
    StringBuilder text = new StringBuilder(name);
    for (Path folder : pythonPath) {
      text.append('\0').append(folder);
    }
    return text.toString();
  }

  /**
   * The application's number.
   *
   * @throws LoadException it was not loaded; the message is the host's
   */
  static int number(String name, Answer answer) throws LoadException {
    String payload = new String(answer.payload(), UTF_8);
    if (answer.kind() != Answer.Kind.DONE) {
      throw failed(name, answer.head() != null, payload);
    }
    return Integer.parseInt(payload);
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
