package dev.wsgibridge.launcher;

import org.eclipse.jetty.util.Jetty;
import picocli.CommandLine.IVersionProvider;

/** The versions of this and of what it stands on. */
final class Versions implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String ours = Versions.class.getPackage().getImplementationVersion();
    return new String[] {
      "WSGI Bridge " + (ours == null ? "(unpacked classes)" : ours),
      "Jetty " + Jetty.VERSION,
      "Java %s (%s)".formatted(Runtime.version(), System.getProperty("java.vendor")),
    };
  }
}
