package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A server in a process of its own, whose Python tells of itself, and the same of python3. */
final class PythonServer implements AutoCloseable {

  private static final String LISTENING = "Listening on ";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Process process;
  private final Path log;
  private final String address;

  private PythonServer(Process process, Path log, String address) {
    this.process = process;
    this.log = log;
    this.address = address;
  }

  /**
   * Starts it on a free port.
   *
   * @param command what {@link #command} makes, with the server's arguments
   * @param log its standard error, which has to say how Python runs
   * @throws AssertionError it has not begun to listen; with the log
   */
  static PythonServer start(ProcessBuilder command, Path log) throws IOException {
    Process process = command.redirectError(log.toFile()).start();
    BufferedReader out = process.inputReader(UTF_8);
    String line = out.readLine();
    if (line == null || !line.startsWith(LISTENING)) {
      process.destroyForcibly();
    }
    assertThat(line).as(() -> "standard output; the log: " + read(log)).startsWith(LISTENING);
    return new PythonServer(process, log, line.substring(LISTENING.length()));
  }

  /** The command line that runs the server in this JDK. */
  static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(java());
    command.add(Main.class.getName());
    command.addAll(List.of("--bind", "http://127.0.0.1:0"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** A JVM with this one's classes. */
  static List<String> java() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>(List.of(java));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    return command;
  }

  /**
   * A process whose environment says nothing of locales and of Python but what is given.
   *
   * @param folder where the applications of the tests write, as {@code CASE_DIR}
   */
  static ProcessBuilder process(
      List<String> command, Map<String, String> environment, Path folder) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(
            name ->
                name.matches(
                    "LC_.*|LANG|LANGUAGE|LOCPATH|PYTHON.*|WSGI_BRIDGE.*|PORT|WEB_CONCURRENCY"));
    builder.environment().putAll(environment);
    builder.environment().put("CASE_DIR", folder.toString());
    return builder;
  }

  /** What a program writes, which has to end well. */
  static String output(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(() -> builder.command() + ": " + output).isZero();
    return output;
  }

  /** The Python itself that {@code python3} is, which may be a script before it. */
  static String python3() throws IOException, InterruptedException {
    return output(new ProcessBuilder("python3", "-c", "import sys; print(sys.executable, end='')"));
  }

  /** A file that lies beside this class. */
  static Path write(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    try (var source = PythonServer.class.getResourceAsStream(name)) {
      Files.write(file, source.readAllBytes());
    }
    return file;
  }

  String get(String path) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(address + path)).build();
    return CLIENT.send(request, BodyHandlers.ofString()).body();
  }

  Process process() {
    return process;
  }

  String log() {
    return read(log);
  }

  static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
