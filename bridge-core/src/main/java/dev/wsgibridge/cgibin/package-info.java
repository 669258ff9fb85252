/**
 * CGI programs (RFC 3875) as applications: {@link dev.wsgibridge.cgibin.CgiApplication}. The other
 * side of CGI, an application as a program that a web server starts, is {@code dev.wsgibridge.cgi}.
 */
@NullMarked
package dev.wsgibridge.cgibin;

import org.jspecify.annotations.NullMarked;
