package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;

/**
 * An interpreter that runs {@code wsgi_host.py}: the boundary between Java and Python.
 *
 * <p>The threads that run Python are the caller's: each calls {@link #attach} before anything else,
 * and the first of them calls {@link #start} before that. Calls of the host come from attached
 * threads only, several at a time. The host is a module with these functions in its globals before
 * its source runs, through which Python calls Java:
 *
 * <table>
 * <caption>Functions that the carrier provides</caption>
 * <tr><td>{@code java_send(call, head, block)}</td><td>{@link Exchange#send}; head is bytes or None;
 *   returns None, or as str what the IOException said</td></tr>
 * <tr><td>{@code java_read(call, size)}</td><td>{@link Exchange#read}; returns bytes, or as str what
 *   the IOException said</td></tr>
 * <tr><td>{@code java_errors(call, text)}</td><td>{@link Exchange#errors}</td></tr>
 * <tr><td>{@code java_objects(call)}</td><td>{@link Exchange#objects} as a dict; None where Python
 *   can't hold Java's objects</td></tr>
 * <tr><td>{@code java_log(logger, level, text)}</td><td>{@link PythonLog#log}</td></tr>
 * <tr><td>{@code java_signal(name, number, instead)}</td><td>{@link GuestSignals#take}; returns its
 *   bool</td></tr>
 * <tr><td>{@code SAME_PROCESS}</td><td>whether Python's file descriptors and forks are those of the
 *   JVM's process</td></tr>
 * </table>
 *
 * <p>{@code call} stands for the exchange in whatever form suits the carrier; the host only hands
 * it back. None of these functions raises: an exception that passes between the two languages would
 * be a different one in each carrier. They may wait, and must let other Python threads run
 * meanwhile.
 */
public interface Carrier extends AutoCloseable {

  /** What runs Python, for the log: {@code CPython 3.11 in the JVM}. */
  String description();

  /**
   * Starts the interpreter and runs the host's source. The calling thread is attached, and is
   * Python's main thread from now on.
   *
   * @param host the source of {@code wsgi_host.py} and {@code guest.py}
   * @throws LoadException it can't be started; the message names the cure
   */
  void start(String host) throws LoadException;

  /** Makes the calling thread, which is a further one, ready to run Python until it ends. */
  void attach();

  /**
   * Calls a function of the host on the calling thread.
   *
   * @param function which
   * @param exchange what the function's {@code call} stands for
   * @param number the function's {@code number}
   * @param flags the function's {@code flags}
   * @param text the function's {@code text}: becomes a str, character by character
   */
  Answer call(HostFunction function, Exchange exchange, int number, int flags, String text);

  /**
   * Where a thread stands in Python, on the calling thread, which is another and attached. May wait
   * for as long as native code keeps Python from everyone.
   *
   * @param thread an attached one
   * @return its frames, the last call last, as Python's traceback writes them; empty where the
   *     carrier can't tell
   */
  String stack(Thread thread);

  /**
   * Has a thread raise an exception, as soon as it runs Python's code again; on the calling thread,
   * which is another and attached. May wait, too.
   *
   * @param thread an attached one, in a {@link #call}
   */
  void interrupt(Thread thread);

  /**
   * Takes back what {@link #interrupt} asked of the calling thread, where it was not raised yet:
   * the call is over.
   */
  void recover();

  /** The calling thread, which is attached, won't run Python again. */
  void detach();

  /**
   * Whether the interpreter stays for the whole life of the process, ready for further
   * applications; if not, it is closed with the last application and its threads end.
   */
  boolean permanent();

  /** Ends the interpreter, when all threads are detached; called only where not permanent. */
  @Override
  void close();
}
