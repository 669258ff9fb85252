/** The embedded Jetty: applications served over HTTP by this process itself. */
@NullMarked
package dev.wsgibridge.jetty;

import org.jspecify.annotations.NullMarked;
