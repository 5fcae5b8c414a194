/** Inference: interprets a model's operations eagerly, on batches of sequences. */
package dev.keiryo.engine;
