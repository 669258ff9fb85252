package dev.wsgibridge.contract;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;

/** A server that can serve the fixtures. */
interface Server {

  /** For the reader of a report: {@code Jetty 12.1, servlet}. */
  String name();

  /** What clients talk to: {@code nginx}; a dash where it is the container itself. */
  default String front() {
    return "–";
  }

  /** What the container hears: {@code HTTP}. */
  default String protocol() {
    return "HTTP";
  }

  /** What runs the application. */
  String container();

  /** What it serves. */
  Hosted hosted();

  /** How many requests the application can answer at once. */
  default Scale scale() {
    return Scale.USUAL;
  }

  /** Why it can't run here; empty where it can. */
  default String missing() {
    return hosted().missing();
  }

  /** Whether one process answers all requests, so that a fixture knows what another did. */
  default boolean hasOneProcess() {
    return true;
  }

  /**
   * Where this server is known to do otherwise than the contract says, and why. A key is a test's
   * method, with its arguments in brackets where it has some: {@code exactPath(/a%2Fb)}. A
   * deviation that is no longer one fails its test, as does one that fails otherwise; a key without
   * a case fails the server's whole class.
   */
  Map<String, Deviation> deviations();

  /** Starts it, on a free port of the loopback. */
  Running start() throws IOException;

  /** A server that was started. */
  interface Running extends AutoCloseable {

    /** Where it listens. */
    InetSocketAddress address();

    /** The path below which the fixtures stand: empty, or with a slash before and none behind. */
    String mount();

    /** All that it has printed and logged until now. */
    String log();

    /**
     * Waits until it has printed this text.
     *
     * @throws AssertionError it ended without it, or patience did
     */
    void awaitLog(String text);

    @Override
    void close();
  }
}
