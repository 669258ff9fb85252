/**
 * Checks that a server and an application keep to WSGI's rules: {@link
 * dev.wsgibridge.validate.Validator}.
 */
@NullMarked
package dev.wsgibridge.validate;

import org.jspecify.annotations.NullMarked;
