package dev.wsgibridge.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The locale and the environment mean to hosted Python what they mean to python3. */
@Timeout(180)
@EnabledOnOs(value = OS.LINUX, disabledReason = "it has locales made by localedef")
class PythonLocaleTest {

  /** So many questions, at the least. */
  private static final int QUESTIONS = 40;

  @TempDir private static Path locales;
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PYTHONHASHSEED=7 PYTHONOPTIMIZE=2 PYTHONNOUSERSITE=1",
        "LANG=en_US.UTF-8.which.is.not.there PYTHONSAFEPATH=1",
        "LC_ALL=C PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=error::UserWarning",
        "LC_ALL=POSIX PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 PYTHONMALLOC=debug",
        "LC_ALL=de_DE.UTF-8 PYTHONUTF8=1 PYTHONTRACEMALLOC=2",
        "LC_ALL=tr_TR.UTF-8",
      })
  void everyAnswerIsPython3s(String variables) throws Exception {
    Map<String, String> environment = new HashMap<>(Map.of("CITY", "Koeln", "TZ", "UTC"));
    for (String variable : variables.split(" ", -1)) {
      int equals = variable.indexOf('=');
      environment.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    String name = environment.getOrDefault("LC_ALL", "");
    if (name.contains("_")) {
      environment.put("LOCPATH", locales.toString());
      make(name);
    }
    Path application = PythonServer.write(folder, "locale_app.py");
    String python3 = PythonServer.python3();
    String expected = output(List.of(python3, application.toString()), environment);
    assertThat(expected.lines().count()).isGreaterThan(QUESTIONS);
    String own = output(List.of(python3, application.toString(), "own"), environment);
    List<String> alone = new ArrayList<>(PythonServer.java());
    alone.add(JavaAnswers.class.getName());
    String java = output(alone, environment);

    for (String workers : Runtime.version().feature() < 22 ? List.of("1") : List.of("0", "1")) {
      List<String> command =
          PythonServer.command(
              "--workers",
              workers,
              "--mount",
              "/py=" + application,
              "--mount",
              "/java=" + JavaAnswers.class.getName());
      Path log = folder.resolve("log" + workers);
      try (PythonServer server =
          PythonServer.start(PythonServer.process(command, environment, folder), log)) {
        String carrier = workers.equals("0") ? "in the JVM" : "worker process";
        assertThat(server.log()).contains(carrier);
        assertThat(server.get("/py/")).as(carrier).isEqualTo(expected);
        assertThat(server.get("/py/own")).as("%s, after setlocale()", carrier).isEqualTo(own);
        assertThat(server.get("/java/")).as("Java beside CPython %s", carrier).isEqualTo(java);
      }
    }
  }

  private String output(List<String> command, Map<String, String> environment) throws Exception {
    return PythonServer.output(PythonServer.process(command, environment, folder));
  }

  private void make(String locale) throws Exception {
    String language = locale.substring(0, locale.indexOf('.'));
    ProcessBuilder localedef =
        new ProcessBuilder(
            "localedef", "-i", language, "-f", "UTF-8", locales.resolve(locale).toString());
    Path said = folder.resolve("localedef");
    localedef.redirectErrorStream(true).redirectOutput(said.toFile());
    assumeTrue(
        localedef.start().waitFor() == 0,
        () -> "Debian's package locales is not installed: " + PythonServer.read(said));
  }
}
