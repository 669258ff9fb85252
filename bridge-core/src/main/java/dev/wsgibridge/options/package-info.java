/**
 * The options, in one table: {@link dev.wsgibridge.options.Option}. The command line, the
 * environment variables, the configuration file, the init-params of servlet and filter, and {@code
 * docs/options.md} are made from it.
 *
 * <p>A source of options is read into a list of {@link dev.wsgibridge.options.Setting}s; {@link
 * dev.wsgibridge.options.Settings} puts several of them in order, the strongest first.
 */
@NullMarked
package dev.wsgibridge.options;

import org.jspecify.annotations.NullMarked;
