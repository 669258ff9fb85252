package dev.wsgibridge.options;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The environment variables that say what options say. */
public final class Variables {

  /** How the names of our own begin. */
  public static final String PREFIX = "WSGI_BRIDGE_";

  /** The port to listen at, as hosting platforms name it: at every address, over HTTP. */
  public static final String PORT = "PORT";

  /** The number of workers, as hosting platforms name it. */
  public static final String WEB_CONCURRENCY = "WEB_CONCURRENCY";

  /** Of our own, and no options. */
  private static final Set<String> OTHERS = Set.of(PREFIX + "PYTHON_PROBE", PREFIX + "GRAALPY_JIT");

  /** What Kubernetes and Docker set for a service that is called wsgi-bridge. */
  private static final Pattern SERVICE =
      Pattern.compile(PREFIX + "(.+_)?(SERVICE_(HOST|PORT)|PORT|NAME|ENV)(_.*)?");

  private static final int MOST_PORT = 65_535;

  private Variables() {}

  /**
   * Reads the variables of our own. An empty one counts as none.
   *
   * @param options those that are asked for
   * @throws OptionException a variable has a value that its option can't have
   */
  public static List<Setting> read(Map<String, String> environment, Collection<Option> options) {
    List<Setting> settings = new ArrayList<>();
    for (Option option : options) {
      String text = environment.getOrDefault(option.variable(), "");
      if (!text.isEmpty()) {
        Origin origin = new Origin(Origin.Source.ENVIRONMENT, option.variable());
        settings.add(Setting.read(option, text, origin));
      }
    }
    return settings;
  }

  /**
   * Reads what platforms set, for the options that nobody gave: they stand in for defaults, as they
   * do for gunicorn.
   *
   * @throws OptionException a variable has a value that can't be
   */
  public static List<Setting> ofPlatform(Map<String, String> environment, Settings stronger) {
    List<Setting> settings = new ArrayList<>();
    String port = environment.getOrDefault(PORT, "");
    if (!port.isEmpty() && !stronger.given(Option.BIND)) {
      if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > MOST_PORT) {
        throw new OptionException(
            "%s: found '%s', expected a port, 0 to %d".formatted(PORT, port, MOST_PORT));
      }
      settings.add(
          new Setting(
              Option.BIND,
              List.of("http://0.0.0.0:" + port),
              new Origin(Origin.Source.PLATFORM, PORT)));
    }
    String workers = environment.getOrDefault(WEB_CONCURRENCY, "");
    if (!workers.isEmpty() && !stronger.given(Option.WORKERS)) {
      settings.add(
          Setting.read(
              Option.WORKERS, workers, new Origin(Origin.Source.PLATFORM, WEB_CONCURRENCY)));
    }
    return settings;
  }

  /**
   * What is to be said of variables that begin as ours do, and are none.
   *
   * @return a line for each
   */
  public static List<String> unknown(Map<String, String> environment) {
    List<String> lines = new ArrayList<>();
    List<String> known = new ArrayList<>(OTHERS);
    for (Option option : Option.values()) {
      known.add(option.variable());
    }
    for (String name : new TreeMap<>(environment).keySet()) {
      if (name.startsWith(PREFIX) && !known.contains(name) && !SERVICE.matcher(name).matches()) {
        Optional<Option> meant = Names.nearest(name.substring(PREFIX.length()));
        lines.add(
            "%s: there is no such option%s"
                .formatted(
                    name,
                    meant.map(option -> "; did you mean " + option.variable() + "?").orElse("")));
      }
    }
    return lines;
  }
}
