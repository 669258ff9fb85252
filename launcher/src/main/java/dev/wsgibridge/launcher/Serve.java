package dev.wsgibridge.launcher;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.WsgiServer;
import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.OptionException;
import dev.wsgibridge.options.Settings;
import dev.wsgibridge.python.OwnServer;
import dev.wsgibridge.python.PythonFile;
import java.io.File;
import java.io.PrintStream;
import java.net.BindException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves applications until it is told to stop. */
final class Serve {

  private static final Logger LOG = LoggerFactory.getLogger("wsgi-bridge");

  /** What mod_fcgid and its like leave to the programs that they start. */
  private static final String INHERITED = Option.BIND.flag() + "=fcgi+fd:0";

  /** What has no meaning to an application in Java; of a CGI program the time counts. */
  private static final List<Option> FOR_PYTHON =
      List.of(
          Option.WORKERS,
          Option.TIMEOUT,
          Option.MAX_REQUESTS,
          Option.MAX_REQUESTS_JITTER,
          Option.RELOAD_ON_RSS,
          Option.PRELOAD,
          Option.RELOAD,
          Option.POST_BUFFERING,
          Option.EXIT_ON_HANG);

  /** The exit status of a process that SIGTERM ends. */
  private static final int TERMINATED = 143;

  private final Settings settings;
  private final Sources sources;
  private final Arguments arguments;
  private final PrintStream out;
  private final StopSignal stop;
  private final ClassLoader classLoader;
  private final CompletableFuture<Loaded> applications = new CompletableFuture<>();

  /**
   * A server that does not run.
   *
   * @param settings what is in force, but for what a platform or a script says
   * @param sources know the platform
   * @param out gets a line for each listener
   */
  Serve(Settings settings, Sources sources, PrintStream out, StopSignal stop)
      throws RefusedException {
    this.settings = settings;
    this.sources = sources;
    this.arguments = Arguments.of(sources.withPlatform(settings));
    this.classLoader = classLoader(arguments.classpath());
    this.out = out;
    this.stop = stop;
  }

  /**
   * Returns when it has stopped.
   *
   * @return the exit status
   */
  int run() throws RefusedException, InterruptedException {
    stop.listen(this::reload);
    String scriptName = prefix(Option.SCRIPT_NAME.flag(), arguments.scriptName());
    refuseOptionsOfPython();
    refuseJitterAlone();
    boolean script = isScript();
    if (script && Cgi.isStartedByServer()) {
      Cgi.begin();
    }
    LoadOptions options = arguments.loadOptions(classLoader);
    ThreadPlan plan = threadPlan(arguments, options);
    CompletableFuture<Loaded> loading =
        Loaded.load(
            namesByPrefix(),
            scriptName,
            arguments.lint(),
            plan.share(),
            options.withBacklog(plan.backlog()));
    if (script) {
      // It tells where to listen.
      Loaded loaded;
      try {
        loaded = await(loading);
      } catch (RefusedException e) {
        if (Cgi.isStartedByServer()) {
          Cgi.refuse(500, "Internal Server Error");
        }
        throw e;
      }
      if (loaded == null) {
        return Main.OK;
      }
      Optional<OwnServer> own = loaded.ownServer();
      if (own.isPresent()) {
        return serveAsAsked(own.get(), loaded, scriptName);
      }
    }
    return serve(arguments, scriptName, loading.thenApply(Serve::onOurTerms));
  }

  /** Whether the application may start a server itself. Where there are several, ours is theirs. */
  private boolean isScript() {
    return arguments.app() != null
        && arguments.mounts().isEmpty()
        && PythonFile.named(arguments.app()).filter(PythonFile::mayStartServer).isPresent();
  }

  private int serveAsAsked(OwnServer own, Loaded loaded, String scriptName)
      throws RefusedException, InterruptedException {
    boolean bound = settings.given(Option.BIND);
    if (own.cgi() && !bound && Cgi.isStartedByServer()) {
      // The server has lost its interest.
      CompletableFuture<Void> unused =
          stop.raised().thenRun(() -> Runtime.getRuntime().halt(TERMINATED));
      return Cgi.answer(arguments, scriptName, () -> CompletableFuture.completedFuture(loaded));
    }
    List<String> options = own.cgi() ? List.of(INHERITED) : own.options();
    LOG.info("{} starts {}: {}", arguments.app(), own.name(), String.join(" ", options));
    try {
      Settings wished = settings.over(CommandLineOptions.ofScript(options));
      Arguments asked = Arguments.of(sources.withPlatform(wished));
      String below = prefix(Option.SCRIPT_NAME.flag(), asked.scriptName());
      return serve(
          asked,
          below,
          CompletableFuture.completedFuture(
              below.equals(scriptName) ? loaded : loaded.below(below)));
    } catch (OptionException | RefusedException e) {
      String why = e.getMessage();
      if (!bound && options.contains(INHERITED)) {
        why =
            (own.cgi() ? "found no REQUEST_METHOD in the environment, and " : "")
                + why
                + "; to try it by hand, add --bind http://127.0.0.1:8080";
      }
      throw new RefusedException("%s, %s: %s".formatted(arguments.app(), own.name(), why), e);
    }
  }

