package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import dev.wsgibridge.await.Await;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command as a process: its streams, its signals, its exit status. */
@Timeout(120)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no SIGTERM")
class ProcessTest {

  private static final Duration FOREVER = Duration.ofSeconds(60);
  private static final String LISTENING = "Listening on http://127.0.0.1:";

  private static final String ELSEWHERE =
      """
      import dev.wsgibridge.*;
      public class Elsewhere implements Application {
        public Body call(Environ environ, StartResponse startResponse) {
          startResponse.start("200 OK");
          return Body.of("elsewhere");
        }
      }
      """;

  /** Leaves a listening socket on fd 0, as mod_fcgid and spawn-fcgi do, and says where it is. */
  private static final String INHERIT =
      """
      import os, socket, sys
      kind, command = sys.argv[1], sys.argv[2:]
      if kind == "tcp":
          listening = socket.create_server(("127.0.0.1", 0))
          print(listening.getsockname()[1], flush=True)
      elif kind == "datagram":
          listening = socket.socket(type=socket.SOCK_DGRAM)
      else:
          listening = socket.socket(socket.AF_UNIX)
          listening.bind(kind)
          listening.listen()
          print(kind, flush=True)
      os.dup2(listening.fileno(), 0)
      os.execv(command[0], command)
      """;

  /** Says where it stands. */
  public static final class Fixture implements Application {

    private static final CountDownLatch INSIDE = new CountDownLatch(1);
    private static final AtomicInteger NEVER = new AtomicInteger();

    @Override
    public Body call(Environ environ, StartResponse startResponse) throws Exception {
      switch (environ.pathInfo()) {
        case "/outlast" -> {
          INSIDE.countDown();
          awaitStop(Integer.parseInt((String) environ.get(Environ.SERVER_PORT)));
        }
        case "/never" -> {
          NEVER.incrementAndGet();
          INSIDE.countDown();
          new CountDownLatch(1).await();
        }
        case "/inside" -> INSIDE.await();
        case "/how-many" -> {
          startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
          return Body.of(NEVER.toString());
        }
        case "/flood" -> {
          // More than any pipe and our queue hold.
          for (int i = 0; i < 3000; i++) {
            environ.errors().println("x".repeat(1000));
          }
        }
        case "/unlawful" -> {
          startResponse.start("200", Header.of("Content-Type", "text/plain"));
          return Body.empty();
        }
        default -> {}
      }
      startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
      return Body.of(environ.scriptName() + "|" + environ.pathInfo());
    }

    /** Returns once the server takes no more connections: it is stopping. */
    private static void awaitStop(int port) throws IOException {
      while (true) {
        try {
          new Socket(InetAddress.getLoopbackAddress(), port).close();
        } catch (ConnectException e) {
          return;
        } catch (SocketException e) {
          // Reset: the port was closed while this connection was made. The next one is refused.
        }
      }
    }
  }

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Process> processes = new ArrayList<>();

  @TempDir private Path folder;

  /** A command that listens. */
  private record Running(Process process, BufferedReader out, Path err, List<Integer> ports) {

    URI uri(String path) {
      return URI.create("http://127.0.0.1:" + ports.get(0) + path);
    }

    /** Sends SIGTERM. ({@link Process#destroy} would close the streams too.) */
    void terminate() {
      assertThat(process.toHandle().destroy()).isTrue();
    }

    /** What else was printed until the process ended. */
    List<String> restOfOut() {
      return out.lines().toList();
    }

    String log() throws IOException {
      return Files.readString(err);
    }
  }

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  private Process start(String... arguments) throws IOException {
    return startBy(List.of(), arguments);
  }

  /** Starts the command by another one. */
  private Process startBy(List<String> starter, String... arguments) throws IOException {
    Process process =
        new ProcessBuilder(command(starter, arguments))
            .redirectError(folder.resolve("err" + processes.size()).toFile())
            .start();
    processes.add(process);
    return process;
  }

