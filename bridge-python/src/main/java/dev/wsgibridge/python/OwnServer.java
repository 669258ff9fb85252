package dev.wsgibridge.python;

import java.util.List;

/**
 * What a script has started to be served by. It was not started: its options are WSGI Bridge's.
 *
 * @param name {@code flup.server.fcgi.WSGIServer}, or {@code wsgiref.simple_server}
 * @param options what that asks for, as it would be written on the command line of WSGI Bridge:
 *     {@code --bind=fcgi+fd:0}, {@code --threads=1}; or {@value #CGI}
 */
public record OwnServer(String name, List<String> options) {

  /** The option of one that answers a single request, by CGI. */
  private static final String CGI = "cgi";

  /** Keeps a copy of the list. */
  public OwnServer {
    options = List.copyOf(options);
  }

  /** Whether it answers the one request that its process was started for. */
  public boolean cgi() {
    return options.contains(CGI);
  }

  /**
   * The number behind an option.
   *
   * @param option {@code --threads}
   * @param otherwise where it isn't asked for
   */
  int number(String option, int otherwise) {
    String begin = option + "=";
    return options.stream()
        .filter(each -> each.startsWith(begin))
        .map(each -> Integer.valueOf(each.substring(begin.length())))
        .findFirst()
        .orElse(otherwise);
  }
}
