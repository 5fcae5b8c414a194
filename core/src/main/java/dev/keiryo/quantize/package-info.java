/** Making weights smaller after training: float32 to blocks of few bits, with the least error that the format allows. */
package dev.keiryo.quantize;
