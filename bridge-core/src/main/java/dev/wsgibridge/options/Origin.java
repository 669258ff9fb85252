package dev.wsgibridge.options;

/**
 * Where a value comes from.
 *
 * @param source the kind of place
 * @param name how messages name it: {@code --workers}, {@code WSGI_BRIDGE_WORKERS}, {@code
 *     wsgi-bridge.toml:3: workers}, {@code init-param workers}
 */
public record Origin(Source source, String name) {

  /** Kinds of places, the strongest first. */
  public enum Source {
    /** The command line. */
    COMMAND_LINE,
    /** A variable of this project's own. */
    ENVIRONMENT,
    /** The configuration file. */
    FILE,
    /** An init-param of a servlet or a filter. */
    INIT_PARAM,
    /** A Python script that starts a server itself. */
    SCRIPT,
    /** A variable that hosting platforms set for any server, in the place of a default. */
    PLATFORM
  }
}
