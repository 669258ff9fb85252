package dev.wsgibridge.options;

/** A part of the help and of the documentation. */
public enum Group {
  /** What is served, and where. */
  SERVING("What is served, and where"),
  /** Worker processes, and calls of Python. */
  WORKERS("Python in processes of its own"),
  /** Limits on clients. */
  CLIENTS("Slow and large"),
  /** Behind Apache, nginx and the like. */
  WEB_SERVER("Behind a front web server");

  private final String title;

  Group(String title) {
    this.title = title;
  }

  /** The heading. */
  public String title() {
    return title;
  }
}
