/** Weights set to zero, and layers, heads and neurons taken out. */
package dev.keiryo.prune;
