package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * WSGI's Python half by itself, on the machine's own Python, and on each other version that it has.
 */
class WsgiHostTest {

  /** {@code python3}, and what of {@code python3.9} and newer is on the search path, or pyenv's. */
  static List<String> pythons() throws IOException {
    List<String> pythons = new ArrayList<>(List.of("python3"));
    List<Path> folders = new ArrayList<>();
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      folders.add(Path.of(folder));
    }
    Path pyenv = Path.of(System.getProperty("user.home"), ".pyenv/versions");
    if (Files.isDirectory(pyenv)) {
      try (Stream<Path> versions = Files.list(pyenv)) {
        versions.sorted().map(version -> version.resolve("bin")).forEach(folders::add);
      }
    }
    for (int minor = 9; minor <= 14; minor++) {
      String name = "python3." + minor;
      folders.stream()
          .map(folder -> folder.resolve(name))
          .filter(WsgiHostTest::works)
          .findFirst()
          .ifPresent(python -> pythons.add(python.toString()));
    }
    return pythons;
  }

  /** Also pyenv's stand-ins have such names, for versions that it doesn't use. */
  private static boolean works(Path python) {
    if (!Files.isExecutable(python)) {
      return false;
    }
    try {
      Process process =
          new ProcessBuilder(python.toString(), "-c", "")
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("pythons")
  void hostAndScripts(String python) throws Exception {
    pythonsOwnTestsPass(
        python,
        "test_wsgi_host.py",
        file("wsgi_host.py"),
        file("wsgi_scripts.py"),
        Path.of("../examples/toolserver").toAbsolutePath().normalize().toString());
  }

  @ParameterizedTest
  @MethodSource("pythons")
  void guest(String python) throws Exception {
    pythonsOwnTestsPass(python, "test_guest.py", file("wsgi_host.py"), file("guest.py"));
  }

  private static void pythonsOwnTestsPass(String python, String test, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(python, "-B", "-W", "error", file(test)));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).containsPattern("Ran [1-9]\\d+ tests");
  }

  private static String file(String name) throws Exception {
    return Path.of(WsgiHostTest.class.getResource(name).toURI()).toString();
  }
}
