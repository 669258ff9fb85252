/**
 * Python applications: real, unmodified WSGI applications as {@link dev.wsgibridge.Application}.
 *
 * <p>A {@link dev.wsgibridge.python.PythonApplication} hands the environ over and reads the answer
 * back. One file of Python, {@code wsgi_host.py}, does WSGI's Python half; a {@link
 * dev.wsgibridge.python.Carrier} runs it: GraalPy, or CPython in the JVM. What crosses between the
 * two is defined by Carrier and {@link dev.wsgibridge.python.Exchange}, and by nothing else.
 */
@NullMarked
package dev.wsgibridge.python;

import org.jspecify.annotations.NullMarked;
