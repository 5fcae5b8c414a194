/** One JMH benchmark for each family of kernels; each checks its results against the scalar kernels before it is timed. */
@org.jspecify.annotations.NullMarked
package dev.keiryo.bench;
