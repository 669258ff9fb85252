package dev.wsgibridge.python;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A worker process, as {@link Prefork} keeps it, under whose lock all of this is used. */
final class Worker {

  enum State {
    /** Was forked, or is to be; loads the application. */
    STARTING,
    /** Takes requests. */
    READY,
    /** Takes no more requests; ends when those that it has are over. */
    LEAVING,
    /** Is gone. */
    DEAD
  }

  final int number;

  /** After how many requests it leaves; 0 for never. */
  final int limit;

  State state = State.STARTING;
  long pid;
  boolean loaded;
  int served;

  /** Whether it looks whether files of the application change. */
  boolean watches;

  /** Whether a request made it hang. */
  boolean hung;

  /** What LOAD was answered. */
  String answer = "";

  /** Whether it has connected, so that what it says comes before its end is seen there. */
  boolean connected;

  /** How it has ended, where its master has said so already; and when that was. */
  @Nullable String end;

  long endedAt;

  /** When it was seen to be dead: {@link System#nanoTime}. */
  long diedAt;

  /** When it is to be killed: {@link System#nanoTime}; null for not at all. */
  @Nullable Long killAt;

  /** Whether it was we who have ended it. */
  boolean killed;

  /** Whether a request of its was not served to the end, for a reason that nobody knows yet. */
  boolean suspect;

  /** Why it leaves, for the log. */
  String reason = "";

  private final int size;
  private final List<WorkerThread> threads = new ArrayList<>();
  private final Deque<WorkerThread> idle = new ArrayDeque<>();
  private final List<SocketChannel> channels = new ArrayList<>();

  /** A worker of {@code size} threads. */
  Worker(int number, int size, int limit) {
    this.number = number;
    this.size = size;
    this.limit = limit;
  }

  /** {@code worker 3 (pid 4711)}. */
  String name() {
    return "worker %d (pid %d)".formatted(number, pid);
  }

  void add(SocketChannel channel) {
    channels.add(channel);
  }

  void add(WorkerThread thread) {
    threads.add(thread);
    idle.addLast(thread);
  }

  /** Whether it is loaded and all of its threads have come. */
  boolean complete() {
    return loaded && threads.size() == size;
  }

  int busy() {
    return threads.size() - idle.size();
  }

  /** The threads that serve a request. */
  List<WorkerThread> busyThreads() {
    return threads.stream().filter(thread -> !idle.contains(thread)).toList();
  }

  /** A thread that serves no request and has said something all the same; null where none has. */
  @Nullable WorkerThread unasked() {
    for (WorkerThread thread : idle) {
      if (thread.hasUnasked()) {
        return thread;
      }
    }
    return null;
  }

  boolean available() {
    return state == State.READY && !idle.isEmpty();
  }

  /** One that is free: the one that became so last, whose caches are warm. */
  WorkerThread take() {
    served++;
    return idle.removeLast();
  }

  /** A thread is free again. */
  void giveBack(WorkerThread thread) {
    if (state == State.READY) {
      idle.addLast(thread);
    } else {
      drop(thread);
    }
  }

  /** A thread won't be used again: the process ends with its last one. */
  void drop(WorkerThread thread) {
    threads.remove(thread);
    idle.remove(thread);
    thread.close();
  }

  /** Takes no more requests. */
  void leave(String why) {
    state = State.LEAVING;
    reason = why;
    List.copyOf(idle).forEach(this::drop);
  }

  /**
   * Is gone. Its busy threads stay until they are given back: what they have answered before their
   * end may still be read.
   */
  void dead() {
    state = State.DEAD;
    diedAt = System.nanoTime();
    List.copyOf(idle).forEach(this::drop);
    for (SocketChannel channel : channels) {
      try {
        channel.close();
      } catch (IOException e) {
        // Closed it is.
      }
    }
  }

  /** Closes what a child process of a dead worker may keep open. */
  void dropAll() {
    List.copyOf(threads).forEach(this::drop);
  }

  /** Ends the process, whatever it does. */
  void kill() {
    killed = true;
    // 0 is what has not said who it is.
    ProcessHandle.of(pid == 0 ? -1 : pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /** Its resident memory in bytes; 0 where this system does not tell. */
  long residentBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException e) {
      // It has just ended, or there is no /proc.
    }
    return 0;
  }
}
