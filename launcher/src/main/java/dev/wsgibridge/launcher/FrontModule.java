package dev.wsgibridge.launcher;

import static dev.wsgibridge.launcher.FrontModule.Way.INHERITED;
import static dev.wsgibridge.launcher.FrontModule.Way.TCP;
import static dev.wsgibridge.launcher.FrontModule.Way.UNIX;

import java.util.List;

/**
 * What a front server has to speak to an application, and the template that sets it up. The first
 * that fits is taken where nothing else is asked for.
 */
enum FrontModule {
  NGINX_FASTCGI("nginx", "ngx_http_fastcgi_module", "fcgi", "nginx.conf", TCP, UNIX),
  NGINX_SCGI("nginx", "ngx_http_scgi_module", "scgi", "nginx.conf", TCP, UNIX),
  NGINX_UWSGI("nginx", "ngx_http_uwsgi_module", "uwsgi", "nginx.conf", TCP, UNIX),

  APACHE_FCGI("apache", "mod_proxy_fcgi", "fcgi", "apache-proxypass.conf", TCP, UNIX),
  APACHE_FCGI_HANDLER("apache", "mod_proxy_fcgi", "fcgi", "apache-sethandler.conf", TCP, UNIX),
  APACHE_FCGID("apache", "mod_fcgid", "fcgi", "apache-fcgid.conf", INHERITED),
  APACHE_AUTHNZ("apache", "mod_authnz_fcgi", "fcgi", "apache-authnz.conf", TCP),
  APACHE_SCGI("apache", "mod_proxy_scgi", "scgi", "apache-proxypass.conf", TCP, UNIX),
  APACHE_UWSGI("apache", "mod_proxy_uwsgi", "uwsgi", "apache-proxypass.conf", TCP, UNIX),
  APACHE_AJP("apache", "mod_proxy_ajp", "ajp", "apache-proxypass.conf", TCP, UNIX),
  APACHE_JK("apache", "mod_jk", "ajp", "apache-jk.conf", TCP),
  APACHE_CGID("apache", "mod_cgid", "cgi", "apache-cgid.conf"),

  LIGHTTPD_FASTCGI("lighttpd", "mod_fastcgi", "fcgi", "lighttpd.conf", TCP, UNIX, INHERITED),
  LIGHTTPD_SCGI("lighttpd", "mod_scgi", "scgi", "lighttpd.conf", TCP, UNIX, INHERITED),
  LIGHTTPD_UWSGI("lighttpd", "mod_scgi", "uwsgi", "lighttpd.conf", TCP, UNIX, INHERITED),
  LIGHTTPD_AJP("lighttpd", "mod_ajp13", "ajp", "lighttpd.conf", TCP, UNIX),
  LIGHTTPD_CGI("lighttpd", "mod_cgi", "cgi", "lighttpd-cgi.conf");

  /** How a front gets to an application. */
  enum Way {
    TCP,
    UNIX,
    /** The front starts the application with a listening socket as its file descriptor 0. */
    INHERITED
  }

  private final String server;
  private final String title;
  private final String protocol;
  private final String template;

  @SuppressWarnings("ImmutableEnumChecker") // It is one of List.of.
  private final List<Way> ways;

  FrontModule(String server, String title, String protocol, String template, Way... ways) {
    this.server = server;
    this.title = title;
    this.protocol = protocol;
    this.template = template;
    this.ways = List.of(ways);
  }

  /** {@code nginx}, {@code apache} or {@code lighttpd}. */
  String server() {
    return server;
  }

  /** Its name in the server's documentation. */
  String title() {
    return title;
  }

  /** As the scheme of {@code --bind}; {@code cgi} for the one that needs none. */
  String protocol() {
    return protocol;
  }

  /** Whether Apache is told of it by SetHandler rather than by ProxyPass. */
  boolean byHandler() {
    return template.equals("apache-sethandler.conf");
  }

  /** Whether the front starts the application, for each request. */
  boolean isCgi() {
    return protocol.equals("cgi");
  }

  /** Whether connections can stay open between requests. */
  boolean keepsAlive() {
    return protocol.equals("fcgi") || protocol.equals("ajp");
  }

  boolean reaches(Way way) {
    return ways.contains(way);
  }

  /** A resource. */
  Template template() {
    return Template.of("front/" + template);
  }
}
