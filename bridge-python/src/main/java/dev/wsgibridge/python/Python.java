package dev.wsgibridge.python;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Where one Python application runs: interpreters of this process, or worker processes. */
interface Python {

  /**
   * Loads an application into what the options choose, or its script where they leave it open.
   *
   * <p>How many processes a script asks for is known only once it has run, and where it has run is
   * then the place for nothing else: what it has done there, such as to connect to a database,
   * would stay. So one that may ask for them runs in a worker first, which ends; and only where it
   * hides the wish does it run in the JVM for nothing. All others are loaded just once.
   *
   * @throws LoadException it can't be loaded; Python's traceback where that is the news
   */
  static Python load(String name, LoadOptions options) throws LoadException {
    boolean mayFork =
        options.workers().count() == Workers.AUTO
            && PythonFile.named(name).filter(PythonFile::mayFork).isPresent();
    LoadOptions first = mayFork ? options.withWorkers(options.workers().withCount(1)) : options;
    Python python = start(name, first);
    OwnServer ownServer = python.ownServer();
    LoadOptions asked = ownServer == null ? options : ownServer.askedOf(options);
    if (python instanceof InProcess ? asked.workers().count() <= 0 : asked.equals(first)) {
      return python;
    }
    python.close();
    return start(name, asked);
  }

  private static Python start(String name, LoadOptions options) throws LoadException {
    PythonChoice choice = PythonChoice.of(options);
    if (choice instanceof PythonChoice.Interpreter interpreter) {
      return InProcess.load(interpreter, name, options);
    }
    return choice instanceof PythonChoice.Interpreters interpreters
        ? Contexts.load(interpreters, name, options)
        : Prefork.load((PythonChoice.Processes) choice, name, options);
  }

  /** What its script has started to be served by, null where it has not. */
  @Nullable OwnServer ownServer();

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

  /**
   * Completes when a call hangs in a thread that can neither be freed nor replaced, with what the
   * log was told; never where calls can be ended.
   */
  default CompletionStage<String> stuck() {
    return new CompletableFuture<>();
  }

  /**
   * Ends Python as at its exit: waits for threads that are no daemons, and runs exit handlers. To
   * be called once, after the last call.
   *
   * @param patience how long that may take
   */
  void close(Duration patience);

  /** {@link #close(Duration)} for as long as suits. */
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
     * All of the answer is here, and goes to the client from now on, slowly perhaps: {@link #end}
     * may be anticipated. At most once, by the thread that has called the application.
     */
    default void sending() {}

    /**
     * Waits until Python is through with the request; what it still had to send is dropped. To be
     * called once, by the thread that has called the application.
     */
    void end() throws IOException;
  }
}
