package dev.wsgibridge.launcher;

import dev.wsgibridge.launcher.FrontModule.Way;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the application listens, as its front sees it. */
record FrontBind(String protocol, Way way, String host, int port, String path) {

  private static final Pattern FORM =
      Pattern.compile("([a-z]+)(?:://(\\[[^]]*]|[^:/]+):(\\d{1,5})/?|\\+unix://(/.*)|\\+fd:(0))");

  static FrontBind parse(String url) throws RefusedException {
    Matcher form = FORM.matcher(url);
    if (!form.matches()) {
      throw new RefusedException("--bind: '%s': expected fcgi://HOST:PORT".formatted(url));
    }
    if (form.group(5) != null) {
      return new FrontBind(form.group(1), Way.INHERITED, "", 0, "");
    }
    if (form.group(4) != null) {
      return new FrontBind(form.group(1), Way.UNIX, "", 0, form.group(4));
    }
    return new FrontBind(
        form.group(1), Way.TCP, form.group(2), Integer.parseInt(form.group(3)), "");
  }

  static FrontBind usual(FrontModule module) {
    if (module.isCgi() || !module.reaches(Way.TCP)) {
      return new FrontBind(module.protocol(), Way.INHERITED, "", 0, "");
    }
    return new FrontBind(
        module.protocol(), Way.TCP, "127.0.0.1", module.protocol().equals("ajp") ? 8009 : 9000, "");
  }

  String authority() {
    return host + ":" + port;
  }

  @Override
  public String toString() {
    return switch (way) {
      case TCP -> protocol + "://" + authority();
      case UNIX -> protocol + "+unix://" + path;
      case INHERITED -> protocol + "+fd:0";
    };
  }
}
