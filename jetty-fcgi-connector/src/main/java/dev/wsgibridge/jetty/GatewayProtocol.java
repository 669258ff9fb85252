package dev.wsgibridge.jetty;

import dev.wsgibridge.codec.Codec;
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
  @SuppressWarnings("DoNotCallSuggester") // Until the first codec is in.
  Codec codec(GatewayOptions options) {
    throw new UnsupportedOperationException(scheme() + " " + options.limits());
  }
}
