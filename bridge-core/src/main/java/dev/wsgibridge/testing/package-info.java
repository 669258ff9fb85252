/** For tests of applications and middleware: {@link dev.wsgibridge.testing.TestClient}. */
@NullMarked
package dev.wsgibridge.testing;

import org.jspecify.annotations.NullMarked;
