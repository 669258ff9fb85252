package dev.wsgibridge.launcher;

import dev.wsgibridge.LoadOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Installed Python packages: what a folder of them holds, and how one is filled. */
final class Packages {

  private static final Logger LOG = LoggerFactory.getLogger("wsgi-bridge");

  private static final Pattern METADATA = Pattern.compile("([^/]+)-([^/-]+)\\.dist-info/METADATA");
  private static final Pattern NATIVE = Pattern.compile(".*\\.(so|pyd|dylib)(\\.[\\d.]+)?");

  private Packages() {}

  /** Names and versions, in order. */
  static List<String> names(Tree packages) {
    return packages.files().keySet().stream()
        .map(METADATA::matcher)
        .filter(Matcher::matches)
        .map(found -> found.group(1) + " " + found.group(2))
        .sorted(String.CASE_INSENSITIVE_ORDER)
        .toList();
  }

  /** Files of native code, which one kind of Python and one system can load. */
  static List<String> nativeModules(Tree tree) {
    return tree.files().keySet().stream()
        .filter(name -> NATIVE.matcher(name.toLowerCase(Locale.ROOT)).matches())
        .toList();
  }

  /**
   * Installs what a file lists, by the user's own pip with the user's own configuration. What pip
   * says goes to standard error.
   *
   * @param python what the user wrote of it
   * @param target a folder, which is filled
   * @throws RefusedException there is no pip, or it failed
   */
  static void install(String python, Path requirements, Path target)
      throws RefusedException, InterruptedException {
    String program = program(python);
    LOG.info("{} -m pip installs what {} lists …", program, requirements);
    ProcessBuilder pip =
        new ProcessBuilder(
                program,
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--no-compile",
                "--progress-bar",
                "off",
                "--target",
                target.toString(),
                "--requirement",
                requirements.toString())
            .redirectErrorStream(true);
    Process process;
    try {
      process = pip.start();
    } catch (IOException e) {
      throw new RefusedException(
          "%s: found no program '%s', expected a Python with pip; name one with --python, or install the packages into a folder yourself and name that: --site-packages DIR"
              .formatted(War.REQUIREMENTS, program),
          e);
    }
    List<String> errors = new ArrayList<>();
    int status;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      process.getOutputStream().close();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        LOG.info("pip: {}", line);
        if (line.startsWith("ERROR")) {
          errors.add(line);
        }
      }
      status = process.waitFor();
    } catch (IOException e) {
      throw new RefusedException("pip can't be heard: " + e.getMessage(), e);
    } finally {
      process.destroy();
    }
    if (status != 0) {
      throw new RefusedException(
          "%s: '%s -m pip' failed, expected it to install what %s lists; correct that, or install the packages into a folder yourself and name that: --site-packages DIR\n%s"
              .formatted(War.REQUIREMENTS, program, requirements, String.join("\n", errors)));
    }
  }

  /** The Python that has pip: GraalPy's own packages are made by any. */
  private static String program(String python) {
    if (!python.equals(LoadOptions.AUTO) && !python.equals(LoadOptions.GRAALPY)) {
      return python;
    }
    String environment = System.getenv("VIRTUAL_ENV");
    Path inEnvironment = Path.of(environment == null ? "" : environment, "bin", "python");
    return environment != null && Files.isExecutable(inEnvironment)
        ? inEnvironment.toString()
        : "python3";
  }
}
