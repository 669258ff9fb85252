/** A browser that tests drive. */
@NullMarked
package dev.wsgibridge.contract.browser;

import org.jspecify.annotations.NullMarked;
