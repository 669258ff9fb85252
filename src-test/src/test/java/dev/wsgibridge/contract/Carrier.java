package dev.wsgibridge.contract;

import java.io.IOException;
import java.util.List;

/** What carries a Python application of someone else's, as {@code ./run} is told of it. */
enum Carrier {
  CPYTHON_IN_JVM("--python python3 --workers 0"),
  CPYTHON_PREFORK("--python python3 --workers 2 --threads 2"),
  GRAALPY("--python graalpy");

  private final String options;

  Carrier(String options) {
    this.options = options;
  }

  /** For {@code ./run}. */
  List<String> options() {
    return List.of(options.split(" ", -1));
  }

  /** Why it can't be had here; empty where it can. */
  String missing() {
    return switch (this) {
      case CPYTHON_IN_JVM -> Hosted.CPYTHON.missing();
      case CPYTHON_PREFORK -> hasPython() ? "" : "there is no python3";
      case GRAALPY -> "";
    };
  }

  private static boolean hasPython() {
    try {
      return new ProcessBuilder("python3", "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
