/**
 * The gateway protocols as pure state machines: bytes in and events out, answers in and bytes out.
 * No socket, no thread, no Jetty, no log.
 */
@NullMarked
package dev.wsgibridge.codec;

import org.jspecify.annotations.NullMarked;
