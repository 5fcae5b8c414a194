/** From logits to text: sampling, stopping, and the loop that joins them with the engine. */
package dev.keiryo.generate;
