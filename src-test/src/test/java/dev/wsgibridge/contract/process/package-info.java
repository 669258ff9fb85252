/** Programs that tests run beside themselves. */
@NullMarked
package dev.wsgibridge.contract.process;

import org.jspecify.annotations.NullMarked;
