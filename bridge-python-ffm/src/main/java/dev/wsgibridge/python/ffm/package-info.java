/**
 * CPython in the JVM's process, through the Foreign Function and Memory API: no native code of
 * ours, nothing installed into Python. Needs JDK 22 and {@code --enable-native-access}.
 */
@NullMarked
package dev.wsgibridge.python.ffm;

import org.jspecify.annotations.NullMarked;
