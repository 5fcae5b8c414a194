/**
 * Checkpoints of llama2.c, under GGUF's keys and names.
 *
 * <p>Source: {@code export.py}, {@code run.c} and {@code runq.c} of the llama2.c project.
 */
package dev.keiryo.llama2c;
