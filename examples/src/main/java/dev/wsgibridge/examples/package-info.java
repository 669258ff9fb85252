/** Small applications to start from. */
@NullMarked
package dev.wsgibridge.examples;

import org.jspecify.annotations.NullMarked;
