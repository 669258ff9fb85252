/** CGI (RFC 3875): a process for one request. */
@NullMarked
package dev.wsgibridge.cgi;

import org.jspecify.annotations.NullMarked;
