/** Stored tensors and their element types. */
package dev.keiryo.tensor;
