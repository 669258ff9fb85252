/** Front web servers, in front of a bridge. */
@NullMarked
package dev.wsgibridge.contract.front;

import org.jspecify.annotations.NullMarked;
