/**
 * Models of real shapes and random weights, written as GGUF: to measure speed on, and to test with, where the model itself
 * is not at hand.
 */
package dev.keiryo.synth;
