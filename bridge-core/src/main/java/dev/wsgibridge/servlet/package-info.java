/**
 * WSGI applications in a servlet container: a servlet and a filter for Jakarta Servlet 6.0 and
 * later.
 */
@NullMarked
package dev.wsgibridge.servlet;

import org.jspecify.annotations.NullMarked;
