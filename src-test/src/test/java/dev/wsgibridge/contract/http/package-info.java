/** An HTTP/1.1 client that hides nothing: what was sent and what came back, byte for byte. */
@NullMarked
package dev.wsgibridge.contract.http;

import org.jspecify.annotations.NullMarked;
