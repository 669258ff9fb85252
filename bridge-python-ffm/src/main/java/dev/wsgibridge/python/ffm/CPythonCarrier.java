package dev.wsgibridge.python.ffm;

import static dev.wsgibridge.python.ffm.Library.failed;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.python.Answer;
import dev.wsgibridge.python.Carrier;
import dev.wsgibridge.python.Exchange;
import dev.wsgibridge.python.GuestSignals;
import dev.wsgibridge.python.HostFunction;
import dev.wsgibridge.python.PythonLog;
import dev.wsgibridge.python.PythonProbe;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * CPython in this process.
 *
 * <p>Each attached thread has its thread state for good, and holds the GIL just while it runs
 * Python: a callback gives it back while Java works. In Python an exchange is an int, which means
 * nothing any more once its call is over.
 *
 * <p>What is given to the interpreter itself (the callbacks) is never freed, as the interpreter
 * never ends.
 */
@SuppressWarnings("restricted") // calling native code is what this class is for
final class CPythonCarrier implements Carrier {

  private static final int FILE_INPUT = 257; // Py_file_input
  private static final int METH_FASTCALL = 0x80;
  private static final int WITHOUT_GIL = 1; // PyGILState_UNLOCKED
  private static final int UCS2 = 2;
  private static final int UCS4 = 4;

  private static final MethodHandle UPCALL = upcallHandle();

