/**
 * WSGI (PEP 3333) in Java's words: what applications, middleware and servers are written against.
 *
 * <p>An {@link dev.wsgibridge.Application} takes an {@link dev.wsgibridge.Environ} and a {@link
 * dev.wsgibridge.StartResponse} and returns a {@link dev.wsgibridge.Body}. A server hands each
 * request to a {@link dev.wsgibridge.Gateway}, which alone decides when the head goes out and who
 * closes the body.
 *
 * <p>Strings follow PEP 3333's rule for "native strings": each character is one byte, U+0000 to
 * U+00FF, read as ISO-8859-1, whatever the text behind it means.
 */
@NullMarked
package dev.wsgibridge;

import org.jspecify.annotations.NullMarked;
