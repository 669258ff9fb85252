package dev.wsgibridge.launcher;

import static dev.wsgibridge.jetty.GatewayProtocol.AJP;
import static dev.wsgibridge.jetty.GatewayProtocol.FCGI;
import static dev.wsgibridge.jetty.GatewayProtocol.SCGI;
import static dev.wsgibridge.jetty.GatewayProtocol.UWSGI;
import static dev.wsgibridge.launcher.FrontModule.Reach.ANY;
import static dev.wsgibridge.launcher.FrontModule.Reach.PORTS;
import static dev.wsgibridge.launcher.FrontModule.Reach.SOCKETS;
import static dev.wsgibridge.launcher.FrontModule.Reach.STARTED;

import dev.wsgibridge.jetty.Bind;
import dev.wsgibridge.jetty.Bind.Address;
import dev.wsgibridge.jetty.Bind.Inherited;
import dev.wsgibridge.jetty.Bind.Tcp;
import dev.wsgibridge.jetty.GatewayProtocol;
import org.jspecify.annotations.Nullable;

/**
 * What a front server has to speak to an application, and the template that sets it up. The first
 * that fits is taken where nothing else is asked for.
 */
enum FrontModule {
  NGINX_FASTCGI("nginx", "ngx_http_fastcgi_module", FCGI, "nginx.conf", SOCKETS),
  NGINX_SCGI("nginx", "ngx_http_scgi_module", SCGI, "nginx.conf", SOCKETS),
  NGINX_UWSGI("nginx", "ngx_http_uwsgi_module", UWSGI, "nginx.conf", SOCKETS),

  APACHE_FCGI("apache", "mod_proxy_fcgi", FCGI, "apache-proxypass.conf", SOCKETS),
  APACHE_FCGI_HANDLER("apache", "mod_proxy_fcgi", FCGI, "apache-sethandler.conf", SOCKETS),
  APACHE_FCGID("apache", "mod_fcgid", FCGI, "apache-fcgid.conf", STARTED),
  APACHE_AUTHNZ("apache", "mod_authnz_fcgi", FCGI, "apache-authnz.conf", PORTS),
  APACHE_SCGI("apache", "mod_proxy_scgi", SCGI, "apache-proxypass.conf", SOCKETS),
  APACHE_UWSGI("apache", "mod_proxy_uwsgi", UWSGI, "apache-proxypass.conf", SOCKETS),
  APACHE_AJP("apache", "mod_proxy_ajp", AJP, "apache-proxypass.conf", SOCKETS),
  APACHE_JK("apache", "mod_jk", AJP, "apache-jk.conf", PORTS),
  APACHE_CGID("apache", "mod_cgid", null, "apache-cgid.conf", STARTED),

  LIGHTTPD_FASTCGI("lighttpd", "mod_fastcgi", FCGI, "lighttpd.conf", ANY),
  LIGHTTPD_SCGI("lighttpd", "mod_scgi", SCGI, "lighttpd.conf", ANY),
  LIGHTTPD_UWSGI("lighttpd", "mod_scgi", UWSGI, "lighttpd.conf", ANY),
  LIGHTTPD_AJP("lighttpd", "mod_ajp13", AJP, "lighttpd.conf", SOCKETS),
  LIGHTTPD_CGI("lighttpd", "mod_cgi", null, "lighttpd-cgi.conf", STARTED),

  CADDY_FASTCGI("caddy", "fastcgi", FCGI, "caddy.conf", SOCKETS),

  HAPROXY_FASTCGI("haproxy", "fcgi-app", FCGI, "haproxy.conf", SOCKETS);

  /** To which addresses it can connect. */
  enum Reach {
    PORTS,
    SOCKETS,
    /** None: it starts the application, which inherits its listening socket or needs none. */
    STARTED,
    ANY;

    boolean includes(Address address) {
      return switch (this) {
        case PORTS -> address instanceof Tcp;
        case SOCKETS -> !(address instanceof Inherited);
        case STARTED -> address instanceof Inherited;
        case ANY -> true;
      };
    }
  }

  private final String server;
  private final String title;
  private final @Nullable GatewayProtocol protocol;
  private final String template;
  private final Reach reach;

  FrontModule(
      String server,
      String title,
      @Nullable GatewayProtocol protocol,
      String template,
      Reach reach) {
    this.server = server;
    this.title = title;
    this.protocol = protocol;
    this.template = template;
    this.reach = reach;
  }

  /** {@code nginx}, {@code apache}, {@code lighttpd}, {@code caddy} or {@code haproxy}. */
  String server() {
    return server;
  }

  /** Its name in the server's documentation. */
  String title() {
    return title;
  }

  /** What it speaks; null where that is CGI, which needs no connection. */
  @Nullable GatewayProtocol protocol() {
    return protocol;
  }

  /** {@code fcgi}, {@code scgi}, {@code uwsgi}, {@code ajp} or {@code cgi}. */
  String scheme() {
    return protocol == null ? "cgi" : protocol.scheme();
  }

  /** Whether Apache is told of it by SetHandler rather than by ProxyPass. */
  boolean byHandler() {
    return this == APACHE_FCGI_HANDLER;
  }

  /** Whether connections can stay open between requests. */
  boolean keepsAlive() {
    return protocol == FCGI || protocol == AJP;
  }

  /** Whether it can be told to send the path that it serves, as SCRIPT_NAME and PATH_INFO. */
  boolean splits() {
    return switch (this) {
      case APACHE_SCGI, APACHE_UWSGI -> false;
      default -> protocol != AJP;
    };
  }

  /** To which addresses it can connect. */
  Reach reach() {
    return reach;
  }

  /** Where an application is where nothing else is said; null for CGI. */
  @Nullable Bind usual() {
    if (protocol == null) {
      return null;
    }
    return new Bind(
        protocol,
        reach == STARTED ? new Inherited() : new Tcp("127.0.0.1", protocol == AJP ? 8009 : 9000));
  }

  /** A resource. */
  Template template() {
    return Template.of("front/" + template);
  }
}
