package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Application;
import dev.wsgibridge.Gateway.Outcome;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python applications on GraalPy. */
class GraalPyTest extends PythonContract {

  private Application java;

  @Override
  LoadOptions options() {
    // An endless recursion ends, but without a JIT on a busy machine that takes its time.
    return LoadOptions.defaults(getClass().getClassLoader())
        .withPython(LoadOptions.GRAALPY)
        .withWorkers(new Workers(Workers.AUTO, Duration.ofMinutes(2), 0, 0, 0, false, false));
  }

  @BeforeAll
  void loadJava() throws LoadException {
    java = load("java_objects.py");
  }

  /** A bean of the application around Python's. */
  public static final class Bean {

    private final AtomicInteger calls = new AtomicInteger();

    /** How often it was called. */
    public int next() {
      return calls.incrementAndGet();
    }

    /** Fails, as beans do. */
    public void fail() throws IOException {
      throw new IOException("the bean has failed", new IllegalStateException("deep inside"));
    }
  }

  private Served withBean(String target) {
    return Served.get(target).with(builder -> builder.put("test.bean", new Bean())).by(java);
  }

  @Test
  void descriptionTellsWhatRunsPython() throws LoadException {
    try (PythonApplication application = load("habits.py")) {
      assertThat(application.description())
          .matches("GraalPy 25, (JIT|interpreted: slow; .*Graal compiler.*)");
    }
  }

  @Test
  void javaClassesAreImported() {
    assertThat(withBean("/imported").text())
        .isEqualTo("[1, 2] dev.wsgibridge.python.GraalPyTest$Bean");
  }

  @Test
  void javaObjectsOfTheEnvironAreThere() {
    Served served =
        Served.get("/objects")
            .with(
                builder ->
                    builder
                        .put("test.bean", new Bean())
                        .put("test.number", 7)
                        .put("test.map", Map.of("key", "value")))
            .by(java);
    assertThat(served.lines()).containsExactly("<class 'dict'>", "1 2", "7", "value");
  }

  @Test
  void failureOfAJavaObjectIsA500() {
    Served served = withBean("/failure");
    assertThat(served.status()).isEqualTo(500);
    assertThat(served.text()).doesNotContain("bean");
  }

  @Test
  void failureOfAJavaObjectCanBeCaught() {
    assertThat(withBean("/caught").lines())
        .containsExactly("java.io.IOException: the bean has failed", "True");
  }

  @Test
  void failureOfAJavaObjectIsExcInfoAsAnyOther() {
    Served replaced = withBean("/exc_info");
    assertThat(replaced.status()).isEqualTo(503);
    Served raised = withBean("/exc_info_after_write");
    assertThat(raised.outcome()).isEqualTo(Outcome.BROKEN_OFF);
    assertThat(raised.text()).isEqualTo("sent");
  }

  @Test
  void exitOfTheProcessEndsTheRequestOnly() {
    assertThat(withBean("/process_exit").status()).isEqualTo(500);
    for (int i = 0; i < 20; i++) {
      assertThat(withBean("/imported").status()).isEqualTo(200);
    }
  }

  @Test
  void nativeModulesOfTheStandardLibraryWork() {
    assertThat(withBean("/native_modules").lines()).containsExactly("[(2,)]", "root");
  }

  @Test
  void quotedPrintableIsThere() {
    assertThat(withBean("/quoted_printable").lines()).containsExactly("b'a=b'", "b'a=3Db'");
  }

  @Test
  void codeOfTheSameSourceIsKept() {
    assertThat(withBean("/compiled").lines()).containsExactly("True", "['f', 'g']", "False", "2");
    assertThat(withBean("/compiled_with_futures").lines())
        .containsExactly("name 'undefined' is not defined");
  }

