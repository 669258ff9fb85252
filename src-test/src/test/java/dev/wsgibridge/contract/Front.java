package dev.wsgibridge.contract;

import dev.wsgibridge.contract.front.FrontServer;
import java.util.List;
import java.util.Map;

/**
 * A way of a front server to a bridge: its module, the protocol, how it is configured.
 *
 * <p>The configuration is the text that {@code wsgi-bridge front} prints, word for word.
 */
enum Front {
  APACHE_PROXY_FCGI(
      "mod_proxy_fcgi, ProxyPass",
      FrontServer.APACHE,
      "proxy_fcgi",
      "fcgi",
      "",
      "--keep-alive off"),
  APACHE_PROXY_FCGI_REUSE(
      "mod_proxy_fcgi, ProxyPass, enablereuse",
      FrontServer.APACHE,
      "proxy_fcgi",
      "fcgi+unix",
      "/mounted/here",
      "--keep-alive on"),
  APACHE_HANDLER_FCGI(
      "mod_proxy_fcgi, SetHandler",
      FrontServer.APACHE,
      "proxy_fcgi",
      "fcgi",
      "/mounted/here",
      "--via sethandler --keep-alive off"),
  APACHE_HANDLER_FCGI_REUSE(
      "mod_proxy_fcgi, SetHandler, enablereuse",
      FrontServer.APACHE,
      "proxy_fcgi",
      "fcgi+unix",
      "",
      "--via sethandler --keep-alive on"),
  APACHE_PROXY_SCGI("mod_proxy_scgi", FrontServer.APACHE, "proxy_scgi", "scgi", "", ""),
  APACHE_PROXY_UWSGI("mod_proxy_uwsgi", FrontServer.APACHE, "proxy_uwsgi", "uwsgi", "", ""),
  APACHE_PROXY_AJP("mod_proxy_ajp", FrontServer.APACHE, "proxy_ajp", "ajp", "", ""),
  APACHE_JK("mod_jk", FrontServer.APACHE, "jk", "ajp", "", "--module mod_jk"),
  APACHE_FCGID("mod_fcgid", FrontServer.APACHE, "fcgid", "fcgi+fd", "", "--bind fcgi+fd:0"),
  APACHE_CGID("mod_cgid", FrontServer.APACHE, "cgid", "cgi", "", "--module mod_cgid"),
  APACHE_CGI_FCGI(
      "mod_cgid, cgi-fcgi", FrontServer.APACHE, "cgid", "fcgi+cgi", "", "--module mod_cgid"),

  NGINX_FASTCGI(
      "fastcgi", FrontServer.NGINX, "fastcgi", "fcgi", "/mounted/here", "--keep-alive off"),
  NGINX_FASTCGI_KEEP_ALIVE(
      "fastcgi, keep-alive", FrontServer.NGINX, "fastcgi", "fcgi+unix", "", "--keep-alive on"),
  NGINX_FASTCGI_UNIX("fastcgi", FrontServer.NGINX, "fastcgi", "fcgi+unix", "", "--keep-alive off"),
  NGINX_FASTCGI_TCP_KEEP_ALIVE(
      "fastcgi, keep-alive",
      FrontServer.NGINX,
      "fastcgi",
      "fcgi",
      "/mounted/here",
      "--keep-alive on"),
  NGINX_SPAWN_FCGI(
      "fastcgi, spawn-fcgi", FrontServer.NGINX, "fastcgi", "fcgi+spawn", "", "--keep-alive on"),
  NGINX_SCGI("scgi", FrontServer.NGINX, "scgi", "scgi", "", ""),
  NGINX_SCGI_UNIX("scgi", FrontServer.NGINX, "scgi", "scgi+unix", "/mounted/here", ""),
  NGINX_UWSGI("uwsgi", FrontServer.NGINX, "uwsgi", "uwsgi+unix", "", ""),
  NGINX_UWSGI_TCP("uwsgi", FrontServer.NGINX, "uwsgi", "uwsgi", "/mounted/here", ""),

