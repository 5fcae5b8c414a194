/** How good a model is, and what a smaller one has lost: perplexity, Kullback-Leibler divergence, error by layer. */
package dev.keiryo.measure;
