package dev.wsgibridge.launcher;

import static dev.wsgibridge.launcher.FrontModule.Way.INHERITED;
import static dev.wsgibridge.launcher.FrontModule.Way.TCP;
import static dev.wsgibridge.launcher.FrontModule.Way.UNIX;

import java.util.List;

/** What a front server has to speak to an application, and the template that sets it up. */
enum FrontModule {
  NGINX_FASTCGI("nginx", "ngx_http_fastcgi_module", "fcgi", "nginx.conf", TCP, UNIX),
  NGINX_SCGI("nginx", "ngx_http_scgi_module", "scgi", "nginx.conf", TCP, UNIX),
  NGINX_UWSGI("nginx", "ngx_http_uwsgi_module", "uwsgi", "nginx.conf", TCP, UNIX),
  APACHE_PROXY_FCGI("apache", "mod_proxy_fcgi", "fcgi", "apache-proxypass.conf", TCP, UNIX),
  APACHE_PROXY_SCGI("apache", "mod_proxy_scgi", "scgi", "apache-proxypass.conf", TCP, UNIX),
  APACHE_PROXY_UWSGI("apache", "mod_proxy_uwsgi", "uwsgi", "apache-proxypass.conf", TCP, UNIX),
  APACHE_PROXY_AJP("apache", "mod_proxy_ajp", "ajp", "apache-proxypass.conf", TCP, UNIX),
  LIGHTTPD_FASTCGI(
      "lighttpd", "mod_fastcgi", "fcgi", "lighttpd-gateway.conf", TCP, UNIX, INHERITED),
  LIGHTTPD_SCGI("lighttpd", "mod_scgi", "scgi", "lighttpd-gateway.conf", TCP, UNIX, INHERITED),
  LIGHTTPD_UWSGI("lighttpd", "mod_scgi", "uwsgi", "lighttpd-gateway.conf", TCP, UNIX, INHERITED),
  LIGHTTPD_AJP("lighttpd", "mod_ajp13", "ajp", "lighttpd-gateway.conf", TCP, UNIX);

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

  /** The scheme of {@code --bind}. */
  String protocol() {
    return protocol;
  }

  /** A resource. */
  String template() {
    return template;
  }

  List<Way> ways() {
    return ways;
  }
}
