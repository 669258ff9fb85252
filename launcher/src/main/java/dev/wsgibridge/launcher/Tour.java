package dev.wsgibridge.launcher;

import dev.wsgibridge.Application;
import dev.wsgibridge.Applications;
import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * What is served when nothing else is asked for: a page of a Python application, with a Java
 * application beside it. Where no Python can run, Java serves the page alone.
 */
final class Tour {

  private Tour() {}

  /**
   * The tour's applications, by prefix.
   *
   * @throws LoadException the Python that was asked for can't run
   */
  static Map<String, Application> load(LoadOptions options) throws LoadException {
    Map<String, Application> tour = new LinkedHashMap<>();
    tour.put("/java", new TourInJava(false));
    try {
      tour.put("", Applications.load(unpacked().toString(), options));
    } catch (IOException | LoadException e) {
      if (!options.python().equals(LoadOptions.AUTO) && e instanceof LoadException refused) {
        throw refused;
      }
      LoggerFactory.getLogger(Tour.class)
          .warn("the tour goes on without its Python half: {}", e.getMessage());
      tour.put("", new TourInJava(true));
    }
    return tour;
  }

  /** Python loads files, not resources. */
  private static Path unpacked() throws IOException {
    Path folder = Files.createTempDirectory("wsgi-bridge-tour");
    folder.toFile().deleteOnExit();
    for (String name : new String[] {"tour.html", "tour.py"}) {
      Path file = folder.resolve(name);
      Files.write(file, resource(name));
      file.toFile().deleteOnExit();
    }
    return folder.resolve("tour.py");
  }

  /** A file of the tour's. */
  static byte[] resource(String name) throws IOException {
    try (InputStream resource = Tour.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new FileNotFoundException(name);
      }
      return resource.readAllBytes();
    }
  }
}
