package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.LoadException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.UUID;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * GraalPy: Python in Java, in one context that all threads share. Java's classes and objects are
 * within Python's reach.
 *
 * <p>Native modules, {@code _sqlite3} and {@code pyexpat} among them, are for the first context of
 * the process that asks for one; GraalPy's own way round this, {@code IsolateNativeModules},
 * crashed the JVM when it was tried.
 */
final class GraalPyCarrier implements Carrier {

  private static final Logger LOG = LoggerFactory.getLogger(GraalPyCarrier.class);
  private static final int JDK_WITH_JIT = 25;

  /** A call that hangs may keep its context from being closed. */
  private static final long CLOSE_MILLIS = 10_000;

  private final ClassLoader classLoader;
  private final Map<HostFunction, Value> functions = new EnumMap<>(HostFunction.class);
  private @Nullable Context context;
  private String description = "GraalPy";

  /**
   * A carrier that is not started.
   *
   * @param classLoader where {@code import java} looks classes up
   */
  GraalPyCarrier(ClassLoader classLoader) {
    this.classLoader = classLoader;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public void start(String host) throws LoadException {
    Context starting = null;
    try {
      Path cache = GraalPyJars.cacheFolder();
      starting = GraalPyJars.firstTouch(() -> newContext(cache));
      Value start =
          starting.eval(
              Source.newBuilder(
                      "python", Resources.text("graalpy_boundary.py"), "graalpy_boundary.py")
                  .buildLiteral());
      Value function =
          start.execute(
              host,
              codeFile(cache, host),
              sitePackages(System.getenv("VIRTUAL_ENV")).toArray(),
              (ProxyExecutable) GraalPyCarrier::send,
              (ProxyExecutable) GraalPyCarrier::read,
              (ProxyExecutable) GraalPyCarrier::errors,
              (ProxyExecutable) GraalPyCarrier::objects,
              (ProxyExecutable) GraalPyCarrier::log,
              (ProxyExecutable) this::signal,
              (ProxyExecutable) GraalPyCarrier::javaStory);
      for (HostFunction each : HostFunction.values()) {
        functions.put(each, function.execute(each.pythonName()));
      }
      description = describe(starting);
      context = starting;
    } catch (IOException | RuntimeException | LinkageError | ServiceConfigurationError e) {
      if (starting != null) {
        starting.close(true);
      }
      throw new LoadException("GraalPy can't be started: " + e, e);
    }
  }

  /**
   * The context has an engine of its own, not one that contexts could share: code that knows of one
   * context only is faster.
   */
  private Context newContext(Path cache) {
    return Context.newBuilder("python")
        .allowAllAccess(true)
        .hostClassLoader(classLoader)
        .in(InputStream.nullInputStream())
        .out(new LineLog("python.stdout", 20))
        .err(new LineLog("python.stderr", 30))
        .logHandler(new EngineLog())
        // The description says it.
        .option("engine.WarnInterpreterOnly", "false")
        .option("python.DontWriteBytecodeFlag", "false")
        .option("python.PyCachePrefix", cache.toString())
        .build();
  }

  /** Where the bytecode of this very source is kept; Python adds its own version. */
  private static String codeFile(Path folder, String source) {
    return folder.resolve("wsgi_host-" + UUID.nameUUIDFromBytes(source.getBytes(UTF_8))).toString();
  }

  /** What a virtual environment has installed, for CPython or for GraalPy. */
  static List<String> sitePackages(@Nullable String environment) throws IOException {
    List<String> found = new ArrayList<>();
    if (environment != null) {
      Path lib = Path.of(environment, "lib");
      if (Files.isDirectory(lib)) {
        try (DirectoryStream<Path> pythons = Files.newDirectoryStream(lib, "python3*")) {
          for (Path python : pythons) {
            found.add(python.resolve("site-packages").toString());
          }
        }
      }
      found.add(Path.of(environment, "Lib", "site-packages").toString());
      found.removeIf(folder -> !Files.isDirectory(Path.of(folder)));
    }
    return found;
  }

  private static String describe(Context context) {
    int version = context.eval("python", "__import__('sys').implementation.version.major").asInt();
    Engine engine = context.getEngine();
    if (!engine.getImplementationName().equals("Interpreted")) {
      return "GraalPy %d, JIT".formatted(version);
    }
    String cure;
    if (GraalPyJars.jvmHasJit()) {
      cure = "this JVM's Graal compiler serves one copy of GraalPy's jars: share them";
    } else if (Runtime.version().feature() == JDK_WITH_JIT) {
      cure = "with the Graal compiler it would be several times faster (docs/graalpy.md)";
    } else {
      cure =
          "with JDK 25 and the Graal compiler it would be several times faster (docs/graalpy.md)";
    }
    return "GraalPy %d, interpreted: slow; %s".formatted(version, cure);
  }

  /**
   * Nothing: each call enters the context and leaves it. A thread that waits inside would hold up
   * what GraalPy wants of all threads, such as the loading of the first native module.
   */
  @Override
  public void attach() {}

  @Override
  public void detach() {}

  /**
   * Python's frames, where this GraalPy tells those of other threads. Its identifier of a thread is
   * Java's.
   */
  @Override
  public String stack(Thread thread) {
    @SuppressWarnings("deprecation") // threadId() is of JDK 19
    long ident = thread.getId();
    Answer answer = call(HostFunction.STACK, Exchange.NONE, 0, 0, Long.toString(ident));
    return answer.kind() == Answer.Kind.DONE ? new String(answer.payload(), UTF_8) : "";
  }

  /** Nothing: GraalPy interrupts all threads of a context, or none. */
  @Override
  public void interrupt(Thread thread) {}

  @Override
  public void recover() {}

  @Override
  public Answer call(HostFunction function, Exchange exchange, int number, int flags, String text) {
    try {
      Value answer = function(function).execute(exchange, number, flags, text);
      Value head = answer.getArrayElement(1);
      Answer.Kind kind = Answer.Kind.of(answer.getArrayElement(0).asInt());
      byte[] payload = answer.getArrayElement(2).as(byte[].class);
      return new Answer(
          kind,
          head.isNull() ? null : head.as(byte[].class),
          kind == Answer.Kind.FAILED ? withCure(payload) : payload);
    } catch (PolyglotException e) {
      return new Answer(Answer.Kind.FAILED, null, story(e).getBytes(UTF_8));
    }
  }

  /**
   * GraalPy's own words on a second context's native module name an option that crashes the JVM.
   */
  private static byte[] withCure(byte[] traceback) {
    String text = new String(traceback, UTF_8);
    return text.contains("IsolateNativeModules")
        ? (text
                + "\nGraalPy loads native modules (sqlite3, pyexpat and the like) for one context of a process"
                + " only: run this application with --workers 1, in a process of its own, or with CPython"
                + " (--python PATH); leave IsolateNativeModules alone")
            .getBytes(UTF_8)
        : traceback;
  }

  private Value function(HostFunction function) {
    Value value = functions.get(function);
    if (value == null) {
      throw new IllegalStateException("GraalPy is not started");
    }
    return value;
  }

  /** What even the host could not catch. */
  private static String story(PolyglotException failure) {
    if (failure.isExit()) {
      return "the application ended Python with status " + failure.getExitStatus();
    }
    LOG.debug("GraalPy failed", failure);
    String what =
        failure.isCancelled()
            ? "GraalPy was closed meanwhile"
            : failure.isInternalError() ? "GraalPy has failed inside" : "GraalPy failed";
    return what + ":\n" + javaStory(failure);
  }

  @Override
  public boolean permanent() {
    return false;
  }

  @Override
  public void close() {
    Context closing = context;
    if (closing != null) {
      functions.clear();
      // What Python runs at its exit was run by HostFunction.EXIT; threads of the application end.
      // Truffle leaves something with each thread that it has run on, so a container's thread must
      // not be one.
      Thread closer = new Thread(() -> closing.close(true), "python-close");
      closer.setDaemon(true);
      closer.start();
      try {
        closer.join(CLOSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // --- What Python calls: the functions of Carrier ---------------------------------------------

  private static @Nullable Object send(Value... arguments) {
    Exchange exchange = arguments[0].asHostObject();
    byte[] head = arguments[1].isNull() ? null : arguments[1].as(byte[].class);
    try {
      exchange.send(head, arguments[2].as(byte[].class));
      return null;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The bytes as a string; or what has failed, as an array of one string. */
  private static Object read(Value... arguments) {
    Exchange exchange = arguments[0].asHostObject();
    try {
      return new String(exchange.read(arguments[1].asInt()), ISO_8859_1);
    } catch (IOException e) {
      return new String[] {String.valueOf(e.getMessage())};
    }
  }

  private static @Nullable Object errors(Value... arguments) {
    Exchange exchange = arguments[0].asHostObject();
    exchange.errors(arguments[1].asString());
    return null;
  }

  private static @Nullable Object log(Value... arguments) {
    PythonLog.log(arguments[0].asString(), arguments[1].asInt(), arguments[2].asString());
    return null;
  }

  private Object signal(Value... arguments) {
    return GuestSignals.take(
        this, arguments[0].asString(), arguments[1].asInt(), arguments[2].asBoolean());
  }

  /** Keys and values in turn; null where there are none. */
  private static @Nullable Object objects(Value... arguments) {
    Exchange exchange = arguments[0].asHostObject();
    Map<String, Object> objects = exchange.objects();
    if (objects.isEmpty()) {
      return null;
    }
    List<Object> entries = new ArrayList<>();
    objects.forEach(
        (key, value) -> {
          entries.add(key);
          entries.add(value);
        });
    return entries.toArray();
  }

  /** An exception of Java's which Python has caught, with the frames of both languages. */
  private static Object javaStory(Value... arguments) {
    try {
      arguments[0].throwException();
    } catch (PolyglotException e) {
      return javaStory(e);
    }
    return arguments[0].toString();
  }

  /** Like Java's own stack trace, down to where Java called Python. */
  private static String javaStory(PolyglotException exception) {
    Throwable thrown = exception.isHostException() ? exception.asHostException() : exception;
    StringBuilder story = new StringBuilder(thrown.toString());
    for (PolyglotException.StackFrame frame : exception.getPolyglotStackTrace()) {
      if (frame.isHostFrame()
          && frame.toHostFrame().getClassName().startsWith("org.graalvm.polyglot.")) {
        break;
      }
      story.append("\n  at ").append(frame.toString().strip());
    }
    for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
      story.append("\ncaused by ").append(cause);
    }
    return story.toString();
  }

  /** What is written past {@code sys.stdout} and {@code sys.stderr}, line by line. */
  private static final class LineLog extends OutputStream {

    private final String logger;
    private final int level;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    LineLog(String logger, int level) {
      this.logger = logger;
      this.level = level;
    }

    @Override
    public synchronized void write(int character) {
      if (character == '\n') {
        PythonLog.log(logger, level, line.toString(UTF_8));
        line.reset();
      } else {
        line.write(character);
      }
    }
  }

  /** What Truffle and GraalPy themselves log. */
  private static final class EngineLog extends Handler {

    private static final Logger ENGINE = LoggerFactory.getLogger("org.graalvm.polyglot");
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord entry) {
      String text = formatter.formatMessage(entry);
      if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
        ENGINE.warn(text, entry.getThrown());
      } else {
        ENGINE.debug(text, entry.getThrown());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
