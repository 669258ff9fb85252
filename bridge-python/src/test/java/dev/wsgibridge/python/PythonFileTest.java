package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonFileTest {

  @TempDir private Path folder;

  private PythonFile file(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return PythonFile.named(file.toString()).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "hello.py, hello.py, false",
    "hello.py:, hello.py, false",
    "a b/hello.py:app, a b/hello.py, true",
    "hello.py:make('a.py:b'), hello.py, true",
    "hello.fcgi, hello.fcgi, false",
    "hello.cgi:app, hello.cgi, true",
    "./hello, ./hello, false",
    "/srv/hello.fcgi, /srv/hello.fcgi, false",
    "/srv/hello.fcgi:app, /srv/hello.fcgi, true",
  })
  void names(String name, String path, boolean callable) {
    assertThat(PythonFile.named(name)).contains(new PythonFile(Path.of(path), callable));
  }

  @ParameterizedTest
  @CsvSource({"hello", "mysite.wsgi:app", "mysite:make('a/b')", "com.example.Hello", "cgi:/a.py"})
  void othersAreNone(String name) {
    assertThat(PythonFile.named(name)).isEmpty();
  }

  /** Relative to this process's folder, where there is a file that begins so. */
  @Test
  void aProgramNeedsNoSlash() {
    assertThat(PythonFile.named("pom.xml")).isEmpty();
    Path run = Path.of("..", "run");
    assertThat(PythonFile.named(run.toString())).isEqualTo(Optional.of(new PythonFile(run, false)));
  }

  @Test
  void whatMayStartAServer() throws IOException {
    assertThat(file("a.fcgi", "").mayStartServer()).isTrue();
    assertThat(file("a.py", "def app(environ, start_response): pass\n").mayStartServer()).isFalse();
    assertThat(file("a.py", "app = make()\n#!/usr/bin/env wsgi-bridge\n").mayStartServer())
        .isTrue();
    assertThat(file("a.py", "import bottle\nbottle.run()\n").mayStartServer()).isTrue();
    assertThat(file("a.py", "app = 1\nimport wsgiref.handlers\n").mayStartServer()).isTrue();
    assertThat(file("a.py", "app = 1\nfrom flup.server import fcgi\n").mayStartServer()).isTrue();
    assertThat(PythonFile.named(folder + "/a.py:app").orElseThrow().mayStartServer()).isFalse();
    assertThat(PythonFile.named(folder + "/no.py").orElseThrow().mayStartServer()).isFalse();
  }

  @Test
  void whatMayWorkByProcesses() throws IOException {
    assertThat(file("a.fcgi", "from flup.server.fcgi_fork import WSGIServer").mayFork()).isTrue();
    assertThat(file("a.fcgi", "import flup\nfrom flup.server import (\n scgi_fork)").mayFork())
        .isTrue();
    assertThat(file("a.py", "class Server(ForkingMixIn, WSGIServer): pass").mayFork()).isTrue();
    // The page names them so.
    assertThat(file("a.fcgi", "x = 1\n# ajp, ajp_fork, fcgi, fcgi_fork\n").mayFork()).isFalse();
    assertThat(file("a.fcgi", "from flup.server.fcgi import WSGIServer").mayFork()).isFalse();
  }
}