  @Test
  void anotherContextRunsButHasNoNativeModules(@TempDir Path folder) throws Exception {
    assertThat(withBean("/native_modules").status()).isEqualTo(200);
    Set<Thread> before = pythonThreads();
    Path pure = Files.copy(resource("java_objects.py"), folder.resolve("pure.py"));
    Path native_ = Files.writeString(folder.resolve("native.py"), "import sqlite3\n");
    try (URLClassLoader other = new URLClassLoader(new URL[0], getClass().getClassLoader())) {
      LoadOptions options =
          LoadOptions.defaults(other).withPython(LoadOptions.GRAALPY).withThreads(2);
      try (PythonApplication application = PythonApplication.load(pure.toString(), options)) {
        Served served =
            Served.get("/imported")
                .with(builder -> builder.put("test.bean", new Bean()))
                .by(application);
        assertThat(served.status()).isEqualTo(200);
        assertThatThrownBy(() -> PythonApplication.load(native_.toString(), options))
            .isInstanceOf(LoadException.class)
            .hasMessageContaining("native.py\", line 1")
            .hasMessageContaining("--python");
      }
    }
    Set<Thread> left = pythonThreads();
    left.removeAll(before);
    for (Thread thread : left) {
      // One of GraalPy's own has been told to end, and is about to.
      thread.join(10_000);
    }
    assertThat(left).noneMatch(Thread::isAlive);
  }

  @Test
  void workersAreContextsWhichShareNoModules(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("counting.py"),
            """
            calls = 0

            def application(environ, start_response):
                global calls
                calls += 1
                environ["test.meeting"].arriveAndAwaitAdvance()
                start_response("200 OK", [])
                flags = environ["wsgi.multiprocess"], environ["wsgi.multithread"]
                return [f"{calls} {flags}".encode()]
            """);
    LoadOptions options = options().withWorkers(Workers.of(2)).withThreads(1);
    try (PythonApplication application = PythonApplication.load(file.toString(), options)) {
      assertThat(application.description()).startsWith("2 contexts of GraalPy");
      // Neither answers before both are called: one thread of one context could not do that.
      Phaser meeting = new Phaser(2);
      Callable<String> request =
          () ->
              Served.get("/")
                  .with(builder -> builder.put("test.meeting", meeting))
                  .by(application)
                  .text();
      ExecutorService clients = Executors.newFixedThreadPool(2);
      try {
        for (Future<String> answer :
            clients.invokeAll(List.of(request, request), 60, TimeUnit.SECONDS)) {
          assertThat(answer.get()).isEqualTo("1 (True, False)");
        }
      } finally {
        clients.shutdownNow();
      }
    }
  }

  @Test
  void workersThatAreContextsHaveNoNativeModulesButInOne(@TempDir Path folder) throws Exception {
    assertThat(withBean("/native_modules").status()).isEqualTo(200);
    Path file = Files.writeString(folder.resolve("native.py"), "import sqlite3\n");
    LoadOptions options = options().withWorkers(Workers.of(2));
    assertThatThrownBy(() -> PythonApplication.load(file.toString(), options))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining("native.py\", line 1")
        .hasMessageContaining("--workers 1");
  }

  @Test
  void whatOnlyProcessesCanDoIsRefused() {
    Workers recycled = new Workers(2, Workers.TIMEOUT, 100, 0, 0, false, false);
    assertThatThrownBy(() -> PythonApplication.load("habits.py", options().withWorkers(recycled)))
        .isInstanceOf(LoadException.class)
        .hasMessage(
            "--max-requests: found GraalPy (--python graalpy), which runs inside the JVM, expected"
                + " CPython, whose workers are processes; leave the option out, or name a CPython"
                + " with --python");
  }

  private static Set<Thread> pythonThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("python-"))
        .collect(Collectors.toSet());
  }

  @Test
  void packagesOfAVirtualEnvironmentAreFound(@TempDir Path environment) throws IOException {
    Path packages = environment.resolve("lib/python3.11/site-packages");
    Files.createDirectories(packages);
    Files.createDirectories(environment.resolve("lib/other"));
    assertThat(GraalPyCarrier.sitePackages(environment.toString()))
        .containsExactly(packages.toString());
    assertThat(GraalPyCarrier.sitePackages(null)).isEmpty();
    assertThat(GraalPyCarrier.sitePackages(environment.resolve("gone").toString())).isEmpty();
  }
}