  private static List<String> command(List<String> starter, String... arguments) {
    List<String> command = new ArrayList<>(starter);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private Running listen(int listeners, String... arguments) throws IOException {
    Process process = start(arguments);
    Path err = folder.resolve("err" + (processes.size() - 1));
    BufferedReader out = process.inputReader(UTF_8);
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < listeners; i++) {
      String line = out.readLine();
      assertThat(line)
          .as(() -> "line %d; the log: %s".formatted(ports.size(), err))
          .startsWith(LISTENING);
      ports.add(Integer.parseInt(line.substring(LISTENING.length())));
    }
    return new Running(process, out, err, ports);
  }

  private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private CompletableFuture<HttpResponse<String>> later(URI uri) {
    return client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private static String fixture() {
    return Fixture.class.getName();
  }

  @Test
  void aClassPathOfNothingIsSaid() throws Exception {
    Running running =
        listen(1, fixture(), "--classpath", "no/such/folder", "--bind", "http://127.0.0.1:0");

    assertThat(get(running.uri("/x")).body()).isEqualTo("|/x");
    assertThat(running.log()).contains("--classpath: found nothing at 'no/such/folder'");
  }

  @Test
  void printsALineAListenerAndNothingElse() throws Exception {
    Running running =
        listen(2, fixture(), "--bind", "http://127.0.0.1:0", "--bind", "http://127.0.0.1:0");

    for (int port : running.ports()) {
      assertThat(get(URI.create("http://127.0.0.1:" + port + "/x")).body()).isEqualTo("|/x");
    }
    running.terminate();

    assertThat(running.process().waitFor()).isZero();
    assertThat(running.restOfOut()).isEmpty();
  }

  @Test
  void mountsStandBelowTheScriptName() throws Exception {
    Running running =
        listen(
            1,
            "--mount",
            "/a=" + fixture(),
            "--mount",
            "/a/b/=" + fixture(),
            "--script-name",
            "/all",
            "--bind",
            "http://127.0.0.1:0");

    assertThat(get(running.uri("/all/a/x")).body()).isEqualTo("/all/a|/x");
    assertThat(get(running.uri("/all/a/b/x")).body()).isEqualTo("/all/a/b|/x");
    assertThat(get(running.uri("/all/a")).body()).isEqualTo("/all/a|");
    assertThat(get(running.uri("/all")).statusCode()).isEqualTo(404);
    assertThat(get(running.uri("/a/x")).statusCode()).isEqualTo(404);
  }

  @Test
  void lintRefusesWhatIsUnlawful() throws Exception {
    Running running = listen(1, fixture(), "--lint", "--bind", "http://127.0.0.1:0");

    HttpResponse<String> answer = get(running.uri("/unlawful"));

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).isEqualTo("Internal Server Error\n");
    assertThat(running.log()).contains("PEP 3333");
  }

  @Test
  void classesMayStandElsewhere() throws Exception {
    Path source = Files.writeString(folder.resolve("Elsewhere.java"), ELSEWHERE);
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
    assertThat(compiled).isZero();
    Running running =
        listen(1, "Elsewhere", "--classpath", folder.toString(), "--bind", "http://127.0.0.1:0");

    assertThat(get(running.uri("/")).body()).isEqualTo("elsewhere");
  }

  @Test
  void sigtermWaitsForWhatIsInFlight() throws Exception {
    Running running = listen(1, fixture(), "--bind", "http://127.0.0.1:0");
    CompletableFuture<HttpResponse<String>> outlasting = later(running.uri("/outlast"));
    get(running.uri("/inside"));

    running.terminate();

    assertThat(outlasting.get().body()).isEqualTo("|/outlast");
    assertThat(running.process().waitFor()).isZero();
  }

