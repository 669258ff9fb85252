/** What a machine can check of the project's shape: its dependencies, its habits, its API. */
@NullMarked
package dev.wsgibridge.architecture;

import org.jspecify.annotations.NullMarked;
