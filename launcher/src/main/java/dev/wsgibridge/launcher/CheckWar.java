package dev.wsgibridge.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.eclipse.jetty.ee.webapp.WebAppClassLoader;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Jetty;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParseResult;

/**
 * {@code wsgi-bridge check site.war}: deploys a WAR in an embedded Jetty, as its root, asks it for
 * a page and for a static file, and says what came. What the web application logs goes to standard
 * error.
 */
final class CheckWar {

  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger("wsgi-bridge");

  /** Jetty would tell with a stack trace what is said here in a line. */
  private static final String LOG_LEVEL =
      "org.slf4j.simpleLogger.log." + WebAppContext.class.getName();

  /** What is slower than this has hung. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What a WAR may hold: ten times the largest that were seen. */
  private static final int MAX_ENTRIES = 200_000;

  private static final long MAX_BYTES = 4_000_000_000L;

  private final Path war;
  private final PrintStream out;
  private final Heard heard = new Heard();

  private CheckWar(Path war, PrintStream out) {
    this.war = war;
    this.out = out;
  }

  /**
   * Tries a WAR.
   *
   * @param parsed of {@link Check#spec}
   * @return whether it answers: {@link Main#OK} or {@link Main#FAILED}
   * @throws RefusedException there is no such WAR, or it can't be deployed
   */
  static int run(ParseResult parsed, Path war, PrintStream out)
      throws RefusedException, InterruptedException {
    String path = parsed.matchedOptionValue(Check.PATH, "/");
    if (!path.startsWith("/")) {
      throw new RefusedException(
          "%s: found '%s', expected a path such as /admin/".formatted(Check.PATH, path));
    }
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "error");
    }
    return new CheckWar(war, out).run(path);
  }

  private int run(String path) throws RefusedException, InterruptedException {
    @Nullable Path folder = null;
    Logger root = LogManager.getLogManager().getLogger("");
    Handler[] handlers = root.getHandlers();
    Stream.of(handlers).forEach(root::removeHandler);
    root.addHandler(heard);
    try {
      Optional<String> file = staticFile(war, MAX_ENTRIES, MAX_BYTES);
      folder = Files.createTempDirectory("wsgi-bridge-check");
      return serve(folder, path, file);
    } catch (IOException e) {
      throw new RefusedException("%s: %s".formatted(war, e), e);
    } finally {
      root.removeHandler(heard);
      Stream.of(handlers).forEach(root::addHandler);
      War.delete(folder);
    }
  }

  /**
   * The name of a file that the container serves; empty where there is none.
   *
   * @throws RefusedException it is no WAR, or one that would fill the disk: with more entries than
   *     {@code maxEntries}, or more than {@code maxBytes} when unpacked
   */
  static Optional<String> staticFile(Path war, int maxEntries, long maxBytes)
      throws RefusedException {
    if (!Files.isRegularFile(war)) {
      throw new RefusedException(
          "%s: found no such file, expected a WAR; 'wsgi-bridge war' makes one".formatted(war));
    }
    try (ZipFile zip = new ZipFile(war.toFile())) {
      if (zip.getEntry("WEB-INF/web.xml") == null) {
        throw new RefusedException(
            "%s: found no WEB-INF/web.xml in it, expected a web application; 'wsgi-bridge war' makes one"
                .formatted(war));
      }
      requireBounded(war, zip, maxEntries, maxBytes);
      return zip.stream()
          .filter(entry -> !entry.isDirectory())
          .map(ZipEntry::getName)
          .filter(name -> !name.matches("(?is)(WEB|META)-INF/.*"))
          .min(Comparator.naturalOrder());
    } catch (IOException e) {
      throw new RefusedException(
          "%s: found a file that is no WAR (%s), expected one; 'wsgi-bridge war' makes one"
              .formatted(war, e.getMessage()),
          e);
    }
  }

  /**
   * Refuses what would fill the disk when it is unpacked. The sizes that a ZIP file states of
   * itself may be untrue, so its entries are inflated and counted.
   */
  static void requireBounded(Path war, ZipFile zip, int maxEntries, long maxBytes)
      throws IOException, RefusedException {
    if (zip.size() > maxEntries) {
      throw new RefusedException(
          "%s: found %d entries, expected at most %d; leave out with --exclude what the site does not need"
              .formatted(war, zip.size(), maxEntries));
    }
    long left = maxBytes;
    byte[] block = new byte[1 << 16];
    for (ZipEntry entry : Collections.list(zip.entries())) {
      try (InputStream in = zip.getInputStream(entry)) {
        for (int read = in.read(block); read >= 0; read = in.read(block)) {
          left -= read;
          if (left < 0) {
            throw new RefusedException(
                "%s: found more than %s when unpacked, up to %s, expected less; it is not deployed here"
                    .formatted(war, War.size(maxBytes), entry.getName()));
          }
        }
      }
    }
  }

  private int serve(Path folder, String path, Optional<String> file)
      throws RefusedException, InterruptedException {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    WebAppContext context = new WebAppContext();
    context.setContextPath("/");
    context.setWar(war.toUri().toString());
    context.setTempDirectory(folder.resolve("context").toFile());
    context.setThrowUnavailableOnStartupException(true);
    context.setClassLoader(new WebAppClassLoader(new ContainersClasses(), context));
    server.setHandler(context);
    LOG.info("deploying {} in Jetty {} …", war, Jetty.VERSION);
    long start = System.nanoTime();
    try {
      server.start();
    } catch (Exception e) {
      stop(server);
      throw new RefusedException(
          "%s can't be deployed: %s".formatted(war, heard.reason().orElse(e.toString())), e);
    }
    try {
      line(war.toString(), "Jetty %s, deployed in %s".formatted(Jetty.VERSION, since(start)));
      heard.python().ifPresent(python -> line("  python", python));
      URI base = URI.create("http://127.0.0.1:" + connector.getLocalPort());
      boolean good = ask(base, path, start, true);
      if (file.isPresent()) {
        good &= ask(base, escaped("/" + file.get()), start, false);
      }
      return good ? Main.OK : Main.FAILED;
    } finally {
      stop(server);
    }
  }

  /** An absolute path as in a URL. */
  static String escaped(String path) {
    try {
      // With a host before it: else what begins with two slashes would have one.
      return new URI("http", "localhost", path, null).getRawPath();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e); // A path alone has no wrong syntax.
    }
  }

  /**
   * Where a path is asked for. Not resolved, as a link is: what begins with two slashes would be
   * another host's.
   *
   * @throws IllegalArgumentException it is no path of a URL
   */
  static URI address(URI base, String path) {
    return URI.create(base + path);
  }

  private boolean ask(URI base, String path, long start, boolean page)
      throws RefusedException, InterruptedException {
    HttpRequest request;
    try {
      request = HttpRequest.newBuilder(address(base, path)).timeout(PATIENCE).build();
    } catch (IllegalArgumentException e) {
      throw new RefusedException(
          "%s: found '%s', expected a path as in a URL, with escapes such as %%20"
              .formatted(Check.PATH, path),
          e);
    }
    HttpClient client = HttpClient.newHttpClient();
    String title = page ? "  page" : "  static file";
    HttpResponse<byte[]> response;
    long asked = System.nanoTime();
    try {
      response = client.send(request, BodyHandlers.ofByteArray());
    } catch (IOException e) {
      line(title, "%s: no answer: %s".formatted(path, e));
      return false;
    }
    int status = response.statusCode();
    line(
        title,
        "%s: %d, %s, %s in %s%s"
            .formatted(
                path,
                status,
                response.headers().firstValue("Content-Type").orElse("no Content-Type"),
                War.size(response.body().length),
                since(asked),
                page ? ", %s after the start".formatted(since(start)) : ""));
    response.headers().firstValue("Location").ifPresent(to -> line("", "redirects to " + to));
    if (status >= 400) {
      line("", "expected a page" + (page ? "; another one is asked for by " + Check.PATH : ""));
    }
    return status < 400;
  }

  private void line(String title, String text) {
    out.println("%-14s  %s".formatted(title, text));
    out.flush();
  }

  private static String since(long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    return seconds < 1 ? "%.0f ms".formatted(seconds * 1e3) : "%.1f s".formatted(seconds);
  }

  private static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception e) {
      LOG.warn("the web application failed when it was stopped", e);
    }
  }

  /** What a container shows of itself to web applications: not our own class path. */
  private static final class ContainersClasses extends ClassLoader {

    private static final ClassLoader OURS = CheckWar.class.getClassLoader();

    ContainersClasses() {
      super("container", ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith("jakarta.") || name.startsWith("org.eclipse.jetty.")) {
        return OURS.loadClass(name);
      }
      throw new ClassNotFoundException(name);
    }
  }

  /** What the web application logs, if by java.util.logging. */
  private static final class Heard extends Handler {

    private static final Pattern PYTHON = Pattern.compile("(CPython|GraalPy) .*");

    private volatile @Nullable String python;
    private volatile @Nullable String reason;

    Optional<String> python() {
      return Optional.ofNullable(python);
    }

    /** What the bridge has said of why it can't. */
    Optional<String> reason() {
      return Optional.ofNullable(reason);
    }

    @Override
    public void publish(LogRecord record) {
      String logger = String.valueOf(record.getLoggerName());
      String message = String.valueOf(record.getMessage());
      int level = record.getLevel().intValue();
      if (logger.startsWith("dev.wsgibridge.python.") && PYTHON.matcher(message).matches()) {
        python = python == null ? message : python;
      } else if (logger.startsWith("dev.wsgibridge") && level >= Level.SEVERE.intValue()) {
        reason = message;
      }
      if (level >= Level.INFO.intValue() && !logger.startsWith("org.eclipse.jetty")) {
        LoggerFactory.getLogger(logger)
            .atLevel(slf4j(level))
            .setCause(record.getThrown())
            .log("{}", message);
      }
    }

    private static org.slf4j.event.Level slf4j(int level) {
      if (level >= Level.SEVERE.intValue()) {
        return org.slf4j.event.Level.ERROR;
      }
      return level >= Level.WARNING.intValue()
          ? org.slf4j.event.Level.WARN
          : org.slf4j.event.Level.INFO;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
