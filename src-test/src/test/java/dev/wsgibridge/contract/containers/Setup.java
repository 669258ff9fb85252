package dev.wsgibridge.contract.containers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a container is started with.
 *
 * @param wars the WAR files by the name that they are deployed under; {@code ROOT} is the root
 * @param javaHome the JDK that runs the container
 * @param jvmOptions further options of that JVM
 * @param unpacking whether Tomcat unpacks the WARs; Jetty always does
 * @param shared jars for the class loader above all web applications; Tomcat only
 */
public record Setup(
    Map<String, Path> wars,
    Path javaHome,
    List<String> jvmOptions,
    Unpacking unpacking,
    List<Path> shared) {

  /** Where a web application lives while it runs. */
  public enum Unpacking {
    UNPACKED,
    IN_THE_WAR
  }

  /** Keeps copies. */
  public Setup {
    wars = Map.copyOf(wars);
    jvmOptions = List.copyOf(jvmOptions);
    shared = List.copyOf(shared);
  }

  /** These WARs on the JDK that runs the tests. */
  public static Setup of(Map<String, Path> wars) {
    Path javaHome = Path.of(System.getProperty("java.home"));
    return new Setup(wars, javaHome, List.of(), Unpacking.UNPACKED, List.of());
  }

  /** The same on another JDK. */
  public Setup on(Path otherJavaHome) {
    return new Setup(wars, otherJavaHome, jvmOptions, unpacking, shared);
  }

  /** The same with these options of the JVM and no others. */
  public Setup withJvmOptions(List<String> options) {
    return new Setup(wars, javaHome, options, unpacking, shared);
  }

  /** The same, the WARs left packed. */
  public Setup packed() {
    return new Setup(wars, javaHome, jvmOptions, Unpacking.IN_THE_WAR, shared);
  }

  /** The same with these jars in Tomcat's {@code shared.loader}. */
  public Setup withShared(List<Path> jars) {
    return new Setup(wars, javaHome, jvmOptions, unpacking, jars);
  }
}
