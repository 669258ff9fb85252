package dev.wsgibridge.options;

/** Who reads an option. */
public enum Reader {
  /** The server that the command starts. */
  SERVER("the server"),
  /** What runs Python: worker processes, or threads inside the JVM. */
  WORKER("Python's workers and threads"),
  /** {@code front}, which prints the configuration of a web server. */
  WEB_SERVER("`front`"),
  /** {@code cgi}. */
  CGI("`cgi`"),
  /** {@code check}. */
  CHECK("`check`"),
  /** Servlet and filter, by an init-param, and {@code war}, which writes it. */
  CONTAINER("servlet, filter and `war`");

  private final String title;

  Reader(String title) {
    this.title = title;
  }

  /** For the documentation, in Markdown. */
  public String title() {
    return title;
  }
}
