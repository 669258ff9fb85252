/** The {@code wsgi-bridge} command, which {@code ./run} starts. */
@NullMarked
package dev.wsgibridge.launcher;

import org.jspecify.annotations.NullMarked;
