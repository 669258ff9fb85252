package dev.wsgibridge.launcher;

import dev.wsgibridge.options.Option;
import dev.wsgibridge.options.OptionException;
import dev.wsgibridge.options.OptionType;
import dev.wsgibridge.options.Origin;
import dev.wsgibridge.options.Reader;
import dev.wsgibridge.options.Setting;
import dev.wsgibridge.options.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The command line, by the table of options. */
final class CommandLineOptions {

  /** gunicorn's short form of --bind, which has its own way to write an address. */
  private static final String SHORT_BIND = "-b";

  private CommandLineOptions() {}

  /** The options that somebody reads, in the order of the table, but for the application. */
  static List<Option> readBy(Reader reader) {
    List<Option> options = new ArrayList<>();
    for (Option option : Option.values()) {
      if (option != Option.APP && option.readers().contains(reader)) {
        options.add(option);
      }
    }
    return options;
  }

  /** The same, and the application. */
  static List<Option> withApplication(Reader reader) {
    List<Option> options = readBy(reader);
    options.add(Option.APP);
    return options;
  }

  /**
   * The application, for a command that needs one.
   *
   * @throws ParameterException neither the command line nor another source names any
   */
  static String requireApplication(ParseResult parsed, Settings settings) {
    String app = settings.text(Option.APP);
    if (app == null) {
      throw new ParameterException(
          parsed.commandSpec().commandLine(), "Missing required parameter: 'APP'");
    }
    return app;
  }

  /** The application, which may also come from another source. */
  static PositionalParamSpec app() {
    return PositionalParamSpec.builder()
        .paramLabel("APP")
        .type(String.class)
        .arity("0..1")
        .hidden(true)
        .build();
  }

  /** Adds options to a command. */
  static void add(CommandSpec spec, Collection<Option> options) {
    options.forEach(option -> specs(option).forEach(spec::addOption));
  }

  /** An option as picocli has it, and what belongs to it. */
  static List<OptionSpec> specs(Option option) {
    List<OptionSpec> specs = new ArrayList<>();
    OptionSpec.Builder builder =
        option.shortName().isEmpty()
            ? OptionSpec.builder(option.flag())
            : OptionSpec.builder(option.shortName(), option.flag());
    builder.description(description(option));
    if (option.type() == OptionType.FLAG) {
      specs.add(builder.type(boolean.class).build());
      specs.add(OptionSpec.builder(off(option)).type(boolean.class).hidden(true).build());
      return specs;
    }
    builder.paramLabel(option.label());
    if (option.type() == OptionType.TEXTS) {
      builder.type(List.class).auxiliaryTypes(String.class);
    } else {
      builder.type(type(option)).converters(converter(option));
    }
    specs.add(builder.build());
    if (option == Option.BIND) {
      specs.add(
          OptionSpec.builder(SHORT_BIND)
              .paramLabel("HOST:PORT")
              .type(List.class)
              .auxiliaryTypes(String.class)
              .converters(new ShortBind())
              .description("--bind http://HOST:PORT, as gunicorn writes it; unix:/PATH too")
              .build());
    }
    return specs;
  }

  private static String description(Option option) {
    return option.notGiven().isEmpty()
        ? option.help()
        : "%s. Default: %s".formatted(option.help(), option.notGiven());
  }

  /** Turns off a flag that another source turns on. */
  private static String off(Option flag) {
    return "--no-" + flag.key();
  }

  private static Class<?> type(Option option) {
    return switch (option.type()) {
      case NUMBER -> Integer.class;
      case TIME -> Duration.class;
      default -> String.class;
    };
  }

  private static ITypeConverter<Object> converter(Option option) {
    return text -> {
      try {
        return option.read(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    };
  }

  /**
   * What the command line says.
   *
   * @param app the application that it names, null for none
   * @throws ParameterException it contradicts itself
   */
  static List<Setting> read(ParseResult parsed, @Nullable String app) {
    List<Setting> settings = new ArrayList<>();
    if (app != null) {
      settings.add(new Setting(Option.APP, app, new Origin(Origin.Source.COMMAND_LINE, "APP")));
    }
    for (Option option : Option.values()) {
      Object value =
          switch (option.type()) {
            case FLAG -> flag(parsed, option);
            case TEXTS -> texts(parsed, option);
            default -> parsed.matchedOptionValue(option.flag(), (Object) null);
          };
      if (value != null) {
        settings.add(
            new Setting(option, value, new Origin(Origin.Source.COMMAND_LINE, option.flag())));
      }
    }
    return settings;
  }

  private static @Nullable Boolean flag(ParseResult parsed, Option option) {
    boolean on = parsed.hasMatchedOption(option.flag());
    boolean off = parsed.hasMatchedOption(off(option));
    if (on && off) {
      throw new ParameterException(
          parsed.commandSpec().commandLine(),
          "found %s and %s, expected one of them".formatted(option.flag(), off(option)));
    }
    return (on || off) ? on : null;
  }

  private static @Nullable List<String> texts(ParseResult parsed, Option option) {
    List<String> texts =
        new ArrayList<>(parsed.matchedOptionValue(option.flag(), List.<String>of()));
    if (option == Option.BIND) {
      texts.addAll(parsed.matchedOptionValue(SHORT_BIND, List.<String>of()));
    }
    return texts.isEmpty() ? null : texts;
  }

  /**
   * What a script asks for that starts a server itself.
   *
   * @param written {@code --NAME=VALUE}, each
   * @throws OptionException one of them is wrong
   */
  static List<Setting> ofScript(List<String> written) {
    Map<Option, List<String>> values = new EnumMap<>(Option.class);
    for (String word : written) {
      int equals = word.indexOf('=');
      Option option = option(word.substring(0, equals));
      values.computeIfAbsent(option, key -> new ArrayList<>()).add(word.substring(equals + 1));
    }
    List<Setting> settings = new ArrayList<>();
    values.forEach(
        (option, texts) ->
            settings.add(
                Setting.read(option, texts, new Origin(Origin.Source.SCRIPT, option.flag()))));
    return settings;
  }

  private static Option option(String flag) {
    for (Option option : Option.values()) {
      if (option.flag().equals(flag)) {
        return option;
      }
    }
    throw new OptionException("%s: there is no such option".formatted(flag));
  }

  /** Settings as words of a command line. */
  static List<String> written(Setting setting) {
    String flag = setting.option().flag();
    if (setting.value() instanceof Boolean on) {
      return List.of(on ? flag : off(setting.option()));
    }
    List<?> values = setting.value() instanceof List<?> list ? list : List.of(setting.value());
    return values.stream().map(value -> flag + "=" + Option.written(value)).toList();
  }
}
