package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** WSGI's Python half by itself, on the machine's own Python. */
class WsgiHostTest {

  @Test
  void hostAndScripts() throws Exception {
    pythonsOwnTestsPass(
        "test_wsgi_host.py",
        file("wsgi_host.py"),
        file("wsgi_scripts.py"),
        Path.of("../examples/toolserver").toAbsolutePath().normalize().toString());
  }

  @Test
  void guest() throws Exception {
    pythonsOwnTestsPass("test_guest.py", file("wsgi_host.py"), file("guest.py"));
  }

  private static void pythonsOwnTestsPass(String test, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("python3", "-B", "-W", "error", file(test)));
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