  LIGHTTPD_FASTCGI("mod_fastcgi", FrontServer.LIGHTTPD, "mod_fastcgi", "fcgi", "/mounted/here", ""),
  LIGHTTPD_STARTS_FASTCGI(
      "mod_fastcgi, bin-path",
      FrontServer.LIGHTTPD,
      "mod_fastcgi",
      "fcgi+fd",
      "",
      "--bind fcgi+fd:0 --split mount"),
  LIGHTTPD_CGI("mod_cgi", FrontServer.LIGHTTPD, "mod_cgi", "cgi", "", "--module mod_cgi"),
  LIGHTTPD_SCGI("mod_scgi", FrontServer.LIGHTTPD, "mod_scgi", "scgi+unix", "", ""),
  LIGHTTPD_UWSGI("mod_scgi, uwsgi", FrontServer.LIGHTTPD, "mod_scgi", "uwsgi", "", ""),
  LIGHTTPD_AJP("mod_ajp13", FrontServer.LIGHTTPD, "mod_ajp13", "ajp", "", ""),

  CADDY_FASTCGI("fastcgi", FrontServer.CADDY, "fastcgi", "fcgi", "/mounted/here", ""),

  HAPROXY_FASTCGI("fcgi-app", FrontServer.HAPROXY, "fcgi-app", "fcgi+unix", "", "");

  static final String CGI_FCGI = "cgi-fcgi";
  static final String SPAWN_FCGI = "spawn-fcgi";

  private final String title;
  private final FrontServer server;
  private final String module;
  private final String protocol;
  private final String mount;
  private final String options;

  Front(
      String title,
      FrontServer server,
      String module,
      String protocol,
      String mount,
      String options) {
    this.title = title;
    this.server = server;
    this.module = module;
    this.protocol = protocol;
    this.mount = mount;
    this.options = options;
  }

  /** For the reader of a report. */
  String title() {
    return title;
  }

  FrontServer server() {
    return server;
  }

  /** Why it can't run here; empty where it can. */
  String missing() {
    String missing = server.missing();
    if (missing.isEmpty() && (throughCgi() || spawned())) {
      missing = FrontServer.missingProgram(throughCgi() ? CGI_FCGI : SPAWN_FCGI);
    }
    if (missing.isEmpty() && startsIt()) {
      missing = FrontServer.outOfReach(Servers.project());
    }
    return missing.isEmpty() ? server.missing(module) : missing;
  }

  /** Whether the front itself starts the application, in processes of its own. */
  boolean startsIt() {
    return protocol.equals("fcgi+fd") || protocol.equals("cgi");
  }

  /** Whether the front runs cgi-fcgi by CGI, which hands on to the bridge by FastCGI. */
  boolean throughCgi() {
    return protocol.equals("fcgi+cgi");
  }

  /** Whether spawn-fcgi starts the bridge. */
  boolean spawned() {
    return protocol.equals("fcgi+spawn");
  }

  /** What the bridge listens to. */
  String protocol() {
    return protocol;
  }

  /** The same for the reader of a report: {@code FastCGI, Unix}. */
  String protocolTitle() {
    String[] parts = protocol.split("\\+", -1);
    String name =
        switch (parts[0]) {
          case "fcgi" -> "FastCGI";
          case "scgi" -> "SCGI";
          case "uwsgi" -> "uwsgi";
          case "ajp" -> "AJP";
          default -> "CGI";
        };
    String socket = parts.length == 1 ? "" : parts[1];
    return switch (socket) {
      case "unix" -> name + ", Unix";
      case "fd", "spawn" -> name + ", fd 0";
      default -> name;
    };
  }

  /** The path below which the application is. */
  String mount() {
    return mount;
  }

  /** What the bridge is told beside the application, and {@code wsgi-bridge front} with it. */
  List<String> serving() {
    // lighttpd can't tell a secret.
    boolean secret = protocol.startsWith("ajp") && server == FrontServer.APACHE;
    return secret ? List.of("--ajp-secret", "Xe7+nobody-knows") : List.of();
  }

  /** What {@code wsgi-bridge front} needs to be told, beside the bridge's own options. */
  List<String> options() {
    return words(options);
  }

  /** See {@link Server#deviations}. */
  Map<String, Deviation> deviations() {
    return FrontDeviations.of(this);
  }

  private static List<String> words(String options) {
    return options.isEmpty() ? List.of() : List.of(options.split(" ", -1));
  }
}
