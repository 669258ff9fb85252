package dev.wsgibridge.python;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Where Python's output and log records go: slf4j. */
public final class PythonLog {

  /** Python's number of the level. */
  static final int WARNING = 30;

  private PythonLog() {}

  /**
   * Logs what Python said.
   *
   * @param logger the name of Python's logger; {@code python.stdout} and {@code python.stderr} for
   *     what is printed
   * @param level Python's number of the level: 10 debug, 20 info, 30 warning, 40 error and above
   * @param text with line ends between lines only
   */
  public static void log(String logger, int level, String text) {
    Logger log = LoggerFactory.getLogger(logger);
    log.atLevel(slf4j(level)).log(text);
  }

  private static Level slf4j(int level) {
    if (level >= 40) {
      return Level.ERROR;
    } else if (level >= 30) {
      return Level.WARN;
    } else if (level >= 20) {
      return Level.INFO;
    } else {
      return level >= 10 ? Level.DEBUG : Level.TRACE;
    }
  }
}
