package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.jar.JarInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in a WAR, and what is refused; that containers take it is src-test's to show. */
class WarTest {

  private static final String HELLO =
      """
      def application(environ, start_response):
          start_response("200 OK", [("Content-Type", "text/plain")])
          return [b"hello"]
      """;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path temporary;
  private Path folder = Path.of("");
  private Path war = Path.of("");

  @BeforeEach
  void makeApplication() throws IOException {
    folder = Files.createDirectory(temporary.resolve("src"));
    war = temporary.resolve("site.war");
    write("hello.py", HELLO);
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private int run(String... words) {
    out.reset();
    err.reset();
    return Main.run(
        new Sources(Map.of(), temporary),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8),
        new StopSignal(),
        words);
  }

  /** Without GraalPy and without a trial, which take their time. */
  private int war(String app, String... options) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("war", folder.toString(), "-o", war.toString(), "--app", app));
    words.addAll(List.of("--without-graalpy", "--without-trial"));
    words.addAll(List.of(options));
    return run(words.toArray(String[]::new));
  }

  private Map<String, String> made(String... options) throws IOException {
    assertThat(war("hello:application", options)).as(err.toString(UTF_8)).isZero();
    assertThat(err.toString(UTF_8)).isEmpty();
    return entries();
  }

  private Map<String, String> entries() throws IOException {
    Map<String, String> entries = new TreeMap<>();
    try (ZipFile zip = new ZipFile(war.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        try (var in = zip.getInputStream(entry)) {
          entries.put(entry.getName(), new String(in.readAllBytes(), UTF_8));
        }
      }
    }
    return entries;
  }

  private static String param(Map<String, String> entries, String name) {
    String webXml = Objects.requireNonNull(entries.get("WEB-INF/web.xml"));
    String[] parts = webXml.split("<param-name>" + name + "</param-name>\\s*<param-value>", 2);
    return parts.length == 1 ? "" : parts[1].substring(0, parts[1].indexOf('<'));
  }

  private String listed() {
    return out.toString(UTF_8);
  }

  private void assertRefused(String... messages) {
    assertThat(err.toString(UTF_8)).contains(messages);
    assertThat(listed()).isEmpty();
    assertThat(war).doesNotExist();
  }

  @Test
  void holdsTheModulesTheBridgeAndTheDescriptors() throws Exception {
    write("mysite/__init__.py", "");
    write("mysite/templates/page.html", "<p>");

    Map<String, String> entries = made();

    assertThat(entries)
        .containsEntry("WEB-INF/python/hello.py", HELLO)
        .containsEntry("WEB-INF/python/mysite/__init__.py", "")
        .containsEntry("WEB-INF/python/mysite/templates/page.html", "<p>")
        .containsKeys("META-INF/context.xml", "WEB-INF/jetty-ee10-web.xml");
    assertThat(entries.keySet().stream().filter(name -> name.startsWith("WEB-INF/lib/")))
        .hasSize(5)
        .anyMatch(name -> name.matches(".*/bridge-core.*\\.jar"))
        .anyMatch(name -> name.matches(".*/bridge-python(?!-ffm).*\\.jar"))
        .anyMatch(name -> name.matches(".*/slf4j-api.*\\.jar"))
        .anyMatch(name -> name.matches(".*/slf4j-jdk14.*\\.jar"));
    try (JarInputStream jar = new JarInputStream(Files.newInputStream(war))) {
      assertThat(jar.getManifest()).isNotNull();
    }
    assertThat(listed()).contains("site.war ", " kB", "hello:application, 3 files");
  }

  @Test
  void graalPyComesWithoutTheJitsInterface() throws Exception {
    Libraries libraries = Libraries.find(true);
    assertThat(libraries.graalPy()).startsWith("25.");
    assertThat(libraries.jars().keySet())
        .anyMatch(name -> name.startsWith("python-language-"))
        .anyMatch(name -> name.startsWith("truffle-runtime-"))
        .anyMatch(name -> name.startsWith("bcprov-"))
        .noneMatch(name -> name.startsWith("truffle-compiler-"))
        .noneMatch(name -> name.matches("(bridge-python-ffm|jetty|picocli|slf4j-simple|junit).*"));
  }

  @Test
  void theSameContentIsTheSameWarWhateverItsFilesTimes() throws Exception {
    made();
    byte[] first = Files.readAllBytes(war);
    Files.setLastModifiedTime(
        folder.resolve("hello.py"), FileTime.from(Instant.parse("2001-01-01T00:00:00Z")));
    made("--force");
    assertThat(Files.readAllBytes(war)).isEqualTo(first);
  }

  /** Caches of bytecode, and of browsers, go by a file's time and size. */
  @Test
  void aChangedFileOfTheSameSizeHasAnotherTime() throws Exception {
    made();
    long before = timeOf("WEB-INF/python/hello.py");
    write("hello.py", HELLO.replace("hello", "hallo"));
    made("--force");
    assertThat(timeOf("WEB-INF/python/hello.py")).isNotEqualTo(before);
  }

  private long timeOf(String name) throws IOException {
    try (ZipFile zip = new ZipFile(war.toFile())) {
      return zip.getEntry(name).getTime();
    }
  }

  @Test
  void leavesOutWhatIsSecretOrOutOfPlaceAndSaysSo() throws Exception {
    write(".env", "SECRET_KEY=1");
    write(".git/config", "");
    write("__pycache__/hello.cpython-311.pyc", "");
    write("conf/server.key", "");
    write("conf/id_ed25519", "");
    write("db.sqlite3", "");
    write("env/pyvenv.cfg", "");
    write("env/lib/code.py", "");
    write("node_modules/left/pad.js", "");
    write("old.war", "");

    Map<String, String> entries = made();

    assertThat(entries.keySet().stream().filter(name -> name.startsWith("WEB-INF/python/")))
        .containsExactly("WEB-INF/python/hello.py");
    assertThat(listed())
        .contains("hidden: .env, .git/\n")
        .contains("keys: conf/id_ed25519, conf/server.key\n")
        .contains("databases: db.sqlite3\n")
        .contains("virtual environments: env/\n")
        .contains("bytecode: __pycache__/\n");
  }

  @Test
  void patternsLeaveOutMoreAndLess() throws Exception {
    write("lookup.db", "");
    write("docs/a.md", "");
    write("docs/b.txt", "");
    write("mysite/docs/c.txt", "");

    Map<String, String> entries =
        made("--include", "*.db", "--exclude", "*.md", "--exclude", "docs/*.txt");

    assertThat(entries.keySet())
        .contains("WEB-INF/python/lookup.db", "WEB-INF/python/mysite/docs/c.txt")
        .doesNotContain("WEB-INF/python/docs/a.md", "WEB-INF/python/docs/b.txt");
    assertThat(listed()).contains("by --exclude: docs/a.md, docs/b.txt\n");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a privilege there")
  void aLinkWithinTheFolderIsWhatItLeadsTo() throws Exception {
    write("shared/page.html", "<p>");
    Files.createSymbolicLink(folder.resolve("templates"), Path.of("shared"));

    assertThat(made()).containsEntry("WEB-INF/python/templates/page.html", "<p>");
  }

  @ParameterizedTest
  @CsvSource({
    "/etc, outside",
    "nowhere, which is not there",
    "., a folder that it stands in itself"
  })
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a privilege there")
  void aLinkThatLeadsElsewhereIsRefused(String target, String message) throws Exception {
    Files.createSymbolicLink(folder.resolve("link"), Path.of(target));

    assertThat(war("hello:application")).isEqualTo(1);
    assertRefused("src/link: found a link to", message, "--exclude 'link'");

    assertThat(made("--exclude", "link").keySet())
        .noneMatch(name -> name.startsWith("WEB-INF/python/link"));
  }

  @Test
  void staticFilesAreTheContainers() throws Exception {
    Path assets = Files.createDirectories(temporary.resolve("assets/css"));
    Files.writeString(assets.resolve("site.css"), "body{}");
    Files.writeString(assets.resolve("run.jsp"), "");
    Path robots = Files.writeString(temporary.resolve("robots"), "User-agent: *");

    Map<String, String> entries =
        made("--static", "/s=" + assets.getParent(), "--static", "/robots.txt=" + robots);

    assertThat(entries)
        .containsEntry("s/css/site.css", "body{}")
        .containsEntry("robots.txt", "User-agent: *")
        .doesNotContainKey("s/css/run.jsp");
    assertThat(param(entries, "static")).isEqualTo("/robots.txt,/s/");
    assertThat(listed())
        .contains("/s/, 1 file, 6 bytes")
        .contains("pages that the container would run: css/run.jsp");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"assets", "s=.", "/=.", "/s", "/WEB-INF/x=.", "/../s=.", "/a/*=.", "/s=nowhere"})
  void whatNoStaticPathCanBeIsRefused(String named) {
    assertThat(war("hello:application", "--static", named)).isEqualTo(1);
    assertRefused("--static: found ");
  }

  @Test
  void optionsBecomeInitParams() throws Exception {
    Map<String, String> entries =
        made(
            ("--lint --threads 3 --header-map dangerous --workers 2 --timeout 2m --max-requests 9"
                    + " --max-requests-jitter 4 --reload-on-rss 300 --preload --backlog 7"
                    + " --graceful-timeout 1500ms --no-reload"
                    + " --python /opt/python/bin/python3")
                .split(" "));

    assertThat(param(entries, "application")).isEqualTo("hello:application");
    assertThat(param(entries, "python")).isEqualTo("/opt/python/bin/python3");
    assertThat(param(entries, "python-path")).isEqualTo("/WEB-INF/python/");
    assertThat(param(entries, "lint")).isEqualTo("true");
    assertThat(param(entries, "threads")).isEqualTo("3");
    assertThat(param(entries, "header-map")).isEqualTo("dangerous");
    assertThat(param(entries, "workers")).isEqualTo("2");
    assertThat(param(entries, "timeout")).isEqualTo("120");
    assertThat(param(entries, "max-requests")).isEqualTo("9");
    assertThat(param(entries, "max-requests-jitter")).isEqualTo("4");
    assertThat(param(entries, "reload-on-rss")).isEqualTo("300");
    assertThat(param(entries, "preload")).isEqualTo("true");
    assertThat(param(entries, "reload")).isEqualTo("false");
    assertThat(param(entries, "graceful-timeout")).isEqualTo("1500ms");
    assertThat(param(entries, "post-buffering")).isEmpty();
    assertThat(param(entries, "backlog")).isEqualTo("7");
  }

  @Test
  void anApplicationInAFileIsAModuleOfItsFolder() throws Exception {
    write("sub/page.py", HELLO);
    assertThat(war("sub/page.py:application")).as(err.toString(UTF_8)).isZero();
    assertThat(param(entries(), "application")).isEqualTo("page:application");
    assertThat(param(entries(), "python-path")).isEqualTo("/WEB-INF/python/sub/,/WEB-INF/python/");
  }

  @Test
  void packagesComeAlongWithoutTheirInstaller() throws Exception {
    Path packages = temporary.resolve("packages");
    for (String name :
        List.of(
            "demo/__init__.py",
            "demo/cacert.pem",
            "demo/bin/tool.py",
            "demo/_fast.cpython-311-x86_64-linux-gnu.so",
            "demo-1.2.dist-info/METADATA",
            "bin/demo",
            "pip/__init__.py",
            "pip-23.0.dist-info/METADATA",
            "editable.pth")) {
      Files.createDirectories(packages.resolve(name).getParent());
      Files.writeString(packages.resolve(name), name);
    }

    Map<String, String> entries = made("--site-packages", packages.toString());

    assertThat(entries.keySet().stream().filter(name -> name.startsWith("WEB-INF/site-packages/")))
        .containsExactly(
            "WEB-INF/site-packages/demo-1.2.dist-info/METADATA",
            "WEB-INF/site-packages/demo/__init__.py",
            "WEB-INF/site-packages/demo/_fast.cpython-311-x86_64-linux-gnu.so",
            "WEB-INF/site-packages/demo/bin/tool.py",
            "WEB-INF/site-packages/demo/cacert.pem");
    assertThat(param(entries, "python-path")).isEqualTo("/WEB-INF/python/,/WEB-INF/site-packages/");
    assertThat(listed())
        .contains("demo 1.2; 5 files")
        .contains("demo/_fast.cpython-311-x86_64-linux-gnu.so; for CPython")
        .contains("links to code elsewhere: editable.pth");
  }

  @Test
  void pipInstallsWhatAFileLists() throws Exception {
    requirePip();
    wheel(temporary.resolve("demo-1.2-py3-none-any.whl"));
    Path requirements =
        Files.writeString(
            temporary.resolve("requirements.txt"),
            "--no-index\n--find-links %s\ndemo\n".formatted(temporary));

    Map<String, String> entries = made("--requirements", requirements.toString());

    assertThat(entries)
        .containsEntry("WEB-INF/site-packages/demo.py", "VALUE = 1\n")
        .containsKey("WEB-INF/site-packages/demo-1.2.dist-info/METADATA");
    assertThat(listed()).contains("demo 1.2; ");
  }

  @Test
  void whatPipCannotInstallIsRefused() throws Exception {
    requirePip();
    Path requirements =
        Files.writeString(temporary.resolve("requirements.txt"), "--no-index\nno-such-demo\n");

    assertThat(war("hello:application", "-r", requirements.toString())).isEqualTo(1);
    assertRefused("--requirements: 'python3 -m pip' failed", "no-such-demo", "--site-packages");
  }

  private static void requirePip() throws Exception {
    Process pip =
        new ProcessBuilder("python3", "-m", "pip", "--version")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assumeTrue(pip.waitFor() == 0, "python3 has no pip");
  }

  private static void wheel(Path file) throws IOException {
    String info = "demo-1.2.dist-info/";
    Map<String, String> files =
        Map.of(
            "demo.py",
            "VALUE = 1\n",
            info + "METADATA",
            "Metadata-Version: 2.1\nName: demo\nVersion: 1.2\n",
            info + "WHEEL",
            "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            info + "RECORD",
            "demo.py,,\n%1$sMETADATA,,\n%1$sWHEEL,,\n%1$sRECORD,,\n".formatted(info));
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, String> each : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(each.getKey()));
        zip.write(each.getValue().getBytes(UTF_8));
      }
    }
  }

  @Test
  void anApplicationThatCannotBeImportedIsRefused() throws Exception {
    write("broken.py", "import no_such_package\n");
    String[] command = {
      "war", folder.toString(), "-o", war.toString(), "--app", "broken", "--without-graalpy"
    };
    assertThat(run(command)).isEqualTo(1);
    assertRefused(
        "--app broken: broken can't be loaded",
        "No module named 'no_such_package'",
        "--requirements or --site-packages",
        "--without-trial");
  }

  @Test
  void anApplicationThatIsNotInTheFolderIsRefused() throws Exception {
    assertThat(war("mysite.wsgi")).isEqualTo(1);
    assertRefused("--app mysite.wsgi: found no mysite/wsgi.py that goes into the WAR from ");
  }

  @Test
  void theFolderOfThePackageItselfIsTakenForAMistake() throws Exception {
    write("wsgi.py", HELLO);
    assertThat(war("src.wsgi")).isEqualTo(1);
    assertRefused("name the folder above it, which 'src.wsgi' is imported from");
  }

  @Test
  void aFileThatIsThereIsKept() throws Exception {
    Files.writeString(war, "mine");
    assertThat(war("hello:application")).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("site.war is there already; remove it, or", "--force");
    assertThat(war).hasContent("mine");
  }

  @ParameterizedTest
  @CsvSource({
    "DIR: found nothing at 'nowhere', war nowhere -o x.war --app a",
    "--output: found 'x.zip', war . -o x.zip --app a",
    "--requirements: found no file 'r.txt', war . -o x.war --app a -r r.txt",
    "--site-packages: found no folder 'p', war . -o x.war --app a --site-packages p",
    "--python: found 'venv/bin/python', war . -o x.war --app a --python venv/bin/python",
    "--exclude: found '[', war . -o x.war --app a --exclude [",
  })
  void whatCannotBeHadIsRefused(String message, String command) {
    assertThat(run(command.split(" "))).isEqualTo(1);
    assertRefused(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "war . -o x.war",
        "war . --app a",
        "war -o x.war --app a",
        "war . -o x.war --app a -r r.txt --site-packages p",
        "war . -o x.war --app a --python graalpy --without-graalpy",
        "war . -o x.war --app a --exit-on-hang",
      })
  void wrongUsageIsSo(String command) {
    assertThat(run(command.split(" "))).isEqualTo(2);
    assertRefused("wsgi-bridge war");
  }
}
