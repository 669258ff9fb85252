package dev.wsgibridge.options;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What several sources say, put in order: for each option the strongest that names it wins. A
 * list's values come from one source; they aren't added up.
 *
 * <p>Which application is served is one question, though it has two options: whoever names an
 * {@link Option#APP} or a {@link Option#MOUNT} answers it, and weaker sources are not asked for
 * either.
 */
public final class Settings {

  private static final Set<Option> APPLICATIONS = Set.of(Option.APP, Option.MOUNT);

  private final Map<Option, List<Setting>> settings;
  private final Map<Option, List<Setting>> overridden;
  private final boolean container;

  private Settings(
      Map<Option, List<Setting>> settings,
      Map<Option, List<Setting>> overridden,
      boolean container) {
    this.settings = settings;
    this.overridden = overridden;
    this.container = container;
  }

  /** Of the strongest source. */
  public static Settings of(List<Setting> source) {
    return new Settings(Map.of(), Map.of(), false).over(source);
  }

  /** Of init-params; what they leave out has the defaults that hold in a container. */
  public static Settings inContainer(List<Setting> initParams) {
    return new Settings(Map.of(), Map.of(), true).over(initParams);
  }

  /** Returns a copy in which a further source says what these leave open. */
  public Settings over(List<Setting> weaker) {
    Map<Option, List<Setting>> found = copy(settings);
    Map<Option, List<Setting>> lost = copy(overridden);
    boolean applications = APPLICATIONS.stream().anyMatch(settings::containsKey);
    for (Setting setting : weaker) {
      Option option = setting.option();
      boolean known =
          settings.containsKey(option) || (applications && APPLICATIONS.contains(option));
      (known ? lost : found).computeIfAbsent(option, key -> new ArrayList<>()).add(setting);
    }
    return new Settings(found, lost, container);
  }

  private static Map<Option, List<Setting>> copy(Map<Option, List<Setting>> map) {
    Map<Option, List<Setting>> copy = new EnumMap<>(Option.class);
    map.forEach((option, list) -> copy.put(option, new ArrayList<>(list)));
    return copy;
  }

  /** The value in force, and where it comes from; empty where the option isn't given. */
  public Optional<Setting> find(Option option) {
    return Optional.ofNullable(settings.get(option)).map(list -> list.get(0));
  }

  /** What was said of an option and doesn't count, the strongest first. */
  public List<Setting> overridden(Option option) {
    return List.copyOf(overridden.getOrDefault(option, List.of()));
  }

  /** Whether somebody gave the option. A platform's variable is no more than a default. */
  public boolean given(Option option) {
    return find(option).filter(at -> at.origin().source() != Origin.Source.PLATFORM).isPresent();
  }

  /** Where the option was given, as messages name it: {@code --workers} where it wasn't. */
  public String name(Option option) {
    return find(option).map(setting -> setting.origin().name()).orElse(option.flag());
  }

  /**
   * Names the place in a message that begins with an option's name on the command line: {@code
   * --workers: found …} becomes {@code WSGI_BRIDGE_WORKERS: found …} where it was given there.
   */
  public String located(String message) {
    for (Map.Entry<Option, List<Setting>> entry : settings.entrySet()) {
      String flag = entry.getKey().flag();
      Setting setting = entry.getValue().get(0);
      if (setting.origin().source() != Origin.Source.COMMAND_LINE
          && setting.origin().source() != Origin.Source.SCRIPT
          && message.startsWith(flag)
          && !message.startsWith("-", flag.length())) {
        return setting.origin().name() + message.substring(flag.length());
      }
    }
    return message;
  }

  /** A text; null where it isn't given and has no default. */
  public @Nullable String text(Option option) {
    return (String) value(option);
  }

  /** A text, or another one where it isn't given and has no default. */
  public String text(Option option, String otherwise) {
    String text = text(option);
    return text == null ? otherwise : text;
  }

  /** A list; empty where it isn't given and has no default. */
  public List<String> texts(Option option) {
    List<String> texts = new ArrayList<>();
    if (value(option) instanceof List<?> list) {
      list.forEach(text -> texts.add((String) text));
    }
    return texts;
  }

  /** Whether a flag is on. */
  public boolean flag(Option option) {
    return value(option) instanceof Boolean flag && flag;
  }

  /** A number that has a default. */
  public int number(Option option) {
    return number(option, 0);
  }

  /** A number, or another one where it isn't given and has no default. */
  public int number(Option option, int otherwise) {
    return value(option) instanceof Integer number ? number : otherwise;
  }

  /** A time that has a default. */
  public Duration time(Option option) {
    return value(option) instanceof Duration time ? time : Duration.ZERO;
  }

  /** The value in force, a default too; null where it isn't given and has no default. */
  public @Nullable Object value(Option option) {
    Optional<Setting> found = find(option);
    if (found.isPresent()) {
      return found.get().value();
    }
    String fallback = container ? option.fallbackInContainer() : option.fallback();
    if (fallback == null) {
      return null;
    }
    Object value = option.read(fallback);
    return option.type() == OptionType.TEXTS ? List.of(value) : value;
  }
}