  @Test
  void sigtermWaitsNoLongerThanItMay() throws Exception {
    Running running =
        listen(1, fixture(), "--graceful-timeout", "100ms", "--bind", "http://127.0.0.1:0");
    CompletableFuture<HttpResponse<String>> never = later(running.uri("/never"));
    get(running.uri("/inside"));

    running.terminate();

    assertThat(running.process().waitFor()).isZero();
    assertThat(never).failsWithin(FOREVER);
    assertThat(running.log())
        .contains("broken off after the --graceful-timeout: HTTP/1.1: 1 request on 1 connection");
  }

  @Test
  void aLogThatNobodyReadsStopsNeitherRequestsNorSigterm() throws Exception {
    Process process =
        new ProcessBuilder(command(List.of(), fixture(), "--bind", "http://127.0.0.1:0")).start();
    processes.add(process);
    String listening = process.inputReader(UTF_8).readLine();
    assertThat(listening).startsWith(LISTENING);
    URI root = URI.create("http://127.0.0.1:" + listening.substring(LISTENING.length()));

    assertThat(get(root.resolve("/flood")).body()).isEqualTo("|/flood");
    assertThat(get(root.resolve("/flood")).body()).isEqualTo("|/flood");
    // It flows again, and the loss is told.
    BufferedReader log = process.errorReader(UTF_8);
    String line = log.readLine();
    while (!line.contains("were dropped")) {
      line = log.readLine();
    }
    assertThat(line).matches("\\d{4} lines of the log were dropped here: .*");

    assertThat(get(root.resolve("/flood")).body()).isEqualTo("|/flood");
    assertThat(process.toHandle().destroy()).isTrue();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aSecondSignalEndsItAtOnceAndSaysWhatItBrokeOff() throws Exception {
    Path path = folder.resolve("app.sock");
    Running running =
        listen(1, fixture(), "--bind", "http://127.0.0.1:0", "--bind", "fcgi+unix://" + path);
    CompletableFuture<HttpResponse<String>> never = later(running.uri("/never"));
    CompletableFuture<HttpResponse<String>> neither = later(running.uri("/never"));
    try (SocketChannel front = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      front.write(fastCgi("", "/never"));
      Await.until("the third request", () -> get(running.uri("/how-many")).body().equals("3"));

      running.terminate();
      // Two signals of a kind may melt into one while the first is on its way.
      Await.until(
          "the line that it is stopping",
          () -> !running.process().isAlive() || running.log().contains("stopping"));
      running.terminate();

      assertThat(running.process().waitFor()).isEqualTo(130);
      assertThat(never).failsWithin(FOREVER);
      assertThat(neither).failsWithin(FOREVER);
      assertThat(running.log())
          .contains(
              "broken off at once, by a second signal: HTTP/1.1: 2 requests on 2 connections; fcgi: 1 request on 1 connection");
    }
  }

  @Test
  void whatCantBeServedExitsWith1() throws Exception {
    Process process = start("no.such.Application", "--python", "/no/such/python");

    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(process.inputReader().readLine()).isNull();
    assertThat(Files.readString(folder.resolve("err0")))
        .startsWith("wsgi-bridge: ")
        .doesNotContain("\tat ");
  }

  /** Starts the command with a socket on fd 0. */
  private Process inherit(String kind, String... arguments) throws IOException {
    Path script = Files.writeString(folder.resolve("inherit.py"), INHERIT);
    return startBy(List.of("python3", script.toString(), kind), arguments);
  }

  private static void record(ByteArrayOutputStream out, int type, byte... content) {
    out.writeBytes(new byte[] {1, (byte) type, 0, 1, 0, (byte) content.length, 0, 0});
    out.writeBytes(content);
  }

  /** A FastCGI request of the application that stands at {@code script}. */
  private static ByteBuffer fastCgi(String script, String path) {
    ByteArrayOutputStream params = new ByteArrayOutputStream();
    Map.of(
            "REQUEST_METHOD",
            "GET",
            "REQUEST_URI",
            script + path,
            "SCRIPT_NAME",
            script,
            "SERVER_PORT",
            "80")
        .forEach(
            (name, value) -> {
              params.write(name.length());
              params.write(value.length());
              params.writeBytes((name + value).getBytes(UTF_8));
            });
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    record(out, 1, new byte[] {0, 1, 0, 0, 0, 0, 0, 0});
    record(out, 4, params.toByteArray());
    record(out, 4);
    record(out, 5);
    return ByteBuffer.wrap(out.toByteArray());
  }

  private static String answer(SocketAddress address, String path) throws IOException {
    try (SocketChannel channel = SocketChannel.open(address)) {
      channel.write(fastCgi("/app.fcgi", path));
      return new String(Channels.newInputStream(channel).readAllBytes(), ISO_8859_1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "unix"})
  void servesASocketThatItInherits(String kind) throws Exception {
    Path path = folder.resolve("app.sock");
    Process process =
        inherit(
            kind.equals("tcp") ? "tcp" : path.toString(),
            fixture(),
            "--bind",
            "fcgi+fd:0",
            "--bind",
            "http://127.0.0.1:0",
            "--graceful-timeout",
            "100ms");
    BufferedReader out = process.inputReader(UTF_8);
    String where = out.readLine();
    SocketAddress address =
        kind.equals("tcp")
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(where))
            : UnixDomainSocketAddress.of(path);

    assertThat(out.readLine()).isEqualTo("Listening on fcgi+fd:0");
    String http = out.readLine();
    assertThat(http).startsWith(LISTENING);
    for (int i = 0; i < 3; i++) {
      assertThat(answer(address, "/x")).contains("200 OK").contains("/app.fcgi|/x");
    }
    CompletableFuture<HttpResponse<String>> never =
        later(URI.create(http.substring("Listening on ".length()) + "/never"));
    answer(address, "/inside");

    assertThat(process.toHandle().destroy()).isTrue();
    assertThat(process.waitFor()).isZero();

    assertThat(never).failsWithin(FOREVER);
    // The JDK sends both streams to /dev/null where it closes such a socket.
    assertThat(Files.readString(folder.resolve("err0"))).contains("stopping", "broken off");
    if (kind.equals("unix")) {
      assertThat(path).as("the file, which is the starter's").exists();
    }
  }

  @Test
  void whatIsNoListeningSocketIsNamed() throws Exception {
    Process pipe = start(fixture(), "--bind", "fcgi+fd:0");
    Process datagram = inherit("datagram", fixture(), "--bind", "fcgi+fd:0");

    assertThat(pipe.waitFor()).isEqualTo(1);
    assertThat(datagram.waitFor()).isEqualTo(1);
    assertThat(Files.readString(folder.resolve("err0")))
        .startsWith("wsgi-bridge: can't listen at fcgi+fd:0: found no socket on fd 0, expected");
    assertThat(Files.readString(folder.resolve("err1")))
        .contains("found a datagram socket on fd 0");
  }

  @Test
  void unixSocketsAreAnnouncedAndGoAtTheStop() throws Exception {
    Path path = folder.resolve("app.sock");
    Process process =
        start(
            fixture(),
            "--bind",
            "scgi://127.0.0.1:0",
            "--bind",
            "fcgi+unix://" + path,
            "--chmod-socket",
            "600");
    BufferedReader out = process.inputReader(UTF_8);

    assertThat(out.readLine()).startsWith("Listening on scgi://127.0.0.1:");
    assertThat(out.readLine()).isEqualTo("Listening on fcgi+unix://" + path);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(answer(UnixDomainSocketAddress.of(path), "/x")).contains("200 OK", "|/app.fcgi/x");
    assertThat(process.toHandle().destroy()).isTrue();
    assertThat(process.waitFor()).isZero();
    assertThat(path).doesNotExist();
  }
}
