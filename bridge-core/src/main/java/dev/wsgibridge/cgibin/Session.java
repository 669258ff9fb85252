package dev.wsgibridge.cgibin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A program and all that it has started, to be ended together.
 *
 * <p>Java knows the descendants of a process, but not those whose parent has ended: they are
 * someone else's children now. They are still in the program's session. So the program is started
 * as the leader of one, by {@code setsid}, where that and {@code /proc} are there. What makes a
 * session of its own, as daemons do, is left alone.
 */
final class Session {

  private static final Path PROC = Path.of("/proc");

  /** util-linux's or busybox's; neither forks where it is no group's leader already. */
  private static final Optional<Path> SETSID =
      Stream.of("/usr/bin/setsid", "/bin/setsid")
          .map(Path::of)
          .filter(path -> Files.isExecutable(path) && Files.isReadable(PROC.resolve("self/stat")))
          .findFirst();

  private final Process leader;

  private Session(Process leader) {
    this.leader = leader;
  }

  /**
   * Starts a program, which has no arguments.
   *
   * @param builder what else the program gets
   * @throws IOException it can't be started; where there is {@code setsid}, that may also be told
   *     by the exit status, 126 or 127
   */
  static Session start(Path program, ProcessBuilder builder) throws IOException {
    builder.command(
        SETSID
            .map(setsid -> List.of(setsid.toString(), program.toString()))
            .orElse(List.of(program.toString())));
    return new Session(builder.start());
  }

  /** The program itself. */
  Process leader() {
    return leader;
  }

  /** Sends SIGTERM to all of them, and SIGKILL to those that are there {@code grace} later. */
  void end(Duration grace) {
    end(grace, process -> true);
  }

  /**
   * The same for those whose standard error is a pipe still. Which one, the leader knew, that has
   * ended: a job that writes its errors to a logger of its own is taken for one that holds ours.
   */
  void endHolders(Duration grace) {
    end(grace, Session::holdsPipe);
  }

  private static boolean holdsPipe(ProcessHandle process) {
    try {
      Path error = PROC.resolve(process.pid() + "/fd/2");
      return Files.readSymbolicLink(error).toString().startsWith("pipe:");
    } catch (IOException e) {
      return false;
    }
  }

  private void end(Duration grace, Predicate<ProcessHandle> which) {
    List<ProcessHandle> processes = processes(which);
    processes.forEach(ProcessHandle::destroy);
    try {
      CompletableFuture.allOf(
              processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
          .get(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // Said again, and so that it can't be ignored.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    processes.forEach(ProcessHandle::destroyForcibly);
    // And to what they have started meanwhile.
    processes(which).forEach(ProcessHandle::destroyForcibly);
  }

  private List<ProcessHandle> processes(Predicate<ProcessHandle> which) {
    return Stream.of(Stream.of(leader.toHandle()), leader.descendants(), members().stream())
        .flatMap(processes -> processes)
        .filter(ProcessHandle::isAlive)
        .filter(which)
        .distinct()
        .toList();
  }

  /** Those in the session. */
  private List<ProcessHandle> members() {
    // The number is another program's, once ours and its session are gone.
    if (SETSID.isEmpty() || (!leader.isAlive() && ProcessHandle.of(leader.pid()).isPresent())) {
      return List.of();
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
      Stream.Builder<ProcessHandle> members = Stream.builder();
      for (Path process : all) {
        if (session(process) == leader.pid()) {
          ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
              .ifPresent(members::add);
        }
      }
      return members.build().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The session of a process; 0 where it has just ended. See proc_pid_stat(5). */
  private static long session(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      // PID (NAME) STATE PPID PGRP SESSION …; the name may hold anything.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 5);
      return Long.parseLong(fields[3]);
    } catch (IOException e) {
      return 0;
    }
  }
}
