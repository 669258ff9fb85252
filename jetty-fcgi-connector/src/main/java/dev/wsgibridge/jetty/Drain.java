package dev.wsgibridge.jetty;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.NanoTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the connections of a server that no longer listens: a busy one after its answer, an idle one
 * once it has been still for a moment, for its client may still be reading the last response, or
 * have a request on its way.
 */
final class Drain {

  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

  private static final long LOOK_MILLIS = 5;

  private final List<ListeningConnector> connectors;
  private final Duration idle;
  private boolean aborted;

  /**
   * A drain that has not begun.
   *
   * @param connectors which may grow until {@link #await}
   * @param idle how long a connection must have been still
   */
  Drain(List<ListeningConnector> connectors, Duration idle) {
    this.connectors = connectors;
    this.idle = idle;
  }

  /**
   * Waits until each connection has ended. What is busy after the timeout is broken off, so that
   * nobody takes a part for the whole.
   *
   * @param answered whether no request is being answered
   * @param timeout for all of it
   * @return whether no request is being answered any more
   */
  boolean await(BooleanSupplier answered, Duration timeout) throws InterruptedException {
    long start = NanoTime.now();
    while (true) {
      synchronized (this) {
        if (aborted) {
          return false;
        }
        boolean done = answered.getAsBoolean();
        // A client that was idle when the server was told to stop has as long as any other.
        if (closeIdle(NanoTime.since(start) >= idle.toNanos()) && done) {
          return true;
        }
        if (NanoTime.since(start) >= timeout.toNanos()) {
          breakOff("after the --graceful-timeout");
          return answered.getAsBoolean();
        }
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /** Breaks off what is there, at once. By any thread. */
  synchronized void abort() {
    aborted = true;
    breakOff("at once, by a second signal");
  }

  /** Closes those that have been still for long enough; whether there is no other. */
  private boolean closeIdle(boolean mayClose) {
    boolean all = true;
    for (ListeningEndPoint each : open()) {
      if (mayClose && each.isStill(idle) && !hasUnread(each) && each.isStill(idle)) {
        each.close();
      } else {
        all = false;
      }
    }
    return all;
  }

  private List<ListeningEndPoint> open() {
    List<ListeningEndPoint> open = new ArrayList<>();
    for (ListeningConnector connector : connectors) {
      for (EndPoint each : connector.getConnectedEndPoints()) {
        if (each instanceof ListeningEndPoint endPoint) {
          open.add(endPoint);
        }
      }
    }
    return open;
  }

  /**
   * Whether something has come that nobody has read yet: on a machine with much to do, the thread
   * that would read it may wait for its turn longer than a connection has to be still.
   */
  private static boolean hasUnread(ListeningEndPoint endPoint) {
    try (Selector selector = Selector.open()) {
      endPoint.getChannel().register(selector, SelectionKey.OP_READ);
      return selector.selectNow() > 0;
    } catch (IOException e) {
      LOG.debug("{} has just been closed", endPoint, e);
      return false;
    }
  }

  /** What is open of a protocol. */
  private static final class Open {
    int requests;
    int connections;

    @Override
    public String toString() {
      return counted(requests, "request") + " on " + counted(connections, "connection");
    }

    private static String counted(int count, String what) {
      return count + " " + what + (count == 1 ? "" : "s");
    }
  }

  /** Closes those that are idle, breaks off the others, and says which these were. */
  private void breakOff(String when) {
    SortedMap<String, Open> lost = new TreeMap<>();
    for (ListeningConnector connector : connectors) {
      for (EndPoint each : connector.getConnectedEndPoints()) {
        if (each instanceof ListeningEndPoint endPoint) {
          if (endPoint.isStill(Duration.ZERO)) {
            endPoint.close();
          } else {
            Open open = lost.computeIfAbsent(connector.protocol(), name -> new Open());
            open.requests += endPoint.requests();
            open.connections++;
            endPoint.breakOff();
          }
        }
      }
    }
    if (lost.isEmpty()) {
      LOG.info("stopped {}; no request was broken off", when);
    } else {
      LOG.warn(
          "broken off {}: {}",
          when,
          lost.entrySet().stream()
              .map(each -> each.getKey() + ": " + each.getValue())
              .collect(Collectors.joining("; ")));
    }
  }
}
