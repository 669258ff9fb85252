package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.launcher.Archive.Content;
import dev.wsgibridge.launcher.Tree.Kind;
import dev.wsgibridge.launcher.Tree.Reason;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.Settings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code wsgi-bridge war DIR}: makes a WAR of a Python application, for any servlet container. On
 * standard output it lists what is in it.
 */
final class War implements Subcommand {

  static final String OUTPUT = "--output";
  static final String APP = "--app";
  static final String REQUIREMENTS = "--requirements";
  static final String SITE_PACKAGES = "--site-packages";
  static final String STATIC = "--static";
  static final String INCLUDE = "--include";
  static final String EXCLUDE = "--exclude";
  static final String WITHOUT_GRAALPY = "--without-graalpy";
  static final String WITHOUT_TRIAL = "--without-trial";
  static final String FORCE = "--force";

  private static final Logger LOG = LoggerFactory.getLogger("wsgi-bridge");

  private static final String MODULES = "WEB-INF/python/";
  private static final String PACKAGES = "WEB-INF/site-packages/";
  private static final String LIBRARIES = "WEB-INF/lib/";

  /** So many names of what is left out, and how many packages, are listed by name. */
  private static final int LISTED = 8;

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        CommandSpec.create()
            .mixinStandardHelpOptions(true)
            .versionProvider(new Versions())
            .addPositional(
                PositionalParamSpec.builder()
                    .paramLabel("DIR")
                    .type(String.class)
                    .required(true)
                    .hidden(true)
                    .build())
            .addOption(
                OptionSpec.builder("-o", OUTPUT)
                    .paramLabel("FILE.war")
                    .type(String.class)
                    .required(true)
                    .description("the file to be written")
                    .build())
            .addOption(
                OptionSpec.builder(APP)
                    .paramLabel("APP")
                    .type(String.class)
                    .required(true)
                    .description(
                        "the application in DIR: mysite.wsgi:application, or a file, hello.py")
                    .build())
            .addOption(
                OptionSpec.builder("-r", REQUIREMENTS)
                    .paramLabel("FILE")
                    .type(String.class)
                    .description("install what this lists into the WAR, by your Python's pip")
                    .build())
            .addOption(
                Arguments.single(
                    SITE_PACKAGES, "DIR", "put this folder of installed packages into the WAR"))
            .addOption(
                Arguments.repeatable(
                    STATIC,
                    "/URL=PATH",
                    "let the container serve a folder below /URL, or a file as /URL; repeatable"))
            .addOption(
                Arguments.repeatable(
                    EXCLUDE, "PATTERN", "leave out such files and folders; repeatable"))
            .addOption(
                Arguments.repeatable(
                    INCLUDE, "PATTERN", "don't leave out such files and folders; repeatable"))
            .addOption(
                Arguments.single(
                    Option.PYTHON.flag(),
                    "WHICH",
                    "what runs it where it is deployed: auto: the Python there, in worker processes, or else GraalPy; or graalpy; or a python3 there (default: auto)"))
            .addOption(
                flag(
                    WITHOUT_GRAALPY,
                    "leave GraalPy out, for a machine that has a Python: a WAR of a megabyte"))
            .addOption(
                flag(WITHOUT_TRIAL, "don't load the application here, to see that it can be"))
            .addOption(flag(FORCE, "replace the file, if it is there"));
    CommandLineOptions.add(spec, WarArguments.SHARED);
    spec.usageMessage()
        .sortOptions(false)
        .autoWidth(true)
        .header("Makes a WAR of a Python application, for Tomcat, Jetty and their like.")
        .synopsisHeading("%nUsage: ")
        .customSynopsis("${COMMAND-FULL-NAME} DIR -o FILE.war --app APP [OPTIONS]")
        .descriptionHeading("%n")
        .description(
            "DIR is the folder that the application's modules are imported from. All that is in it goes",
            "into the WAR, but for what is hidden, such as .env and .git, keys, SQLite databases, virtual",
            "environments and bytecode: it is told what was left out. A PATTERN is for a name, such as *.md,",
            "or for a path within DIR, such as docs/*.")
        .optionListHeading("%nOptions:%n")
        .footerHeading("%nExamples:%n")
        .footer(
            "  ${COMMAND-FULL-NAME} site -o site.war --app mysite.wsgi -r requirements.txt --static /static=collected",
            "      a Django site with its packages and its static files",
            "  ${COMMAND-FULL-NAME} examples -o hello.war --app hello.py --without-graalpy --workers 4",
            "      for a machine with a Python of its own, in four processes");
    return spec;
  }

  private static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  @Override
  public @Nullable String app(ParseResult parsed) {
    return parsed.matchedOptionValue(APP, (String) null);
  }

  @Override
  public int run(ParseResult parsed, Settings settings, PrintStream out)
      throws RefusedException, InterruptedException {
    WarArguments arguments = WarArguments.of(parsed, settings);
    @Nullable Path installed = null;
    try {
      if (arguments.requirements() != null) {
        installed = Files.createTempDirectory("wsgi-bridge-packages");
        Packages.install(arguments.python(), arguments.requirements(), installed);
      }
      make(arguments, installed == null ? arguments.sitePackages() : installed, out);
      return Main.OK;
    } catch (IOException e) {
      throw new RefusedException("%s: %s".formatted(OUTPUT, e), e);
    } finally {
      delete(installed);
    }
  }

  private static void make(WarArguments arguments, @Nullable Path sitePackages, PrintStream out)
      throws IOException, RefusedException {
    LOG.info("reading {} …", arguments.folder());
    Tree modules = Tree.of(arguments.folder(), Kind.APPLICATION, arguments.wishes());
    Tree packages =
        sitePackages == null
            ? new Tree(new TreeMap<>(), Map.of())
            : Tree.of(sitePackages, Kind.PACKAGES, arguments.wishes());
    requireModule(arguments, modules, packages);
    if (arguments.trial()) {
      load(arguments, sitePackages);
    }
    SortedMap<String, Tree> statics = new TreeMap<>();
    for (Map.Entry<String, Path> each : arguments.statics().entrySet()) {
      statics.put(each.getKey(), Tree.of(each.getValue(), Kind.STATIC, arguments.wishes()));
    }
    Libraries libraries = Libraries.find(arguments.graalPy());

    Archive archive = new Archive();
    archive.addAll(MODULES, modules.files());
    archive.addAll(PACKAGES, packages.files());
    for (Map.Entry<String, Tree> each : statics.entrySet()) {
      for (Map.Entry<String, Path> file : each.getValue().files().entrySet()) {
        String name = each.getKey().substring(1) + file.getKey();
        if (archive.has(name)) {
          throw new RefusedException(
              "%s: found two files for /%s, expected one; leave one out with %s"
                  .formatted(STATIC, name, EXCLUDE));
        }
        archive.add(name, () -> Files.newInputStream(file.getValue()));
      }
    }
    libraries.jars().forEach((name, jar) -> archive.add(LIBRARIES + name, jar));
    archive.add(
        "META-INF/MANIFEST.MF", text("Manifest-Version: 1.0\r\nCreated-By: WSGI Bridge\r\n\r\n"));
    archive.add("META-INF/context.xml", text(WebXml.tomcat()));
    archive.add("WEB-INF/jetty-ee10-web.xml", text(WebXml.jetty()));
    archive.add(
        "WEB-INF/web.xml",
        text(WebXml.of(arguments.app(), initParams(arguments, !packages.files().isEmpty()))));
    write(archive, arguments.war());
    list(arguments, modules, packages, statics, libraries, out);
  }

  private static Content text(String text) {
    return () -> new ByteArrayInputStream(text.getBytes(UTF_8));
  }

  private static Map<String, String> initParams(WarArguments arguments, boolean withPackages) {
    List<String> pythonPath = new ArrayList<>();
    if (!arguments.moduleFolder().isEmpty()) {
      pythonPath.add("/" + MODULES + arguments.moduleFolder());
    }
    pythonPath.add("/" + MODULES);
    if (withPackages) {
      pythonPath.add("/" + PACKAGES);
    }
    Map<String, String> params = new LinkedHashMap<>();
    params.put("application", arguments.module());
    params.put("python", arguments.python());
    params.put("python-path", String.join(",", pythonPath));
    if (!arguments.statics().isEmpty()) {
      params.put("static", String.join(",", arguments.statics().keySet()));
    }
    params.putAll(arguments.initParams());
    return params;
  }

  /** The module should be in the WAR, and not be found by chance on this machine. */
  private static void requireModule(WarArguments arguments, Tree modules, Tree packages)
      throws RefusedException {
    int colon = arguments.module().indexOf(':');
    String module = colon < 0 ? arguments.module() : arguments.module().substring(0, colon);
    String path = arguments.moduleFolder() + module.replace('.', '/');
    if (holds(modules, path) || holds(packages, path)) {
      return;
    }
    Path folder = arguments.folder();
    String cure = "name the folder that %s is imported from".formatted(module);
    String first = module.replaceFirst("\\..*", "");
    if (folder.toAbsolutePath().normalize().endsWith(first)) {
      cure = "name the folder above it, which '%s' is imported from".formatted(module);
    }
    throw new RefusedException(
        "%s %s: found no %s.py that goes into the WAR from %s; %s"
            .formatted(APP, arguments.app(), path, folder, cure));
  }

  private static boolean holds(Tree tree, String path) {
    return tree.files().containsKey(path + ".py")
        || tree.files().containsKey(path + "/__init__.py")
        || tree.files().subMap(path + ".", path + "/").keySet().stream()
            .anyMatch(name -> name.endsWith(".so") || name.endsWith(".pyd"));
  }

  private static void load(WarArguments arguments, @Nullable Path sitePackages)
      throws RefusedException {
    String python = arguments.python();
    if (python.startsWith("/") && !Files.isExecutable(Path.of(python))) {
      LOG.info("{} is not here: {} is not tried", python, arguments.app());
      return;
    }
    LOG.info("loading {} …", arguments.app());
    List<Path> pythonPath = new ArrayList<>();
    pythonPath.add(arguments.folder().resolve(arguments.moduleFolder()));
    pythonPath.add(arguments.folder());
    if (sitePackages != null) {
      pythonPath.add(sitePackages);
    }
    LoadOptions options =
        LoadOptions.defaults(War.class.getClassLoader())
            .withPython(python)
            .withPythonPath(pythonPath.toArray(Path[]::new));
    try {
      Application application = Applications.load(arguments.module(), options);
      if (application instanceof AutoCloseable closeable) {
        closeable.close();
      }
    } catch (LoadException e) {
      throw new RefusedException(
          "%s %s: %s\nWhat it lacks is added by %s or %s; where only this machine lacks it, %s makes the WAR all the same"
              .formatted(
                  APP, arguments.app(), e.getMessage(), REQUIREMENTS, SITE_PACKAGES, WITHOUT_TRIAL),
          e);
    } catch (Exception e) {
      LOG.warn("the application failed when it was closed", e);
    }
  }

  /** Whoever looks finds the whole file, or none. */
  private static void write(Archive archive, Path war) throws IOException {
    LOG.info("writing {} …", war);
    Path whole = war.toAbsolutePath();
    Path unfinished = Files.createTempFile(whole.getParent(), ".unfinished", ".war");
    try {
      try (OutputStream out = Files.newOutputStream(unfinished)) {
        archive.writeTo(out);
      }
      readable(unfinished);
      Files.move(unfinished, whole, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** A container's user, who is another one, must be able to. */
  private static void readable(Path file) {
    if (!file.toFile().setReadable(true, false)) {
      LOG.warn("{} can't be made readable for all users", file);
    }
  }

  private static void list(
      WarArguments arguments,
      Tree modules,
      Tree packages,
      SortedMap<String, Tree> statics,
      Libraries libraries,
      PrintStream out)
      throws IOException {
    line(out, arguments.war().toString(), size(Files.size(arguments.war())));
    line(out, "  application", arguments.app() + ", " + amount(modules));
    List<String> names = Packages.names(packages);
    line(
        out,
        "  packages",
        packages.files().isEmpty()
            ? "none; what is there comes from the target's Python (%s, %s)"
                .formatted(REQUIREMENTS, SITE_PACKAGES)
            : some(names) + (names.isEmpty() ? "" : "; ") + amount(packages));
    for (Map.Entry<String, Tree> each : statics.entrySet()) {
      line(out, "  static files", each.getKey() + ", " + amount(each.getValue()));
    }
    long jars = 0;
    for (Content jar : libraries.jars().values()) {
      try (InputStream in = jar.open()) {
        jars += in.transferTo(OutputStream.nullOutputStream());
      }
    }
    line(
        out,
        "  libraries",
        "the bridge%s; %d jars, %s"
            .formatted(
                libraries.graalPy().isEmpty() ? "" : ", GraalPy " + libraries.graalPy(),
                libraries.jars().size(),
                size(jars)));
    line(out, "  python", python(arguments));
    arguments.initParams().forEach((name, value) -> line(out, "  " + name, value));
    List<String> natives = new ArrayList<>(Packages.nativeModules(packages));
    natives.addAll(Packages.nativeModules(modules));
    if (!natives.isEmpty()) {
      line(
          out,
          "  native code",
          some(natives) + "; for CPython of that version on a system like this, not for GraalPy");
    }
    Map<Reason, List<String>> leftOut = new TreeMap<>(modules.leftOut());
    packages.leftOut().forEach((reason, more) -> merge(leftOut, reason, more));
    statics
        .values()
        .forEach(t -> t.leftOut().forEach((reason, more) -> merge(leftOut, reason, more)));
    leftOut.forEach((reason, left) -> line(out, "  left out", reason.title() + ": " + some(left)));
    if (statics.isEmpty() && Files.isDirectory(arguments.folder().resolve("static"))) {
      line(
          out,
          "  hint",
          "%s /static=%s lets the container serve that folder"
              .formatted(STATIC, arguments.folder().resolve("static")));
    }
    out.flush();
  }

  private static void merge(Map<Reason, List<String>> leftOut, Reason reason, List<String> more) {
    leftOut.merge(
        reason, more, (one, two) -> Stream.concat(one.stream(), two.stream()).distinct().toList());
  }

  private static String python(WarArguments arguments) {
    return switch (arguments.python()) {
      case LoadOptions.AUTO ->
          arguments.graalPy()
              ? "python3 on the target's PATH, or else GraalPy"
              : "python3 on the target's PATH";
      case LoadOptions.GRAALPY -> "GraalPy";
      default -> arguments.python() + " on the target";
    };
  }

  private static void line(PrintStream out, String title, String text) {
    out.println("%-14s  %s".formatted(title, text));
  }

  private static String amount(Tree tree) throws IOException {
    int count = tree.files().size();
    return "%d %s, %s".formatted(count, count == 1 ? "file" : "files", size(tree.bytes()));
  }

  private static String some(List<String> names) {
    List<String> sorted = names.stream().sorted(Comparator.naturalOrder()).toList();
    return sorted.size() <= LISTED
        ? String.join(", ", sorted)
        : "%s and %d more"
            .formatted(String.join(", ", sorted.subList(0, LISTED)), sorted.size() - LISTED);
  }

  /** In units of 1000, as shops and most tools have them. */
  static String size(long bytes) {
    if (bytes < 1000) {
      return bytes + " bytes";
    }
    return bytes < 999_950 ? "%.1f kB".formatted(bytes / 1e3) : "%.1f MB".formatted(bytes / 1e6);
  }

  static void delete(@Nullable Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      LOG.warn("{} can't be deleted: {}", folder, e.toString());
    }
  }
}
