package dev.wsgibridge.launcher;

import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.OptionException;
import dev.wsgibridge.options.Settings;
import dev.wsgibridge.options.Variables;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParseResult;

/**
 * Where the command finds its options, the strongest first: the command line, the environment.
 *
 * @param environment the variables of the process
 */
record Sources(Map<String, String> environment) {

  private static final Logger LOG = LoggerFactory.getLogger("wsgi-bridge");

  /**
   * Reads them.
   *
   * @param app the application that the command line names, null for none
   * @param options those that may come from elsewhere than the command line
   * @throws OptionException one has a value that can't be
   */
  Settings read(ParseResult parsed, @Nullable String app, Collection<Option> options) {
    Settings settings = Settings.of(CommandLineOptions.read(parsed, app));
    if (options.isEmpty()) {
      return settings;
    }
    // Others may have set them, for a purpose of their own: so that is no reason to stop.
    Variables.unknown(environment).forEach(LOG::warn);
    return settings.over(Variables.read(environment, options));
  }

  /** With what the hosting platform says, which is no more than a default. */
  Settings withPlatform(Settings settings) {
    return settings.over(Variables.ofPlatform(environment, settings));
  }
}
