package dev.wsgibridge.servlet;

import jakarta.servlet.http.HttpServletRequest;

/**
 * How a server tells that a client has left before it was answered. It puts one into its servlet
 * context, as the attribute {@link #ATTRIBUTE}.
 */
@FunctionalInterface
public interface ClientPresence {

  /** The servlet context's attribute. */
  String ATTRIBUTE = "dev.wsgibridge.servlet.presence";

  /**
   * Whether the client of a request is known to have left. Is asked by the request's thread, while
   * nobody reads the request's body.
   */
  boolean left(HttpServletRequest request);
}
