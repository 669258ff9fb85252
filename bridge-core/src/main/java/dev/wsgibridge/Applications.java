package dev.wsgibridge;

import java.lang.reflect.InvocationTargetException;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Loads applications by name: Java classes here, other kinds by their {@link ApplicationLoader}.
 */
public final class Applications {

  private Applications() {}

  /**
   * Loads the application that {@code name} names.
   *
   * @param name a class that implements {@link Application} and has a public constructor without
   *     parameters, or what a registered {@link ApplicationLoader} understands
   * @param options where to look, and how to run it
   * @return ready for requests; to be closed after the last one if it is {@link AutoCloseable}
   * @throws LoadException nothing of that name was found, or it can't be loaded
   */
  public static Application load(String name, LoadOptions options) throws LoadException {
    Optional<Application> application = javaClass(name, options.classLoader());
    if (application.isPresent()) {
      return application.get();
    }
    for (ApplicationLoader loader :
        ServiceLoader.load(ApplicationLoader.class, options.classLoader())) {
      application = loader.load(name, options);
      if (application.isPresent()) {
        return application.get();
      }
    }
    throw new LoadException(
        "no application '%s': it is no class on the class path, and nothing here runs any other kind;"
                .formatted(name)
            + " name a class that implements "
            + Application.class.getName()
            + ", or add bridge-python for Python's");
  }

  private static Optional<Application> javaClass(String name, ClassLoader classLoader)
      throws LoadException {
    Class<?> type;
    try {
      type = Class.forName(name, true, classLoader);
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    } catch (LinkageError e) {
      throw new LoadException("class %s can't be loaded: %s".formatted(name, e), e);
    }
    if (!Application.class.isAssignableFrom(type)) {
      throw new LoadException(
          "class %s is no application: it should implement %s"
              .formatted(name, Application.class.getName()));
    }
    try {
      return Optional.of((Application) type.getConstructor().newInstance());
    } catch (InvocationTargetException e) {
      throw new LoadException(
          "class %s failed in its constructor: %s".formatted(name, e.getCause()), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LoadException(
          "class %s can't be constructed: it should be public, not abstract, with a public constructor without parameters"
              .formatted(name),
          e);
    }
  }
}
