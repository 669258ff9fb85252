/** Real servlet containers, started as processes of their own, with WARs copied into them. */
@NullMarked
package dev.wsgibridge.contract.containers;

import org.jspecify.annotations.NullMarked;
