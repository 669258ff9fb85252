package dev.wsgibridge;

import java.util.Optional;

/**
 * Finds the application that a text names: {@code dev.example.Hello}, {@code mysite.wsgi:app},
 * {@code hello.py}. A module that knows a kind of application registers its loader with {@link
 * java.util.ServiceLoader}; {@link Applications#load} asks each in turn.
 */
public interface ApplicationLoader {

  /**
   * Loads an application, ready for requests.
   *
   * @param name what the user wrote
   * @param options where to look, and how to run it
   * @return empty where the name is not of this loader's kind
   * @throws LoadException the name is of this kind, and can't be loaded
   */
  Optional<Application> load(String name, LoadOptions options) throws LoadException;
}