  private static MethodHandle upcallHandle() {
    try {
      return MethodHandles.lookup()
          .findStatic(
              CPythonCarrier.class,
              "upcall",
              MethodType.methodType(
                  MemorySegment.class,
                  Callback.class,
                  MemorySegment.class,
                  MemorySegment.class,
                  long.class));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.toString(), e);
    }
  }

  /** What a thread keeps between calls. */
  private static final class Attached {
    final MemorySegment state;

    /** As Python's threading.get_ident() tells it. */
    final long ident;

    /** Whether it is to raise, for which it may be late. */
    volatile boolean interrupted;

    /** The exchange that FINISH is still to be called for; 0 for none. */
    long unfinished;

    /** The calling thread, which has the GIL, and gives it back. */
    Attached() throws Throwable {
      this.ident = (long) LibPython.THREAD_IDENT.invokeExact();
      this.state = (MemorySegment) LibPython.SAVE_THREAD.invokeExact();
    }
  }

  /** Static, since there is one interpreter in a process. */
  private static final ThreadLocal<@Nullable Attached> ATTACHED = new ThreadLocal<>();

  /** The same, for other threads to look at. */
  private final Map<Thread, Attached> attached = new ConcurrentHashMap<>();

  private final PythonProbe python;

  private final Map<Long, Exchange> exchanges = new ConcurrentHashMap<>();
  private final AtomicLong lastExchange = new AtomicLong();
  private final Map<HostFunction, MemorySegment> functions = new EnumMap<>(HostFunction.class);

  /** What a call that hangs is to raise. */
  private MemorySegment exception = MemorySegment.NULL;

  CPythonCarrier(PythonProbe python) {
    this.python = python;
  }

  @Override
  public String description() {
    return "CPython %s%s in the JVM"
        .formatted(python.minorVersion(), python.gil() ? "" : ", without a GIL,");
  }

  @Override
  public boolean permanent() {
    return true;
  }

  // --- Starting ---------------------------------------------------------------------------------

  @Override
  public void start(String host) throws LoadException {
    try (Arena arena = Arena.ofConfined()) {
      PythonConfig.initialize(python.executable(), arena);
      boolean runs = runHost(host, arena);
      attached();
      if (!runs) {
        throw new LoadException(
            "%s can't run WSGI Bridge's own Python file; its complaint is on standard error"
                .formatted(description()));
      }
    } catch (LoadException e) {
      throw e;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Runs wsgi_host.py as a module of that name; false where Python has printed an error. */
  private boolean runHost(String host, Arena arena) throws Throwable {
    MemorySegment module =
        (MemorySegment)
            LibPython.Start.IMPORT_ADD_MODULE.invokeExact(arena.allocateFrom("wsgi_host"));
    MemorySegment globals = (MemorySegment) LibPython.Start.MODULE_GET_DICT.invokeExact(module);
    set(globals, "__builtins__", (MemorySegment) LibPython.Start.GET_BUILTINS.invokeExact());
    set(globals, "SAME_PROCESS", (MemorySegment) LibPython.Start.BOOL_FROM_LONG.invokeExact(1L));
    set(globals, "java_send", function("java_send", this::send));
    set(globals, "java_read", function("java_read", this::read));
    set(globals, "java_errors", function("java_errors", this::errors));
    set(globals, "java_objects", function("java_objects", _ -> none()));
    set(globals, "java_log", function("java_log", this::log));
    set(globals, "java_signal", function("java_signal", this::signal));
    MemorySegment code =
        (MemorySegment)
            LibPython.Start.COMPILE_STRING.invokeExact(
                arena.allocateFrom(host), arena.allocateFrom("wsgi_host.py"), FILE_INPUT);
    if (code.address() == 0) {
      LibPython.Failed.PRINT.invokeExact();
      return false;
    }
    MemorySegment result =
        (MemorySegment) LibPython.Start.EVAL_CODE.invokeExact(code, globals, globals);
    LibPython.DEC_REF.invokeExact(code);
    if (result.address() == 0) {
      LibPython.Failed.PRINT.invokeExact();
      return false;
    }
    LibPython.DEC_REF.invokeExact(result);
    for (HostFunction function : HostFunction.values()) {
      // A borrowed reference: the module stays.
      functions.put(
          function,
          (MemorySegment)
              LibPython.Start.DICT_GET_ITEM_STRING.invokeExact(
                  globals, arena.allocateFrom(function.pythonName())));
    }
    exception =
        (MemorySegment)
            LibPython.Start.DICT_GET_ITEM_STRING.invokeExact(
                globals, arena.allocateFrom("CallTimeout"));
    return true;
  }

  private static void set(MemorySegment dict, String key, MemorySegment value) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      int failed =
          (int)
              LibPython.Start.DICT_SET_ITEM_STRING.invokeExact(
                  dict, arena.allocateFrom(key), value);
      if (failed != 0) {
        throw new IllegalStateException("Python refuses to set " + key);
      }
    }
  }

  /**
   * A function of Python's that calls back.
   *
   * <pre>
   * struct PyMethodDef { const char *ml_name; PyCFunction ml_meth; int ml_flags; const char *ml_doc; };
   * PyObject *ml_meth(PyObject *self, PyObject *const *args, Py_ssize_t nargs);   // METH_FASTCALL
   * </pre>
   */
  private static MemorySegment function(String name, Callback callback) throws Throwable {
    Arena forever = Arena.global();
    MemoryLayout[] parameters = {ADDRESS, ADDRESS, JAVA_LONG};
    MemorySegment method =
        Linker.nativeLinker()
            .upcallStub(
                MethodHandles.insertArguments(UPCALL, 0, callback),
                FunctionDescriptor.of(ADDRESS, parameters),
                forever);
    MemorySegment definition = forever.allocate(4 * ADDRESS.byteSize(), ADDRESS.byteAlignment());
    definition.set(ADDRESS, 0, forever.allocateFrom(name));
    definition.set(ADDRESS, ADDRESS.byteSize(), method);
    definition.set(JAVA_INT, 2 * ADDRESS.byteSize(), METH_FASTCALL);
    return (MemorySegment)
        LibPython.Start.CFUNCTION_NEW.invokeExact(
            definition, MemorySegment.NULL, MemorySegment.NULL);
  }

  @Override
  public void attach() {
    try {
      var _ = (int) LibPython.Start.GIL_STATE_ENSURE.invokeExact();
      attached();
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private void attached() throws Throwable {
    SignalMask.unblock();
    Attached thread = new Attached();
    ATTACHED.set(thread);
    attached.put(Thread.currentThread(), thread);
  }

  private Attached thread() {
    Attached thread = ATTACHED.get();
    if (thread == null) {
      throw new IllegalStateException("this thread is not attached to Python");
    }
    return thread;
  }

  /** Of threads that {@link #attach} has made ready. */
  @Override
  public void detach() {
    Attached thread = thread();
    ATTACHED.remove();
    attached.remove(Thread.currentThread());
    try {
      LibPython.RESTORE_THREAD.invokeExact(thread.state);
      LibPython.GIL_STATE_RELEASE.invokeExact(WITHOUT_GIL);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {}

  // --- Java calls Python ------------------------------------------------------------------------

  @Override
  public Answer call(HostFunction function, Exchange exchange, int number, int flags, String text) {
    Attached thread = thread();
    long id = thread.unfinished;
    if (id == 0) {
      id = lastExchange.incrementAndGet();
      exchanges.put(id, exchange);
    }
    thread.unfinished = 0;
    try {
      LibPython.RESTORE_THREAD.invokeExact(thread.state);
      try {
        Answer answer =
            call(thread, Objects.requireNonNull(functions.get(function)), id, number, flags, text);
        if (answer.kind() == Answer.Kind.UNFINISHED) {
          thread.unfinished = id;
        }
        return answer;
      } finally {
        var _ = (MemorySegment) LibPython.SAVE_THREAD.invokeExact();
      }
    } catch (Throwable e) {
      throw failed(e);
    } finally {
      if (thread.unfinished == 0) {
        exchanges.remove(id);
      }
    }
  }

  private static Answer call(
      Attached thread, MemorySegment function, long exchange, int number, int flags, String text)
      throws Throwable {
    MemorySegment pyExchange = (MemorySegment) LibPython.LONG_FROM_LONG_LONG.invokeExact(exchange);
    MemorySegment pyNumber =
        (MemorySegment) LibPython.LONG_FROM_LONG_LONG.invokeExact((long) number);
    MemorySegment pyFlags = (MemorySegment) LibPython.LONG_FROM_LONG_LONG.invokeExact((long) flags);
    MemorySegment pyText = string(text);
    MemorySegment result =
        (MemorySegment)
            LibPython.CALL.invokeExact(
                function, pyExchange, pyNumber, pyFlags, pyText, MemorySegment.NULL);
    LibPython.DEC_REF.invokeExact(pyExchange);
    LibPython.DEC_REF.invokeExact(pyNumber);
    LibPython.DEC_REF.invokeExact(pyFlags);
    LibPython.DEC_REF.invokeExact(pyText);
    if (result.address() == 0) {
      if (thread.interrupted) {
        LibPython.Failed.CLEAR.invokeExact();
        throw new IllegalStateException("interrupted");
      }
      LibPython.Failed.PRINT.invokeExact();
      throw new IllegalStateException("wsgi_host.py raised, which it must not; see python.stderr");
    }
    MemorySegment kind = (MemorySegment) LibPython.TUPLE_GET_ITEM.invokeExact(result, 0L);
    MemorySegment head = (MemorySegment) LibPython.TUPLE_GET_ITEM.invokeExact(result, 1L);
    MemorySegment payload = (MemorySegment) LibPython.TUPLE_GET_ITEM.invokeExact(result, 2L);
    Answer answer =
        new Answer(Answer.Kind.of((int) longOf(kind)), bytesOrNone(head), bytes(payload));
    LibPython.DEC_REF.invokeExact(result);
    return answer;
  }

  // --- Calls that hang --------------------------------------------------------------------------

  @Override
  public String stack(Thread thread) {
    Attached other = attached.get(thread);
    if (other == null) {
      return "";
    }
    Answer answer = call(HostFunction.STACK, Exchange.NONE, 0, 0, Long.toString(other.ident));
    return answer.kind() == Answer.Kind.DONE
        ? new String(answer.payload(), StandardCharsets.UTF_8)
        : "";
  }

  @Override
  public void interrupt(Thread thread) {
    Attached other = attached.get(thread);
    if (other != null) {
      other.interrupted = true;
      raise(other, exception);
    }
  }

  @Override
  public void recover() {
    Attached thread = thread();
    raise(thread, MemorySegment.NULL);
    thread.interrupted = false;
  }

  /** Has a thread raise an exception; NULL takes that back. */
  private void raise(Attached where, MemorySegment exception) {
    try {
      LibPython.RESTORE_THREAD.invokeExact(thread().state);
      try {
        var _ = (int) LibPython.SET_ASYNC_EXC.invokeExact(where.ident, exception);
      } finally {
        var _ = (MemorySegment) LibPython.SAVE_THREAD.invokeExact();
      }
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  // --- Python calls Java: the functions of Carrier's table --------------------------------------

  /** One of them. Takes borrowed references, returns a new one. */
  @FunctionalInterface
  interface Callback {
    MemorySegment call(MemorySegment args) throws Throwable;
  }

  /**
   * What all of them begin with. No exception may pass into Python's frames: it ends the process.
   */
  static MemorySegment upcall(
      Callback callback, MemorySegment self, MemorySegment args, long count) {
    try {
      return callback.call(args.reinterpret(count * ADDRESS.byteSize()));
    } catch (Throwable e) {
      PythonLog.log("python", 40, "a callback failed: " + e);
      return none();
    }
  }

  private MemorySegment send(MemorySegment args) throws Throwable {
    Exchange exchange = exchange(argument(args, 0));
    byte @Nullable [] head = bytesOrNone(argument(args, 1));
    byte[] block = bytes(argument(args, 2));
    String trouble = null;
    MemorySegment state = (MemorySegment) LibPython.SAVE_THREAD.invokeExact();
    try {
      exchange.send(head, block);
    } catch (Throwable e) {
      trouble = message(e);
    } finally {
      LibPython.RESTORE_THREAD.invokeExact(state);
    }
    return trouble == null ? none() : string(trouble);
  }

  private MemorySegment read(MemorySegment args) throws Throwable {
    Exchange exchange = exchange(argument(args, 0));
    int size = (int) Math.min(longOf(argument(args, 1)), Integer.MAX_VALUE);
    byte[] block = {};
    String trouble = null;
    MemorySegment state = (MemorySegment) LibPython.SAVE_THREAD.invokeExact();
    try {
      block = exchange.read(size);
    } catch (Throwable e) {
      trouble = message(e);
    } finally {
      LibPython.RESTORE_THREAD.invokeExact(state);
    }
    return trouble == null
        ? (MemorySegment)
            LibPython.BYTES_FROM_STRING_AND_SIZE.invokeExact(
                MemorySegment.ofArray(block), (long) block.length)
        : string(trouble);
  }

  private MemorySegment errors(MemorySegment args) throws Throwable {
    Exchange exchange = exchange(argument(args, 0));
    String text = text(argument(args, 1));
    MemorySegment state = (MemorySegment) LibPython.SAVE_THREAD.invokeExact();
    try {
      exchange.errors(text);
    } finally {
      LibPython.RESTORE_THREAD.invokeExact(state);
    }
    return none();
  }

  private MemorySegment log(MemorySegment args) throws Throwable {
    String logger = text(argument(args, 0));
    int level = (int) longOf(argument(args, 1));
    String text = text(argument(args, 2));
    MemorySegment state = (MemorySegment) LibPython.SAVE_THREAD.invokeExact();
    try {
      PythonLog.log(logger, level, text);
    } finally {
      LibPython.RESTORE_THREAD.invokeExact(state);
    }
    return none();
  }

  private MemorySegment signal(MemorySegment args) throws Throwable {
    String name = text(argument(args, 0));
    int number = (int) longOf(argument(args, 1));
    boolean instead = longOf(argument(args, 2)) != 0;
    boolean taken;
    MemorySegment state = (MemorySegment) LibPython.SAVE_THREAD.invokeExact();
    try {
      taken = GuestSignals.take(this, name, number, instead);
    } finally {
      LibPython.RESTORE_THREAD.invokeExact(state);
    }
    return (MemorySegment) LibPython.Start.BOOL_FROM_LONG.invokeExact(taken ? 1L : 0L);
  }

  private Exchange exchange(MemorySegment id) throws Throwable {
    Exchange exchange = exchanges.get(longOf(id));
    return exchange == null ? Exchange.NONE : exchange;
  }

  private static String message(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  // --- Objects ----------------------------------------------------------------------------------

  private static MemorySegment argument(MemorySegment args, int index) {
    return args.getAtIndex(ADDRESS, index);
  }

  /** A new reference to None. */
  private static MemorySegment none() {
    try {
      LibPython.INC_REF.invokeExact(LibPython.NONE);
    } catch (Throwable e) {
      throw failed(e);
    }
    return LibPython.NONE;
  }

  private static long longOf(MemorySegment object) throws Throwable {
    return (long) LibPython.LONG_AS_LONG_LONG.invokeExact(object);
  }

  private static byte @Nullable [] bytesOrNone(MemorySegment object) throws Throwable {
    return object.address() == LibPython.NONE.address() ? null : bytes(object);
  }

  private static byte[] bytes(MemorySegment object) throws Throwable {
    long size = (long) LibPython.BYTES_SIZE.invokeExact(object);
    MemorySegment start = (MemorySegment) LibPython.BYTES_AS_STRING.invokeExact(object);
    return start.reinterpret(size).toArray(JAVA_BYTE);
  }

  /** A new str. */
  private static MemorySegment string(String text) throws Throwable {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        int[] points = text.codePoints().toArray();
        return (MemorySegment)
            LibPython.UNICODE_FROM_KIND_AND_DATA.invokeExact(
                UCS4, MemorySegment.ofArray(points), (long) points.length);
      }
    }
    return (MemorySegment)
        LibPython.UNICODE_FROM_KIND_AND_DATA.invokeExact(
            UCS2, MemorySegment.ofArray(text.toCharArray()), (long) text.length());
  }

  /** The text of a str; the host sees to it that there is nothing in it that UTF-8 can't say. */
  private static String text(MemorySegment object) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      MemorySegment start =
          (MemorySegment) LibPython.UNICODE_AS_UTF8_AND_SIZE.invokeExact(object, size);
      if (start.address() == 0) {
        LibPython.Failed.CLEAR.invokeExact();
        return "text that UTF-8 can't say";
      }
      byte[] bytes = start.reinterpret(size.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
