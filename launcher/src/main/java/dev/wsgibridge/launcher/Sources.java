package dev.wsgibridge.launcher;

import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.OptionException;
import dev.wsgibridge.options.Setting;
import dev.wsgibridge.options.Settings;
import dev.wsgibridge.options.Variables;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParseResult;

/**
 * Where the command finds its options, the strongest first: the command line, the environment, a
 * file.
 *
 * @param environment the variables of the process
 * @param folder the current one
 */
record Sources(Map<String, String> environment, Path folder) {

  /** The file that is read without being named. */
  static final String FILE = "wsgi-bridge.toml";

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
    settings = settings.over(Variables.read(environment, options));
    List<Setting> file = new ArrayList<>();
    for (Setting setting : file(settings)) {
      if (options.contains(setting.option())) {
        file.add(setting);
      }
    }
    return settings.over(file);
  }

  private List<Setting> file(Settings stronger) {
    String named = stronger.text(Option.CONFIG);
    if (named != null) {
      return ConfigFile.read(folder.resolve(named), named);
    }
    Path usual = folder.resolve(FILE);
    return Files.isRegularFile(usual) ? ConfigFile.read(usual, FILE) : List.of();
  }

  /** With what the hosting platform says, which is no more than a default. */
  Settings withPlatform(Settings settings) {
    return settings.over(Variables.ofPlatform(environment, settings));
  }
}
