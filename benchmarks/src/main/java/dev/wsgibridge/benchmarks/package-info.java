/** What a request costs, in time and in bytes allocated, by JMH: {@code benchmarks/jmh} runs it. */
@NullMarked
package dev.wsgibridge.benchmarks;

import org.jspecify.annotations.NullMarked;
