package dev.keiryo.measure;

/**
 * What a process that does nothing else measures of a model.
 *
 * @param loadSeconds from opening its files to being ready to compute
 * @param prefillTokens of a prompt whose speed was measured
 * @param prefill tokens of it a second, median of several runs
 * @param decode tokens generated a second, likewise; 0 for models that do not generate
 * @param peakBytes the most memory that the process has held, weights mapped from files and the Java virtual machine included
 */
public record Speed(double loadSeconds, int prefillTokens, double prefill, double decode, long peakBytes) {}
