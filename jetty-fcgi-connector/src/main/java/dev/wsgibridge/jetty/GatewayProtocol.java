package dev.wsgibridge.jetty;

import dev.wsgibridge.codec.AjpCodec;
import dev.wsgibridge.codec.Codec;
import dev.wsgibridge.codec.FastCgiCodec;
import dev.wsgibridge.codec.Quota;
import dev.wsgibridge.codec.ScgiCodec;
import dev.wsgibridge.codec.UwsgiCodec;
import java.util.Locale;

/** The protocols in which front servers speak to applications. */
public enum GatewayProtocol {
  /** FastCGI 1.0. */
  FCGI,
  /** SCGI. */
  SCGI,
  /** uwsgi, as uWSGI's. */
  UWSGI,
  /** Apache JServ Protocol 1.3. */
  AJP;

  /** The scheme of its URLs: {@code fcgi}. */
  public String scheme() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Begins a connection. */
  Codec codec(GatewayOptions options, Quota quota) {
    return switch (this) {
      case SCGI -> new ScgiCodec(options.limits(), quota);
      case UWSGI -> new UwsgiCodec(options.limits(), quota);
      case FCGI -> new FastCgiCodec(options.limits(), quota);
      case AJP ->
          new AjpCodec(
              options.limits(),
              quota,
              options.ajp().secret(),
              options.ajp().attributes(),
              options.underscores(),
              options.ajp().packetBytes());
    };
  }
}