  /** Serves what is loaded, or will be. */
  private int serve(Arguments arguments, String scriptName, CompletableFuture<Loaded> loading)
      throws RefusedException, InterruptedException {
    WsgiServer.Options options = options(arguments, binds(arguments), scriptName);
    // Jetty starts while the application loads.
    WsgiServer server = open(options);
    stop.onSecond(server::abort);
    // Whoever connects before it is loaded waits until it is.
    server.start((environ, response) -> loading.join().application().call(environ, response));
    Loaded loaded;
    try {
      loaded = await(loading);
    } catch (RefusedException e) {
      server.close();
      throw e;
    }
    if (loaded == null) {
      return Main.OK;
    }
    applications.complete(loaded);
    CompletableFuture<String> stuck = loaded.stuck();
    if (settings.flag(Option.EXIT_ON_HANG)) {
      CompletableFuture<Void> unused = stuck.thenRun(stop::end);
    }
    announce(server.addresses(), options.gateway().allow());
    stop.await();
    LOG.info("stopping");
    long end = System.nanoTime() + arguments.gracefulTimeout().toNanos();
    // Where it is not done, the applications aren't closed either: they are still at work.
    if (server.stop()) {
      loaded.close(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
    return stuck.isDone() && settings.flag(Option.EXIT_ON_HANG) ? Main.HANGS : Main.OK;
  }

  /** One of several, or one that hides its server so well that it is heard of too late. */
  private static Loaded onOurTerms(Loaded loaded) {
    loaded
        .ownServer()
        .ifPresent(
            own ->
                LOG.warn(
                    "the application's own {} is left aside, with its {}: see SCRIPT in --help, or say where to listen with --bind",
                    own.name(),
                    String.join(" ", own.options())));
    return loaded;
  }

  /** Where to listen. */
  static List<Bind> binds(Arguments arguments) throws RefusedException {
    List<Bind> binds = new ArrayList<>();
    for (String url : arguments.binds()) {
      try {
        binds.add(Bind.parse(url));
      } catch (IllegalArgumentException e) {
        throw new RefusedException("--" + e.getMessage(), e);
      }
    }
    return binds;
  }

  /** What SIGHUP does. */
  private void reload() {
    Loaded loaded = applications.getNow(null);
    if (loaded == null) {
      LOG.info("SIGHUP: the application is being loaded just now");
    } else if (!loaded.reload()) {
      LOG.warn("SIGHUP: what runs inside the JVM can't be loaded anew; --workers can");
    }
  }

  /** What is for Python would be ignored where there is none. */
  private void refuseOptionsOfPython() throws RefusedException {
    Collection<String> names = namesByPrefix().values();
    if (names.isEmpty() || names.stream().anyMatch(name -> !isProgram(name) && !isClass(name))) {
      return;
    }
    boolean programs = names.stream().anyMatch(Serve::isProgram);
    for (Option option : FOR_PYTHON) {
      if (asksForSomething(option) && !(programs && option == Option.TIMEOUT)) {
        throw new RefusedException(
            "%s: found no Python application to which it could apply, expected one; leave it out"
                .formatted(option.flag()));
      }
    }
  }

  /** A flag that is off asks for nothing; nor do 0 workers, or a number that means never. */
  private boolean asksForSomething(Option option) {
    return settings.given(option)
        && switch (option.type()) {
          case FLAG -> settings.flag(option);
          case NUMBER -> settings.number(option) > 0;
          default -> true;
        };
  }

  /** By itself it would be ignored. */
  private void refuseJitterAlone() throws RefusedException {
    if (arguments.workers().maxRequestsJitter() > 0 && arguments.workers().maxRequests() == 0) {
      throw new RefusedException(
          "%s: found it without %s, to which it adds; expected both, or neither"
              .formatted(Option.MAX_REQUESTS_JITTER.flag(), Option.MAX_REQUESTS.flag()));
    }
  }

  private WsgiServer.Options options(Arguments arguments, List<Bind> binds, String scriptName)
      throws RefusedException {
    try {
      return new WsgiServer.Options(
          binds,
          threadPlan(arguments, arguments.loadOptions(classLoader)).server(),
          arguments.gracefulTimeout(),
          arguments.gracefulIdle(),
          arguments.front().gateway(binds, scriptName, System.getenv()),
          arguments.front().unixSockets(),
          arguments.clients());
    } catch (IllegalArgumentException e) {
      throw new RefusedException("--" + e.getMessage(), e);
    }
  }

  private ThreadPlan threadPlan(Arguments arguments, LoadOptions options) throws RefusedException {
    int applications = namesByPrefix().size();
    return onlyClasses()
        ? ThreadPlan.ofClasses(applications, arguments.threads(), arguments.backlog())
        : ThreadPlan.of(applications, options);
  }

  /**
   * Whether all applications are Java's. Python has threads of its own, and those that wait for one
   * are the server's.
   */
  private boolean onlyClasses() throws RefusedException {
    return namesByPrefix().values().stream().allMatch(this::isClass);
  }

  private boolean isClass(String name) {
    return classLoader.getResource(name.replace('.', '/') + ".class") != null;
  }

  private static boolean isProgram(String name) {
    return name.startsWith("cgi:");
  }

  private static WsgiServer open(WsgiServer.Options options) throws RefusedException {
    try {
      return WsgiServer.open(options);
    } catch (BindException e) {
      throw new RefusedException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What was loaded, or null where the wish to stop came first. */
  private @Nullable Loaded await(CompletableFuture<Loaded> loading)
      throws RefusedException, InterruptedException {
    try {
      CompletableFuture.anyOf(loading, stop.raised()).get();
      return loading.getNow(null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof LoadException refused) {
        throw new RefusedException(String.valueOf(refused.getMessage()), refused);
      }
      throw new IllegalStateException("the application can't be loaded", e.getCause());
    }
  }

  private void announce(List<Bind> addresses, List<String> allow) {
    for (Bind address : addresses) {
      out.println("Listening on " + address);
      if (address.everywhere()) {
        LOG.info("{}: every address of this machine, for other machines too", address);
        if (address.protocol() != null && allow.isEmpty()) {
          LOG.warn(
              "{}: whoever connects passes for your front web server; name its address with {}",
              address,
              Option.ALLOW_FROM.flag());
        }
      }
    }
    out.flush();
  }

  /** What is to be loaded, by its prefix; nothing at all for the tour. */
  private Map<String, String> namesByPrefix() throws RefusedException {
    Map<String, String> names = new LinkedHashMap<>();
    for (String mount : arguments.mounts()) {
      int equals = mount.indexOf('=');
      if (equals < 0 || equals == mount.length() - 1) {
        throw new RefusedException(
            "--mount: found '%s', expected /PREFIX=APP, such as /shop=shop.py".formatted(mount));
      }
      String prefix = prefix("--mount", mount.substring(0, equals));
      if (names.put(prefix, mount.substring(equals + 1)) != null) {
        throw new RefusedException(
            "--mount: found two applications at %s, expected one; give each a prefix of its own"
                .formatted(prefix.isEmpty() ? "/" : prefix));
      }
    }
    String app = arguments.app();
    if (app != null && names.put("", app) != null) {
      throw new RefusedException(
          "--mount: found an application at /, where %s stands already; give it a prefix of its own"
              .formatted(app));
    }
    return names;
  }

  /** {@code /shop}, for {@code /shop/} too; empty for {@code /}. */
  static String prefix(String option, String path) throws RefusedException {
    if (!path.isEmpty() && !path.startsWith("/")) {
      throw new RefusedException(
          "%s: found '%s', expected a path that begins with a slash, such as /shop"
              .formatted(option, path));
    }
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /** Classes of ours and of the class paths, which are as java itself takes them. */
  static ClassLoader classLoader(List<String> classpaths) throws RefusedException {
    ClassLoader ours = Serve.class.getClassLoader();
    if (classpaths.isEmpty()) {
      return ours;
    }
    List<URL> urls = new ArrayList<>();
    for (String classpath : classpaths) {
      for (String entry : classpath.split(File.pathSeparator, -1)) {
        urls.add(url(entry));
      }
    }
    // Stays open for as long as the process runs.
    return new URLClassLoader(urls.toArray(new URL[0]), ours);
  }

  /** As for java itself, what is not there is no reason to stop: the class may be elsewhere. */
  private static URL url(String entry) throws RefusedException {
    try {
      Path path = Path.of(entry);
      if (entry.isEmpty() || !Files.exists(path)) {
        LOG.warn(
            "--classpath: found nothing at '{}', expected a folder of classes or a jar; build it first, or correct the path",
            entry);
      }
      return path.toUri().toURL();
    } catch (InvalidPathException | MalformedURLException e) {
      throw new RefusedException("--classpath: '%s': %s".formatted(entry, e.getMessage()), e);
    }
  }
}
