/** One contract, many servers: each test class is a server, and one line. */
@NullMarked
package dev.wsgibridge.contract;

import org.jspecify.annotations.NullMarked;
