package dev.wsgibridge.python;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A generation of workers and the process that forks them. A reload makes the next generation. As
 * {@link Prefork} keeps it, under whose lock all of this is used.
 */
final class Master {

  final int number;
  final List<Worker> workers = new ArrayList<>();

  /** How many workers have died at their start, one after the other. */
  int failures;

  /** Whether the process can fork: it is there, and has preloaded what is to be preloaded. */
  boolean ready;

  private final Process process;
  private @Nullable SocketChannel channel;

  Master(int number, Process process) {
    this.number = number;
    this.process = process;
  }

  Process process() {
    return process;
  }

  /** It has connected. */
  void came(SocketChannel connected) {
    channel = connected;
  }

  boolean connected() {
    return channel != null;
  }

  /** Sends a frame; where it is gone, the news of that is on its way. */
  void send(ByteBuffer frame) {
    SocketChannel open = channel;
    if (open == null) {
      return;
    }
    try {
      while (frame.hasRemaining()) {
        // Not a blocking one; the few bytes that it is ever sent fit into the kernel's buffer,
        // unless it is stopped, or stuck in code that it has preloaded.
        if (open.write(frame) == 0) {
          process.destroyForcibly();
          return;
        }
      }
    } catch (IOException e) {
      // Its end is read, too.
    }
  }

  /** Workers that are neither gone nor about to go. */
  long lasting() {
    return workers.stream()
        .filter(
            worker -> worker.state == Worker.State.STARTING || worker.state == Worker.State.READY)
        .count();
  }

  boolean hasReadyWorkers() {
    return workers.stream().anyMatch(worker -> worker.state == Worker.State.READY);
  }

  @Nullable Worker worker(int wanted) {
    for (Worker worker : workers) {
      if (worker.number == wanted) {
        return worker;
      }
    }
    return null;
  }

  /** Lets the process end, and with it the workers that are still there. */
  void close() {
    ready = false;
    SocketChannel open = channel;
    try {
      if (open != null) {
        open.close();
      } else {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    }
  }
}
