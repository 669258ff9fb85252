package dev.wsgibridge.launcher;

import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.launcher.Tree.Wishes;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Reader;
import dev.wsgibridge.options.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * What the user wrote of a WAR.
 *
 * @param folder of the application
 * @param war the file to be written
 * @param app what the user calls the application
 * @param module its module, and the callable with a colon before it where one is named
 * @param moduleFolder where the module lies in the application's folder: empty, or with a slash at
 *     the end
 * @param requirements the file that pip is to read, or null
 * @param sitePackages the folder of installed packages, or null
 * @param statics what the container serves, by its path: with a slash at the end for a folder
 * @param wishes of what is left out
 * @param python what runs Python
 * @param initParams further ones for the servlet API, in the order of the options
 * @param graalPy whether GraalPy comes along
 * @param trial whether the application is loaded, to see that it can be
 * @param force whether a file that is there is replaced
 */
record WarArguments(
    Path folder,
    Path war,
    String app,
    String module,
    String moduleFolder,
    @Nullable Path requirements,
    @Nullable Path sitePackages,
    SortedMap<String, Path> statics,
    Wishes wishes,
    String python,
    Map<String, String> initParams,
    boolean graalPy,
    boolean trial,
    boolean force) {

  /** The options of serving that are init-params, but for those that {@code war} sets itself. */
  static final List<Option> SHARED = shared();

  /** A path that can stand as it is in a URL and in a list. */
  private static final Pattern URL = Pattern.compile("(/[\\w.~@+-]+)+/?");

  private static final Pattern FILE = Pattern.compile("(?:(.*)/)?([^/:]+)\\.py(:.*)?");

  /**
   * Reads the command line.
   *
   * @throws ParameterException it is wrong usage
   * @throws RefusedException what it names can't be had
   */
  static WarArguments of(ParseResult parsed, Settings settings) throws RefusedException {
    Path folder = Path.of(parsed.matchedPositionalValue(0, ""));
    if (!Files.isDirectory(folder)) {
      throw new RefusedException(
          "DIR: found %s at '%s', expected the folder of your application's modules"
              .formatted(Files.exists(folder) ? "a file" : "nothing", folder));
    }
    Path war = Path.of(parsed.matchedOptionValue(War.OUTPUT, ""));
    boolean force = parsed.hasMatchedOption(War.FORCE);
    if (Files.isDirectory(war) || !war.toString().endsWith(".war")) {
      throw new RefusedException(
          "%s: found '%s', expected the name of a file that ends with .war"
              .formatted(War.OUTPUT, war));
    }
    if (Files.exists(war) && !force) {
      throw new RefusedException(
          "%s: %s is there already; remove it, or replace it with %s"
              .formatted(War.OUTPUT, war, War.FORCE));
    }
    @Nullable Path requirements = path(parsed, War.REQUIREMENTS);
    @Nullable Path sitePackages = path(parsed, War.SITE_PACKAGES);
    if (requirements != null && sitePackages != null) {
      throw wrong(
          parsed,
          "found %s and %s, expected one of them".formatted(War.REQUIREMENTS, War.SITE_PACKAGES));
    }
    if (requirements != null && !Files.isRegularFile(requirements)) {
      throw new RefusedException(
          "%s: found no file '%s', expected one that lists packages, as for pip"
              .formatted(War.REQUIREMENTS, requirements));
    }
    if (sitePackages != null && !Files.isDirectory(sitePackages)) {
      throw new RefusedException(
          "%s: found no folder '%s', expected one of installed packages, such as a virtual environment's lib/python3.11/site-packages"
              .formatted(War.SITE_PACKAGES, sitePackages));
    }
    String python = settings.text(Option.PYTHON, LoadOptions.AUTO);
    boolean graalPy = !parsed.hasMatchedOption(War.WITHOUT_GRAALPY);
    if (python.equals(LoadOptions.GRAALPY) && !graalPy) {
      throw wrong(
          parsed,
          "found %s graalpy and %s, expected one of them"
              .formatted(Option.PYTHON.flag(), War.WITHOUT_GRAALPY));
    }
    if (python.contains("/") && !python.startsWith("/")) {
      throw new RefusedException(
          "%s: found '%s', expected auto, graalpy, a name on the PATH, or the whole path on the machine that the WAR is for"
              .formatted(Option.PYTHON.flag(), python));
    }
    if (settings.number(Option.WORKERS, 1) == 0 && !python.equals(LoadOptions.GRAALPY)) {
      throw wrong(
          parsed,
          "found %s 0 and %s %s, expected %2$s graalpy: in the JVM of a container no other can be"
              .formatted(Option.WORKERS.flag(), Option.PYTHON.flag(), python));
    }
    String app = parsed.matchedOptionValue(War.APP, "");
    Matcher file = FILE.matcher(app);
    String in = file.matches() && file.group(1) != null ? file.group(1) + "/" : "";
    return new WarArguments(
        folder,
        war,
        app,
        file.matches() ? file.group(2) + (file.group(3) == null ? "" : file.group(3)) : app,
        in,
        requirements,
        sitePackages,
        statics(parsed.matchedOptionValue(War.STATIC, List.of())),
        new Wishes(
            Wishes.patterns(War.INCLUDE, parsed.matchedOptionValue(War.INCLUDE, List.of())),
            Wishes.patterns(War.EXCLUDE, parsed.matchedOptionValue(War.EXCLUDE, List.of()))),
        python,
        initParams(settings),
        graalPy,
        !parsed.hasMatchedOption(War.WITHOUT_TRIAL),
        force);
  }

  private static ParameterException wrong(ParseResult parsed, String message) {
    return new ParameterException(parsed.commandSpec().commandLine(), message);
  }

  private static @Nullable Path path(ParseResult parsed, String option) {
    String found = parsed.matchedOptionValue(option, (String) null);
    return found == null ? null : Path.of(found);
  }

  /** {@code /static=assets}, each. */
  private static SortedMap<String, Path> statics(List<String> named) throws RefusedException {
    SortedMap<String, Path> statics = new TreeMap<>();
    for (String each : named) {
      int equals = each.indexOf('=');
      String url = each.substring(0, Math.max(equals, 0));
      if (!URL.matcher(url).matches()
          || url.matches("(?i)/(WEB-INF|META-INF)(/.*)?|.*/\\.\\.?(/.*)?")) {
        throw new RefusedException(
            "%s: found '%s', expected /URL=DIR or /URL=FILE, such as /static=assets or /robots.txt=assets/robots.txt"
                .formatted(War.STATIC, each));
      }
      Path path = Path.of(each.substring(equals + 1));
      if (!Files.exists(path) || each.endsWith("=")) {
        throw new RefusedException(
            "%s: found nothing at '%s', expected a folder or a file; Django's is made by 'manage.py collectstatic'"
                .formatted(War.STATIC, path));
      }
      String base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
      if (statics.put(Files.isDirectory(path) ? base + "/" : base, path) != null) {
        throw new RefusedException(
            "%s: found %s twice, expected it once".formatted(War.STATIC, base));
      }
    }
    return statics;
  }

  private static List<Option> shared() {
    List<Option> shared = new ArrayList<>(CommandLineOptions.readBy(Reader.CONTAINER));
    shared.removeAll(List.of(Option.PYTHON, Option.PYTHON_PATH));
    return List.copyOf(shared);
  }

  private static Map<String, String> initParams(Settings settings) {
    Map<String, String> params = new LinkedHashMap<>();
    for (Option option : SHARED) {
      settings
          .find(option)
          .ifPresent(
              setting ->
                  params.put(
                      String.valueOf(option.initParam()),
                      setting.value() instanceof Duration time && time.toMillisPart() == 0
                          ? String.valueOf(time.toSeconds())
                          : setting.text()));
    }
    return params;
  }
}
