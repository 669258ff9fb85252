/**
 * The embedded Jetty: applications served by this process itself, over HTTP and to front servers;
 * and the gateway protocols for the connectors of any other Jetty.
 */
@NullMarked
package dev.wsgibridge.jetty;

import org.jspecify.annotations.NullMarked;
