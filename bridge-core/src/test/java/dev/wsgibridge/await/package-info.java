/** How the tests of all modules wait. */
@NullMarked
package dev.wsgibridge.await;

import org.jspecify.annotations.NullMarked;
