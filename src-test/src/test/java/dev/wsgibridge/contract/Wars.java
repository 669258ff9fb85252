package dev.wsgibridge.contract;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The fixtures as a WAR, made of what the tests' own class path has: nothing is downloaded, nothing
 * has to be packaged before.
 */
final class Wars {

  /** A web application's Python is beside the JVM unless this is said. */
  private static final String IN_THE_JVM =
      "<init-param><param-name>workers</param-name><param-value>0</param-value></init-param>";

  /** As for {@code ./run}: see {@link Servers#application}. */
  private static final String PATIENT =
      "<init-param><param-name>timeout</param-name><param-value>120</param-value></init-param>";

  private Wars() {}

  /** Makes the WAR, once for all containers that serve it. */
  static synchronized Path of(Hosted hosted) throws IOException {
    Path folder = Files.createDirectories(Servers.module().resolve("target/contract"));
    Path war = folder.resolve(hosted.name().toLowerCase(Locale.ROOT) + ".war");
    Path unfinished = Files.createTempFile(folder, "war", null);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(unfinished))) {
      // Jars are compressed already, and the reader is next door.
      zip.setLevel(Deflater.NO_COMPRESSION);
      add(zip, "WEB-INF/web.xml", webXml(hosted).getBytes(StandardCharsets.UTF_8));
      if (hosted.isPython()) {
        addFolder(
            zip, "WEB-INF/python/", Servers.python(), file -> file.toString().endsWith(".py"));
      }
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        Path path = Path.of(entry);
        if (path.equals(Servers.module().resolve("target/classes"))) {
          addFolder(zip, "WEB-INF/classes/", path, file -> true);
        } else if (belongs(path, hosted)) {
          addLibrary(zip, path);
        }
      }
    }
    return Files.move(unfinished, war, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String webXml(Hosted hosted) {
    return """
      <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
        <servlet>
          <servlet-name>fixtures</servlet-name>
          <servlet-class>dev.wsgibridge.servlet.WsgiServlet</servlet-class>
          <init-param>
            <param-name>application</param-name>
            <param-value>%s</param-value>
          </init-param>
          <init-param>
            <param-name>python</param-name>
            <param-value>%s</param-value>
          </init-param>
          %s
          <init-param>
            <param-name>python-path</param-name>
            <param-value>/WEB-INF/python</param-value>
          </init-param>
          <load-on-startup>1</load-on-startup>
        </servlet>
        <servlet-mapping>
          <servlet-name>fixtures</servlet-name>
          <url-pattern>/*</url-pattern>
        </servlet-mapping>
      </web-app>
      """
        .formatted(
            hosted.application().replace(".py:", ":"),
            hosted.isPython() ? hosted.python() : "auto",
            hosted.python().equals("graalpy")
                ? PATIENT
                : hosted.python().equals("python3") && hosted.isInJvm() ? IN_THE_JVM : "");
  }

  /**
   * Whether a part of the class path has to be in the web application. Truffle's compiler must not:
   * on a JVM with the Graal compiler it breaks GraalPy.
   */
  private static boolean belongs(Path path, Hosted hosted) {
    boolean graalPy = hosted.python().equals("graalpy");
    String name = path.toString().replace(File.separatorChar, '/');
    return Stream.of("/bridge-core/", "/slf4j-api/", "/slf4j-simple/", "/jspecify/")
            .anyMatch(name::contains)
        || (hosted.isPython() && name.contains("/bridge-python/"))
        || (hosted.isPython() && !graalPy && name.contains("/bridge-python-ffm/"))
        || (graalPy && name.contains("/org/bouncycastle/"))
        || (graalPy && name.contains("/org/graalvm/") && !name.contains("/truffle-compiler/"));
  }

  private static void addLibrary(ZipOutputStream zip, Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      add(zip, "WEB-INF/lib/" + path.getFileName(), Files.readAllBytes(path));
    } else if (Files.isDirectory(path)) {
      // A module of this build, as its classes: target/classes
      Path jar = Files.createTempFile("classes", ".jar");
      try {
        try (OutputStream out = Files.newOutputStream(jar);
            ZipOutputStream inner = new ZipOutputStream(out)) {
          addFolder(inner, "", path, file -> true);
        }
        String module = path.getName(path.getNameCount() - 3).toString();
        add(zip, "WEB-INF/lib/" + module + ".jar", Files.readAllBytes(jar));
      } finally {
        Files.delete(jar);
      }
    }
  }

  private static void addFolder(
      ZipOutputStream zip, String prefix, Path folder, Predicate<Path> wanted) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).filter(wanted).sorted().toList();
    }
    for (Path file : files) {
      String name = folder.relativize(file).toString().replace(File.separatorChar, '/');
      add(zip, prefix + name, Files.readAllBytes(file));
    }
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content);
    zip.closeEntry();
  }
}
