/** Training a model: what it starts from, the loop, its checkpoints and its figures. */
package dev.keiryo.train;
