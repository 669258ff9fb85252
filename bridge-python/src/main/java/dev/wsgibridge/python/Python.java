package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.io.IOException;

/** Where one Python application runs: an interpreter of this process, or worker processes. */
interface Python {

  /**
   * Loads an application into what the options choose.
   *
   * @throws LoadException it can't be loaded; Python's traceback where that is the news
   */
  static Python load(String name, LoadOptions options) throws LoadException {
    PythonChoice choice = PythonChoice.of(options);
    return choice instanceof PythonChoice.Interpreter interpreter
        ? InProcess.load(interpreter, name, options)
        : Prefork.load((PythonChoice.Processes) choice, name, options);
  }

  /** What runs it, for people: {@code CPython 3.11 in the JVM}. */
  String description();

  /**
   * Calls the application. The calling thread waits for its turn and for the answer; it is not to
   * be interrupted, for Python may be using the request.
   *
   * @throws UnansweredException the application has not answered, and the client is to be told by a
   *     status of ours
   */
  Reply call(Exchange exchange, EnvironText environ) throws UnansweredException;

  /**
   * Loads the application's code anew, and goes over to it when it is ready; no request is lost.
   * Returns at once.
   *
   * @return false where that can't be done here
   */
  boolean reload();

  /** Runs Python's exit handlers. To be called once, after the last call. */
  void close();

  /** What Python has answered, and what is left to do in Python once the response is over. */
  interface Reply {

    /** The answer. */
    Answer answer();

    /**
     * The next bytes of an {@link Answer.Kind#STREAM}; none at its end.
     *
     * @throws IOException Python is gone
     */
    byte[] next() throws IOException;

    /**
     * Waits until Python is through with the request; what it still had to send is dropped. To be
     * called once, by the thread that has called the application.
     */
    void end() throws IOException;
  }
}
