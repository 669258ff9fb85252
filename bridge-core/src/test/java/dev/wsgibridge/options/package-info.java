@NullMarked
package dev.wsgibridge.options;

import org.jspecify.annotations.NullMarked;
